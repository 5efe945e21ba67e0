import type { Db, Tx } from '../storage/database.ts';

/*
 * The ingests that are under way. Their segments are stored before a snapshot needs them, marked with the ingest's id:
 * a segment nothing refers to may go only if its `ingest` is smaller than the id of every ingest there is. Ids grow,
 * so what a running ingest has stored, or has found there and marked, stays until it ends.
 */

/** Begins the ingest of a request, instead of an earlier one that was broken off; gives its id. */
export function beginIngest(db: Db, requestId: string): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await tx.deleteFrom('ingests').where('request_id', '=', requestId).execute();
    const { id } = await tx
      .insertInto('ingests')
      .values({ request_id: requestId, created_at: Date.now() })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  });
}

/** Ends the ingest, in the transaction that makes its snapshot. Throws where it is not there: nothing kept its segments. */
export async function endIngest(tx: Tx, id: number): Promise<void> {
  const { numDeletedRows } = await tx.deleteFrom('ingests').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Error(`ingest ${id} is not there any more`);
}

/** Gives up the ingest of a request, if there is one: what it stored may go. */
export async function abandonIngest(db: Db | Tx, requestId: string): Promise<void> {
  await db.deleteFrom('ingests').where('request_id', '=', requestId).execute();
}

/** Gives up those of dead processes. Run at start by the only server, before its jobs. */
export async function abandonAllIngests(db: Db): Promise<void> {
  await db.deleteFrom('ingests').execute();
}
