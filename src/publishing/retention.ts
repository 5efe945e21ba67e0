import { sql } from 'kysely';
import type { Db } from '../storage/database.ts';
import { Turns } from '../turns.ts';

/** Requests looked at in one go. */
const batchSize = 200;

/**
 * Removes the publish requests nobody can ask for any more, and says how many: those that are over, and of which the bot
 * has a newer one. What they made stands as a version; they would only keep its content after that is gone.
 */
export async function removeOldPublishes(db: Db, signal?: AbortSignal): Promise<number> {
  const turns = new Turns();
  let removed = 0;
  for (let after = ''; ; ) {
    signal?.throwIfAborted();
    const { rows } = await sql<{ id: string; old: 0 | 1 }>`
      select publish_requests.id, publish_requests.status <> 'pending'
        and bots.newest_publish is not publish_requests.id as old
      from publish_requests left join bots on bots.id = publish_requests.bot_id
      where publish_requests.id > ${after} order by publish_requests.id limit ${batchSize}`.execute(db);
    const old = rows.filter((row) => row.old === 1).map(({ id }) => id);
    // What is over stays over, and what is not the newest never becomes it.
    if (old.length > 0) await db.deleteFrom('publish_requests').where('id', 'in', old).execute();
    removed += old.length;
    const last = rows.at(-1);
    if (!last || rows.length < batchSize) return removed;
    after = last.id;
    await turns.next();
  }
}
