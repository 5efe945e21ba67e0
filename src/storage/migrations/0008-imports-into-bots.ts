import { type Kysely, sql } from 'kysely';

/**
 * Which bot an import goes into, so that only one at a time does; and what happened to each bot. The states of a bot,
 * and what happened to it, are read by bot and number and in no other way: they are kept in that order, without another
 * index (https://www.sqlite.org/withoutrowid.html).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('import_requests').addColumn('target', 'text').execute();
  const { rows } = await sql<{ id: string; body: string }>`
    select id, body from import_requests where status = 'pending'`.execute(db);
  for (const { id, body } of rows) {
    const { replaces = null } = JSON.parse(body) as { replaces?: string };
    await sql`update import_requests set target = ${replaces} where id = ${id}`.execute(db);
  }
  await db.schema
    .createIndex('import_requests_by_target')
    .on('import_requests')
    .column('target')
    .where(sql.ref('status'), '=', sql.lit('pending'))
    .execute();

  await db.schema
    .createTable('changes')
    .addColumn('bot_id', 'text', (c) => c.notNull().references('bots.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('detail', 'text')
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('changes_key', ['bot_id', 'number'])
    .modifyEnd(sql`without rowid`)
    .execute();

  await db.schema
    .createTable('drafts_in_order')
    .addColumn('bot_id', 'text', (c) => c.notNull().references('bots.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('snapshot', 'integer', (c) => c.notNull().references('snapshots.id'))
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('drafts_key', ['bot_id', 'number'])
    .modifyEnd(sql`without rowid`)
    .execute();
  await sql`insert into drafts_in_order select bot_id, number, snapshot, created_by, created_at from drafts`.execute(
    db,
  );
  await db.schema.dropTable('drafts').execute();
  await db.schema.alterTable('drafts_in_order').renameTo('drafts').execute();
  await db.schema.createIndex('drafts_by_snapshot').on('drafts').column('snapshot').execute();
}
