import type { Db, Tx } from '../storage/database.ts';
import { type Batch, type RetentionOptions, removeInBatches } from '../storage/in-batches.ts';

/** Exports looked at in one transaction; those removed go with the bytes of their files. */
const batchSize = 5;

/**
 * Removes the exports of utterances that finished before `olderThan` (epoch milliseconds), and says how many. The newest of a bot
 * always stays, as its status is asked for. May be killed at any moment: each batch is one transaction.
 */
export function removeOldMlExports(
  db: Db,
  olderThan: number,
  { signal, batchSize: size = batchSize }: RetentionOptions = {},
): Promise<number> {
  return removeInBatches(db, 0, (tx, after) => removeBatch(tx, olderThan, after, size), signal);
}

async function removeBatch(tx: Tx, olderThan: number, after: number, size: number): Promise<Batch<number>> {
  const rows = await tx
    .selectFrom('ml_exports')
    .select('number')
    .select(({ selectFrom }) =>
      selectFrom('ml_exports as newer')
        .select(({ fn }) => fn.max('newer.number').as('newest'))
        .whereRef('newer.bot_id', '=', 'ml_exports.bot_id')
        .as('newest'),
    )
    .where('number', '>', after)
    .where('finished_at', '<', olderThan)
    .orderBy('number')
    .limit(size)
    .execute();
  const old = rows.filter(({ number, newest }) => number !== newest).map(({ number }) => number);
  if (old.length > 0) await tx.deleteFrom('ml_exports').where('number', 'in', old).execute();
  return { removed: old.length, next: rows.length < size ? undefined : rows.at(-1)?.number };
}
