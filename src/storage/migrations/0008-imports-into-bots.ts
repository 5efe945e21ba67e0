import type { Kysely } from 'kysely';

/** Which bot an import goes into, so that only one at a time does; and what happened to each bot. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('import_requests').addColumn('target', 'text').execute();
  await db.schema
    .createIndex('import_requests_by_target')
    .on('import_requests')
    .columns(['target', 'status'])
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
    .execute();
}
