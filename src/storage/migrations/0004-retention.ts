import { type Kysely, sql } from 'kysely';

/** What the status of finished requests shows, and what removing old rows needs to find them without a scan. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['import_requests', 'export_requests']) {
    await db.schema.alterTable(table).addColumn('done_bytes', 'bigint').execute();
    await db.schema.alterTable(table).addColumn('done_items', 'bigint').execute();
  }

  // Only finished requests are old, so a pending one costs no entry.
  await db.schema
    .createIndex('export_requests_by_end')
    .on('export_requests')
    .columns(['finished_at', 'id'])
    .where(sql.ref('finished_at'), 'is not', null)
    .execute();
  await db.schema.createIndex('uploads_by_age').on('uploads').columns(['created_at', 'id']).execute();
  // Most uploads come in one piece and are never in it: what a crash broke off is found at once at the next start.
  await db.schema
    .createIndex('uploads_incomplete')
    .on('uploads')
    .column('id')
    .where(sql.ref('complete'), '=', 0)
    .execute();
}
