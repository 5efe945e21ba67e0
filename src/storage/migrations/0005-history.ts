import { type Kysely, sql } from 'kysely';
import { packText } from '../packed-text.ts';

/**
 * Snapshots that are seldom asked for are kept as what they have other than a newer one: they have an id by which
 * others name them shortly, and their manifest is gone while they are. Every draft a bot has had is kept.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('manifests')
    .addColumn('snapshot', 'text', (c) => c.primaryKey().references('snapshots.digest').onDelete('cascade'))
    .addColumn('bytes', 'blob', (c) => c.notNull())
    .execute();
  const { rows } = await sql<{ digest: string }>`select digest from snapshots`.execute(db);
  for (const { digest } of rows) {
    const { rows: found } = await sql<{
      manifest: string;
    }>`select manifest from snapshots where digest = ${digest}`.execute(db);
    for (const { manifest } of found) {
      await sql`insert into manifests (snapshot, bytes) values (${digest}, ${packText(manifest)})`.execute(
        db,
      );
    }
  }

  // SQLite adds no primary key to a table: a new one takes its place (https://www.sqlite.org/lang_altertable.html#otheralter).
  await db.schema
    .createTable('snapshots_with_id')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('digest', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('base', 'integer')
    .addColumn('height', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('delta', 'blob')
    .execute();
  await sql`insert into snapshots_with_id (digest, created_at)
    select digest, created_at from snapshots order by created_at, digest`.execute(db);
  await db.schema.dropTable('snapshots').execute();
  await db.schema.alterTable('snapshots_with_id').renameTo('snapshots').execute();

  await db.schema
    .createTable('drafts')
    .addColumn('bot_id', 'text', (c) => c.notNull().references('bots.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('snapshot', 'integer', (c) => c.notNull().references('snapshots.id'))
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('drafts_key', ['bot_id', 'number'])
    .execute();
  await sql`insert into drafts (bot_id, number, snapshot, created_by, created_at)
    select bots.id, 1, snapshots.id, bots.created_by, bots.created_at
    from bots join snapshots on snapshots.digest = bots.draft`.execute(db);

  // Whether anything still needs a snapshot is asked by these.
  const index = (table: string, column: string) =>
    db.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
  await index('drafts', 'snapshot');
  await index('snapshots', 'base');
  await index('bots', 'draft');
  await index('versions', 'snapshot');
  await index('export_requests', 'snapshot');
  await index('export_requests', 'recipe');
  await index('publish_requests', 'snapshot');

  await db.schema
    .createTable('collect_requests')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('report', 'text')
    .addColumn('failure', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('finished_at', 'bigint')
    .execute();
}
