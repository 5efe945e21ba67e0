import { buffer } from 'node:stream/consumers';
import { keepSegments } from '../../src/archives/kept-segments.ts';
import { type Recipe, readRecipe } from '../../src/archives/recipe.ts';
import { ArchiveReader, keepBlocks } from '../../src/archives/stream.ts';
import { type BotFiles, ingest, type NewSnapshot } from '../../src/snapshots/ingest.ts';
import type { Manifest } from '../../src/snapshots/manifest.ts';
import { SnapshotRuns } from '../../src/snapshots/runs.ts';
import type { Segment, SegmentStore } from '../../src/storage/segment-store.ts';

/** These segments, as a store to read from. */
export function segmentsInMemory(segments: Iterable<Segment>): SegmentStore {
  const stored = new Map([...segments].map((segment) => [segment.digest, segment]));
  return {
    put: async (_tx, some) => [...some].map(({ bytes }) => bytes.length),
    get: async (digest) => stored.get(digest),
    getAll: async (digests) =>
      new Map(
        digests.flatMap((digest) => {
          const segment = stored.get(digest);
          return segment ? [[digest, segment]] : [];
        }),
      ),
  };
}

/** The bytes of the archive that a recipe of a snapshot describes. */
export function archiveOf(recipe: Recipe, manifest: Manifest, segments: SegmentStore): Promise<Buffer> {
  const parts = readRecipe(recipe.bytes);
  const runs = SnapshotRuns.of(manifest).all;
  const read = keepSegments(segments, 0);
  return buffer(new ArchiveReader({ digest: recipe.digest, parts }, runs, read, keepBlocks(0)).stream());
}

/** A snapshot with the segments that were made for it. */
export interface IngestedBot extends NewSnapshot {
  segments: Segment[];
}

export async function ingestInMemory(files: BotFiles): Promise<IngestedBot> {
  const segments: Segment[] = [];
  const snapshot = await ingest(files, {
    limits: { maxItem: 64 * 1024 ** 2, maxUnpacked: 1024 ** 3 },
    async keep(batch) {
      segments.push(...batch);
      return batch.map(({ bytes }) => bytes.length);
    },
  });
  return { ...snapshot, segments };
}
