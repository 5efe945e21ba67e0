import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import * as initial from '../../src/storage/migrations/0001-initial.ts';
import { temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

test('bots and the lists of apps made before they were numbered are numbered in the order in which they came', async () => {
  const folder = newFolder();
  const before = await openDatabase(folder, { '0001-initial': initial });
  await sql`insert into snapshots values ('d', '{}', 0)`.execute(before);
  for (const [id, createdAt] of [
    ['st-c', 30],
    ['st-a', 10],
    ['st-b', 20],
    ['st-d', 30],
  ]) {
    await sql`insert into bots select ${id}, id, '', '', '', '', '', 'd', null, null, null, '', ${createdAt}
      from accounts`.execute(before);
  }
  for (const [id, bots] of [
    ['cs-all', null],
    ['cs-some', JSON.stringify(['st-gone', 'st-c', 'st-a'])],
    ['cs-many', JSON.stringify(Array.from({ length: 1001 }, (_, n) => `st-${n}`))],
  ]) {
    await sql`insert into apps select ${id}, id, '', 'admin', 'HS256', '', '[]', ${bots}, '', 0, null
      from accounts`.execute(before);
  }
  await before.destroy();

  const db = await openDatabase(folder);
  const bots = await db.selectFrom('bots').select(['id', 'ordinal']).orderBy('ordinal').execute();
  expect(bots.map(({ id, ordinal }) => `${id} ${ordinal}`)).toEqual(['st-a 0', 'st-b 1', 'st-c 2', 'st-d 3']);
  const apps = await db.selectFrom('apps').select(['client_id', 'limited']).orderBy('client_id').execute();
  expect(apps.map(({ client_id, limited }) => `${client_id} ${limited}`)).toEqual([
    'cs-all 0',
    'cs-many 1',
    'cs-some 1',
  ]);
  const listed = await db.selectFrom('app_bots').selectAll().where('client_id', '=', 'cs-some').execute();
  expect(Object.fromEntries(listed.map(({ bot_id, ordinal }) => [bot_id, ordinal]))).toEqual({
    'st-gone': null,
    'st-a': 0,
    'st-c': 1,
  });
  const many = await db.selectFrom('app_bots').select('bot_id').where('client_id', '=', 'cs-many').execute();
  expect(many).toHaveLength(1001);
  await db.destroy();
});
