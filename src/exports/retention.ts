import { sql } from 'kysely';
import type { Db, Tx } from '../storage/database.ts';
import { type Batch, type RetentionOptions, removeInBatches } from '../storage/in-batches.ts';

/** Requests looked at in one transaction: a few milliseconds for which nobody else can write. */
const batchSize = 25;

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
export function removeOldExports(
  db: Db,
  olderThan: number,
  { signal, batchSize: size = batchSize }: RetentionOptions = {},
): Promise<number> {
  const first: Place = { finishedAt: Number.MIN_SAFE_INTEGER, id: '' };
  return removeInBatches(db, first, (tx, from) => removeBatch(tx, olderThan, from, size), signal);
}

async function removeBatch(tx: Tx, olderThan: number, from: Place, size: number): Promise<Batch<Place>> {
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
