import type { Kysely } from 'kysely';

/** Segments are stored while an import runs, and the outline of a snapshot is kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ingests')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('request_id', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .alterTable('segments')
    .addColumn('ingest', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('outlines')
    .addColumn('snapshot', 'text', (c) => c.primaryKey().references('snapshots.digest').onDelete('cascade'))
    .addColumn('bytes', 'blob', (c) => c.notNull())
    .execute();
}
