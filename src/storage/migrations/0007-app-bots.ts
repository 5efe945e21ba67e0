import { type Kysely, sql } from 'kysely';

/** Bots listed at once. */
const batch = 200;

/**
 * The bots an app is limited to become rows: a list in the app's row was read by every call, and written anew by every
 * import.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('app_bots')
    .addColumn('client_id', 'text', (c) => c.notNull().references('apps.client_id').onDelete('cascade'))
    .addColumn('bot_id', 'text', (c) => c.notNull())
    .addColumn('ordinal', 'integer')
    .addPrimaryKeyConstraint('app_bots_key', ['client_id', 'bot_id'])
    .execute();
  await db.schema
    .alterTable('apps')
    .addColumn('limited', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`update apps set limited = 1 where bots is not null`.execute(db);
  const { rows } = await sql<{ client_id: string; bots: string }>`
    select client_id, bots from apps where bots is not null`.execute(db);
  for (const { client_id, bots } of rows) {
    const listed: string[] = JSON.parse(bots);
    for (let at = 0; at < listed.length; at += batch) {
      const values = listed.slice(at, at + batch).map((bot) => sql`(${client_id}, ${bot})`);
      await sql`insert into app_bots (client_id, bot_id) values ${sql.join(values)}`.execute(db);
    }
  }
  await sql`
    update app_bots set ordinal = numbered.n from (
      select app_bots.client_id, app_bots.bot_id,
        row_number() over (partition by app_bots.client_id order by bots.ordinal) - 1 as n
      from app_bots
      join apps on apps.client_id = app_bots.client_id
      join bots on bots.id = app_bots.bot_id and bots.account_id = apps.account_id
    ) as numbered
    where numbered.client_id = app_bots.client_id and numbered.bot_id = app_bots.bot_id`.execute(db);
  await db.schema
    .createIndex('app_bots_by_ordinal')
    .on('app_bots')
    .columns(['client_id', 'ordinal'])
    .unique()
    .execute();
  await db.schema.createIndex('app_bots_by_bot').on('app_bots').column('bot_id').execute();
  await db.schema.alterTable('apps').dropColumn('bots').execute();
}
