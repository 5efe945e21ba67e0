import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { migrations, openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

test('drafts stay as they were, and an import that was to replace a draft still goes into its bot', async () => {
  const folder = newFolder();
  const { '0008-imports-into-bots': _, ...earlier } = migrations;
  const before = await openDatabase(
    folder,
    Object.fromEntries(Object.entries(earlier).filter(([name]) => name < '0008')),
  );
  await sql`insert into snapshots (id, digest, created_at) values (7, 'd', 0)`.execute(before);
  await sql`insert into bots (id, account_id, name, description, type, purpose, default_language, draft, created_by,
      created_at, ordinal)
    select 'st-1', id, '', '', '', '', '', 'd', 'u-1', 1, 0 from accounts`.execute(before);
  await sql`insert into drafts values ('st-1', 1, 7, 'u-1', 5)`.execute(before);
  await sql`insert into apps (client_id, account_id, name, kind, algorithm, sealed_secret, scopes, user_id, created_at)
    select 'cs', id, '', 'admin', 'HS256', '', '[]', 'u-1', 0 from accounts`.execute(before);
  for (const [id, body, status] of [
    ['bir-1', '{"replaces":"st-1"}', 'pending'],
    ['bir-2', '{}', 'pending'],
    ['bir-3', '{"replaces":"st-1"}', 'success'],
  ]) {
    await sql`insert into import_requests (id, account_id, stream_ref_id, status, body, logs, client_id, created_by,
        created_at)
      select ${id}, id, '', ${status}, ${body}, '[]', 'cs', 'u-1', 0 from accounts`.execute(before);
  }
  await before.destroy();

  const db = await openDatabase(folder);
  expect(await db.selectFrom('drafts').selectAll().execute()).toEqual([
    { bot_id: 'st-1', number: 1, snapshot: 7, created_by: 'u-1', created_at: 5 },
  ]);
  expect(await db.selectFrom('import_requests').select(['id', 'target']).orderBy('id').execute()).toEqual([
    { id: 'bir-1', target: 'st-1' },
    { id: 'bir-2', target: null },
    { id: 'bir-3', target: null },
  ]);
  const { rows } = await sql`pragma foreign_key_check`.execute(db);
  expect(rows).toEqual([]);
  await db.destroy();
});
