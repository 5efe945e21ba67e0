import { type BotFiles, ingest, type NewSnapshot } from '../../src/snapshots/ingest.ts';
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
