import type { Db, Tx } from '../storage/database.ts';
import { type Batch, type RetentionOptions, removeInBatches } from '../storage/in-batches.ts';

/** Deliveries removed in one transaction. */
const batchSize = 200;

/**
 * Removes the deliveries that were written before `olderThan` (epoch milliseconds), however they stand, and says how
 * many. May run beside everything else, and may be killed at any moment: each batch is one transaction.
 */
export function removeOldDeliveries(
  db: Db,
  olderThan: number,
  { signal, batchSize: size = batchSize }: RetentionOptions = {},
): Promise<number> {
  return removeInBatches(db, 0, (tx, after) => removeBatch(tx, olderThan, after, size), signal);
}

/** They are numbered in the order in which they were written: those behind the first young one are young. */
async function removeBatch(tx: Tx, olderThan: number, after: number, size: number): Promise<Batch<number>> {
  const oldest = await tx
    .selectFrom('webhook_deliveries')
    .select(['number', 'created_at'])
    .where('number', '>', after)
    .orderBy('number')
    .limit(size)
    .execute();
  const young = oldest.findIndex(({ created_at }) => created_at >= olderThan);
  const old = (young === -1 ? oldest : oldest.slice(0, young)).map(({ number }) => number);
  if (old.length > 0) await tx.deleteFrom('webhook_deliveries').where('number', 'in', old).execute();
  return { removed: old.length, next: old.length < size ? undefined : old.at(-1) };
}
