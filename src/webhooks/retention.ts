import type { Db } from '../storage/database.ts';
import { Turns } from '../turns.ts';

/** Deliveries removed in one transaction. */
const batchSize = 200;

export interface DeliveryRetentionOptions {
  /** Ends the work between two batches. */
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
}

/**
 * Removes the deliveries that were written before `olderThan` (epoch milliseconds), however they stand, and says how
 * many. May run beside everything else, and may be killed at any moment: each batch is one transaction.
 */
export async function removeOldDeliveries(
  db: Db,
  olderThan: number,
  options: DeliveryRetentionOptions = {},
): Promise<number> {
  const size = options.batchSize ?? batchSize;
  const turns = new Turns();
  let removed = 0;
  let more = true;
  while (more && !options.signal?.aborted) {
    const batch = await db.transaction().execute(async (tx) => {
      // They are numbered in the order in which they were written: those behind the first young one are young.
      const oldest = await tx
        .selectFrom('webhook_deliveries')
        .select(['number', 'created_at'])
        .orderBy('number')
        .limit(size)
        .execute();
      const young = oldest.findIndex(({ created_at }) => created_at >= olderThan);
      const old = (young === -1 ? oldest : oldest.slice(0, young)).map(({ number }) => number);
      if (old.length > 0) await tx.deleteFrom('webhook_deliveries').where('number', 'in', old).execute();
      return old.length;
    });
    removed += batch;
    more = batch === size;
    await turns.next();
  }
  return removed;
}
