import { sql } from 'kysely';
import type { Db, Tx } from '../storage/database.ts';
import { Turns } from '../turns.ts';

/** Requests looked at in one transaction: a few milliseconds for which nobody else can write. */
const batchSize = 25;

export interface RetentionOptions {
  /** Ends the work between two batches. */
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
}

/** Where a batch ended: requests are looked at in the order in which they finished. */
interface Place {
  finishedAt: number;
  id: string;
}

/**
 * Removes the export requests that finished before `olderThan` (epoch milliseconds), and says how many. The newest
 * request of a bot always stays, as its status is asked for. May run beside everything else, and may be killed at any
 * moment: each batch is one transaction.
 */
export async function removeOldExports(
  db: Db,
  olderThan: number,
  options: RetentionOptions = {},
): Promise<number> {
  const size = options.batchSize ?? batchSize;
  const turns = new Turns();
  let removed = 0;
  let place: Place | undefined = { finishedAt: Number.MIN_SAFE_INTEGER, id: '' };
  while (place && !options.signal?.aborted) {
    const from: Place = place;
    const batch = await db.transaction().execute((tx) => removeBatch(tx, olderThan, from, size));
    removed += batch.removed;
    place = batch.next;
    await turns.next();
  }
  return removed;
}

async function removeBatch(
  tx: Tx,
  olderThan: number,
  from: Place,
  size: number,
): Promise<{ removed: number; next: Place | undefined }> {
  const rows = await tx
    .selectFrom('export_requests')
    // A left join, so that the requests are walked through in the order of their index.
    .leftJoin('bots', 'bots.id', 'export_requests.bot_id')
    .select(['export_requests.id', 'finished_at', 'newest_export'])
    .where('finished_at', '<', olderThan)
    .where(sql<boolean>`(finished_at, export_requests.id) > (${from.finishedAt}, ${from.id})`)
    .orderBy('finished_at')
    .orderBy('export_requests.id')
    .limit(size)
    .execute();
  const old = rows.filter(({ id, newest_export }) => id !== newest_export).map(({ id }) => id);
  if (old.length > 0) await tx.deleteFrom('export_requests').where('id', 'in', old).execute();
  const last = rows.length < size ? undefined : rows.at(-1);
  return { removed: old.length, next: last && { finishedAt: last.finished_at ?? 0, id: last.id } };
}
