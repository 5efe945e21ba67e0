import type { Kysely } from 'kysely';

/** Webhooks, and what is to be sent to them: see webhooks/outbox.ts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const table = (name: string) => db.schema.createTable(name);

  await table('webhooks')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('client_id', 'text', (c) => c.notNull().references('apps.client_id').onDelete('cascade'))
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('sealed_secret', 'text', (c) => c.notNull())
    .addColumn('limited', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('failing_since', 'bigint')
    .addColumn('disabled_at', 'bigint')
    .execute();
  await db.schema.createIndex('webhooks_by_app').on('webhooks').column('client_id').execute();

  const part = (name: string, column: string) =>
    table(name)
      .addColumn('webhook_id', 'text', (c) => c.notNull().references('webhooks.id').onDelete('cascade'))
      .addColumn(column, 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint(`${name}_key`, ['webhook_id', column])
      .execute();
  await part('webhook_events', 'event');
  await part('webhook_bots', 'bot_id');
  // Looked at whenever a request ends.
  await db.schema.createIndex('webhook_events_by_event').on('webhook_events').column('event').execute();

  // They stay until they are old when their webhook goes: taking a long list away at once would hold others up.
  await table('webhook_deliveries')
    .addColumn('number', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('webhook_id', 'text', (c) => c.notNull())
    .addColumn('message_id', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('attempted_at', 'bigint')
    .execute();
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('webhook_deliveries').columns(columns);
  await index('webhook_deliveries_of_webhook', ['webhook_id', 'number']).execute();
  // Only what is still to be sent is due.
  await index('webhook_deliveries_due', ['webhook_id', 'due_at']).where('due_at', 'is not', null).execute();
  await index('webhook_deliveries_next', ['due_at']).where('due_at', 'is not', null).execute();
}
