import type { Kysely } from 'kysely';

/** What people say of a published version, and how large it is; those published before have no size. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const add = (column: string, type: 'text' | 'bigint') =>
    db.schema.alterTable('versions').addColumn(column, type).execute();
  await add('label', 'text');
  await db.schema
    .alterTable('versions')
    .addColumn('pinned', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await add('bytes', 'bigint');
  await add('items', 'bigint');
  // The change log says who did it.
  await db.schema.createIndex('apps_by_user_id').on('apps').column('user_id').execute();
  // Rows without a label do not count as alike.
  await db.schema
    .createIndex('versions_by_label')
    .unique()
    .on('versions')
    .columns(['bot_id', 'label'])
    .execute();
}
