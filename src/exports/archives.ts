import { createHash } from 'node:crypto';
import { keepSegments } from '../archives/kept-segments.ts';
import { readRecipe, recipeDigest } from '../archives/recipe.ts';
import { ArchiveReader, type ArchiveSegments, keepBlocks } from '../archives/stream.ts';
import { Kept } from '../kept.ts';
import { SnapshotRuns } from '../snapshots/runs.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';

/** Archives by the digests of their recipes. */
export interface Archives {
  /**
   * The archive of a recipe that was made from this snapshot; `undefined` where the recipe was removed, or cannot be made
   * of the segments there are: those of a snapshot that was frozen and thawed may be compressed by another zlib than
   * those before.
   */
  open(recipe: string, snapshot: string): Promise<ArchiveReader | undefined>;
  /** Reads an archive to make its SHA-256, and stores that beside the recipe. */
  makeSha256(archive: ArchiveReader): Promise<Buffer>;
}

/** Recipes read last, up to so many bytes. */
const keptRecipes = 8 * 1024 ** 2;

/** Compressed bytes of segments read last. */
const keptSegments = 16 * 1024 ** 2;

export interface ArchivesDeps {
  db: Db;
  snapshots: Snapshots;
  segments: SegmentStore;
}

export function openArchives({ db, snapshots, segments }: ArchivesDeps): Archives {
  const readers = new Kept<ArchiveReader>(keptRecipes);
  const inTheMaking = new Map<string, Promise<Buffer>>();
  const blocks = keepBlocks();
  const kept = keepSegments(segments, keptSegments);

  async function make(archive: ArchiveReader): Promise<Buffer> {
    const hash = createHash('sha256');
    const turns = new Turns();
    for (let index = 0; index < archive.blockCount; index += 1) {
      hash.update(await archive.block(index));
      await turns.next();
    }
    const sha256 = hash.digest();
    await db
      .updateTable('recipes')
      .set({ sha256: sha256.toString('hex') })
      .where('digest', '=', archive.digest)
      .execute();
    return sha256;
  }

  return {
    async open(recipe, snapshot) {
      const runs = SnapshotRuns.of(await snapshots.manifest(snapshot));
      // The recipe was the same before the runs became others, and may be that of another snapshot, too.
      const key = `${recipe} ${snapshot} ${runs.digest}`;
      const known = readers.get(key);
      if (known) return known;
      const row = await db
        .selectFrom('recipes')
        .select('bytes')
        .where('digest', '=', recipe)
        .executeTakeFirst();
      if (!row || recipeDigest(row.bytes, runs.digest) !== recipe) return undefined;
      const { bytes } = row;
      const made = { digest: recipe, parts: readRecipe(bytes) };
      // The snapshot may be frozen between two blocks of a download: then it is thawed for the next.
      const thawing: ArchiveSegments = {
        read: (asked) => snapshots.whileReady(snapshot, () => kept.read(asked)),
      };
      const reader = new ArchiveReader(made, runs.all, thawing, blocks);
      readers.set(key, reader, bytes.length + reader.weight);
      return reader;
    },

    makeSha256(archive) {
      const { digest } = archive;
      const known = inTheMaking.get(digest);
      if (known) return known;
      const making = make(archive).finally(() => inTheMaking.delete(digest));
      inTheMaking.set(digest, making);
      return making;
    },
  };
}
