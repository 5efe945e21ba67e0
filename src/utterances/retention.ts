import type { RetentionOptions } from '../exports/retention.ts';
import type { Db, Tx } from '../storage/database.ts';
import { Turns } from '../turns.ts';

/** Exports looked at in one transaction; those removed go with the bytes of their files. */
const batchSize = 5;

/**
 * Removes the exports of utterances that finished before `olderThan` (epoch milliseconds), and says how many. The newest of a bot
 * always stays, as its status is asked for. May be killed at any moment: each batch is one transaction.
 */
export async function removeOldMlExports(
  db: Db,
  olderThan: number,
  options: RetentionOptions = {},
): Promise<number> {
  const size = options.batchSize ?? batchSize;
  const turns = new Turns();
  let removed = 0;
  let after: number | undefined = 0;
  while (after !== undefined && !options.signal?.aborted) {
    const from: number = after;
    const batch = await db.transaction().execute((tx) => removeBatch(tx, olderThan, from, size));
    removed += batch.removed;
    after = batch.next;
    await turns.next();
  }
  return removed;
}

async function removeBatch(
  tx: Tx,
  olderThan: number,
  after: number,
  size: number,
): Promise<{ removed: number; next: number | undefined }> {
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
