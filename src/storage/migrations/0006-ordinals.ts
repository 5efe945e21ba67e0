import { type Kysely, sql } from 'kysely';

/**
 * Numbers the bots of an account from 0 without a gap, in the order in which they came: then any page of them, and how
 * many there are, is found without counting.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('bots')
    .addColumn('ordinal', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`
    update bots set ordinal = numbered.n from (
      select id, row_number() over (partition by account_id order by created_at, id) - 1 as n from bots
    ) as numbered
    where numbered.id = bots.id`.execute(db);
  await db.schema.dropIndex('bots_by_account').execute();
  await db.schema
    .createIndex('bots_by_ordinal')
    .on('bots')
    .columns(['account_id', 'ordinal'])
    .unique()
    .execute();
}
