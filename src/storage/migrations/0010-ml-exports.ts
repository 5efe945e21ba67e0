import type { Kysely } from 'kysely';

/** Exports of utterances, and the bytes of their files. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ml_exports')
    .addColumn('number', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('bot_id', 'text', (c) => c.notNull().references('bots.id'))
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('file_type', 'text', (c) => c.notNull())
    .addColumn('snapshot', 'text', (c) => c.notNull().references('snapshots.digest'))
    .addColumn('file_name', 'text', (c) => c.notNull().unique())
    .addColumn('client_file_name', 'text', (c) => c.notNull())
    .addColumn('content', 'text', (c) => c.unique())
    .addColumn('size', 'bigint')
    .addColumn('sha256', 'text')
    .addColumn('failure', 'text')
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('finished_at', 'bigint')
    .execute();
  await db.schema.createIndex('ml_exports_by_bot').on('ml_exports').columns(['bot_id', 'number']).execute();
  await db.schema.createIndex('ml_exports_by_snapshot').on('ml_exports').column('snapshot').execute();
  await db.schema
    .createTable('ml_export_chunks')
    .addColumn('content', 'text', (c) => c.notNull())
    .addColumn('ordinal', 'integer', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull().references('ml_exports.number').onDelete('cascade'))
    .addColumn('bytes', 'blob', (c) => c.notNull())
    .addPrimaryKeyConstraint('ml_export_chunks_key', ['content', 'ordinal'])
    .execute();
  await db.schema.createIndex('ml_export_chunks_by_export').on('ml_export_chunks').column('number').execute();
}
