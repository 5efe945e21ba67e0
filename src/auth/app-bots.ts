import { sql } from 'kysely';
import type { Db, Tx } from '../storage/database.ts';
import type { Caller } from './caller.ts';

/*
 * The bots an app is limited to. Those that are there are numbered from 0 without a gap, in the order in which they
 * came, as the bots of an account are; the others have no number yet.
 */

/** Bots listed at once. */
const batch = 200;

/** Lists the bots of a new app. They need not be there yet. */
export async function listBots(tx: Tx, clientId: string, botIds: readonly string[]): Promise<void> {
  for (let at = 0; at < botIds.length; at += batch) {
    const rows = botIds
      .slice(at, at + batch)
      .map((bot_id) => ({ client_id: clientId, bot_id, ordinal: null }));
    await tx.insertInto('app_bots').values(rows).execute();
  }
  await sql`
    update app_bots set ordinal = numbered.n from (
      select app_bots.bot_id, row_number() over (order by bots.ordinal) - 1 as n
      from app_bots
      join apps on apps.client_id = app_bots.client_id
      join bots on bots.id = app_bots.bot_id and bots.account_id = apps.account_id
      where app_bots.client_id = ${clientId}
    ) as numbered
    where app_bots.client_id = ${clientId} and numbered.bot_id = app_bots.bot_id`.execute(tx);
}

/**
 * Tells the apps of a bot that is now there, as the last of its account. An app that is limited to certain bots is
 * limited to one more, the bot it just imported; nothing changes for an app that covers every bot.
 */
export async function addBot(clientId: string, botId: string, tx: Tx): Promise<void> {
  await tx
    .insertInto('app_bots')
    .columns(['client_id', 'bot_id'])
    .expression((eb) =>
      eb
        .selectFrom('apps')
        .select(['client_id', eb.val(botId).as('bot_id')])
        .where('client_id', '=', clientId)
        .where('limited', '=', 1),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await sql`
    update app_bots set ordinal = (
      select coalesce(max(other.ordinal) + 1, 0) from app_bots as other where other.client_id = app_bots.client_id
    )
    where bot_id = ${botId} and ordinal is null and client_id in (
      select client_id from apps join bots on bots.account_id = apps.account_id where bots.id = ${botId}
    )`.execute(tx);
}

/** The bots of each limited app, those that are there first. */
export async function listedBots(db: Db): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('app_bots')
    .select(['client_id', 'bot_id'])
    .orderBy('client_id')
    .orderBy('ordinal', (order) => order.asc().nullsLast())
    .orderBy('bot_id')
    .execute();
  const lists = new Map<string, string[]>();
  for (const { client_id, bot_id } of rows) {
    const list = lists.get(client_id);
    if (list) list.push(bot_id);
    else lists.set(client_id, [bot_id]);
  }
  return lists;
}

/** Whether the app covers a bot of its account. */
export async function covers(db: Db, { limited, clientId }: Caller, botId: string): Promise<boolean> {
  if (!limited) return true;
  const row = await db
    .selectFrom('app_bots')
    .select('bot_id')
    .where('client_id', '=', clientId)
    .where('bot_id', '=', botId)
    .executeTakeFirst();
  return row !== undefined;
}
