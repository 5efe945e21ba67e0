import { sql } from 'kysely';
import type { Db, Tx } from '../storage/database.ts';
import { unpackText } from '../storage/packed-text.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { makeDelta, packDelta } from './delta.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { textSize } from './text-form.ts';

/*
 * A snapshot that is seldom asked for is frozen: instead of its manifest, and so of the segments that no other
 * manifest names, the store keeps what it has other than a newer one. It is thawed when somebody asks for it: read
 * back from that (thaw.ts, rebuild.ts), and its digest must be the same.
 *
 * Bases make a forest: only a snapshot without a base gets one, and only one that has none itself.
 */

/**
 * So many deltas may lead to one snapshot. Of a bot of 5 MB, each takes 0.02 to 0.06 ms of the processor to read and
 * apply (few edits, or one item in a hundred); making the segments anew takes 150 ms, however short the chain is.
 */
const longestChain = 1_000;

/** Texts larger than this would take too much memory to thaw: they stay ready. */
const largestText = 128 * 1024 ** 2;

/**
 * Freezes a snapshot, with what it has other than `base` (digests). False where it has to stay as it is. Nobody may
 * read the snapshot meanwhile.
 */
export async function freeze(db: Db, segments: SegmentStore, digest: string, base: string): Promise<boolean> {
  const [old, newer] = [await find(db, digest), await find(db, base)];
  if (!old?.manifest) return false;
  const id = old.id;
  if (old.base !== null) {
    // It was thawed, and what it was thawed from is still there.
    await db.transaction().execute((tx) => unready(tx, digest));
    return true;
  }
  if (!newer?.manifest || newer.base !== null || newer.id === id) return false;
  if (old.height >= longestChain || textSize(old.manifest) > largestText) return false;
  const delta = await packDelta(await makeDelta(segments, newer.manifest, old.manifest));
  return db.transaction().execute(async (tx) => {
    // What was read may have changed: both must still be without a base.
    const { numUpdatedRows } = await tx
      .updateTable('snapshots')
      .set({ base: newer.id, delta })
      .where('id', '=', id)
      .where('base', 'is', null)
      .where(({ and, exists, not, selectFrom }) =>
        and([
          exists(
            selectFrom('snapshots as newer')
              .select('newer.id')
              .where('newer.id', '=', newer.id)
              .where('newer.base', 'is', null),
          ),
          not(exists(selectFrom('bots').select('bots.id').where('bots.draft', '=', digest))),
        ]),
      )
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await tx
      .updateTable('snapshots')
      .set({ height: sql<number>`max(height, ${old.height + 1})` })
      .where('id', '=', newer.id)
      .execute();
    await unready(tx, digest);
    return true;
  });
}

async function unready(tx: Tx, digest: string): Promise<void> {
  await tx.deleteFrom('manifests').where('snapshot', '=', digest).execute();
  await tx.deleteFrom('outlines').where('snapshot', '=', digest).execute();
}

async function find(
  db: Db,
  digest: string,
): Promise<{ id: number; base: number | null; height: number; manifest: Manifest | undefined } | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .leftJoin('manifests', 'manifests.snapshot', 'snapshots.digest')
    .select(['id', 'base', 'height', 'bytes'])
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (!row) return undefined;
  const { id, base, height, bytes } = row;
  return { id, base, height, manifest: bytes ? parseManifest(unpackText(bytes)) : undefined };
}
