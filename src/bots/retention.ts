import { sql } from 'kysely';
import type { Db } from '../storage/database.ts';
import { Turns } from '../turns.ts';

/** Bots looked at in one go. */
const batchSize = 200;

/** Removes of each bot the drafts before the newest `keep`, and says how many. The present one always stays. */
export function removeOldDrafts(db: Db, keep: number, signal?: AbortSignal): Promise<number> {
  return removeFrom(db, 'drafts', keep, signal, async (botId, oldest) => {
    const removed = await db
      .deleteFrom('drafts')
      .where('bot_id', '=', botId)
      .where('number', '<', oldest)
      .returning('number')
      .execute();
    return removed.length;
  });
}

/**
 * Removes of each bot the versions before the newest `keep`, and says how many. The published one and those that are
 * pinned stay.
 */
export function removeOldVersions(db: Db, keep: number, signal?: AbortSignal): Promise<number> {
  return removeFrom(db, 'versions', keep, signal, async (botId, oldest) => {
    const removed = await db
      .deleteFrom('versions')
      .where('bot_id', '=', botId)
      .where('number', '<', oldest)
      .where('pinned', '=', 0)
      .where('number', 'not in', ({ selectFrom }) =>
        selectFrom('bots').select('published').where('id', '=', botId).where('published', 'is not', null),
      )
      .returning('number')
      .execute();
    return removed.length;
  });
}

/** May be killed at any moment: what is removed of a bot, one statement removes. */
async function removeFrom(
  db: Db,
  table: 'drafts' | 'versions',
  keep: number,
  signal: AbortSignal | undefined,
  remove: (botId: string, oldest: number) => Promise<number>,
): Promise<number> {
  const turns = new Turns();
  let removed = 0;
  for (let after = ''; ; ) {
    signal?.throwIfAborted();
    const { rows } = await sql<{ id: string; first: number | null; oldest: number | null }>`
      select id,
        (select min(number) from ${sql.table(table)} where bot_id = bots.id) as first,
        (select number from ${sql.table(table)} where bot_id = bots.id
          order by number desc limit 1 offset ${keep - 1}) as oldest
      from bots where id > ${after} order by id limit ${batchSize}`.execute(db);
    for (const { id, first, oldest } of rows) {
      if (oldest === null || first === oldest) continue;
      removed += await remove(id, oldest);
      await turns.next();
    }
    const last = rows.at(-1);
    if (!last || rows.length < batchSize) return removed;
    after = last.id;
  }
}
