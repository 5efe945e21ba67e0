import { statSync } from 'node:fs';
import path from 'node:path';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Db, databaseFile, openDatabase, released } from '../../src/storage/database.ts';
import * as initial from '../../src/storage/migrations/0001-initial.ts';
import { outputOf, startProcess, temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

async function tables(db: Db): Promise<string[]> {
  const found = await db.introspection.getTables({ withInternalKyselyTables: true });
  return found.map((table) => table.name).sort();
}

const addTable = (name: string) => ({
  up: (db: Kysely<unknown>) => db.schema.createTable(name).addColumn('id', 'text').execute(),
});

test('a new folder gets its tables and one account, and is for its user alone', async () => {
  const folder = path.join(newFolder(), 'deep', 'data');
  const db = await openDatabase(folder);
  expect(await db.selectFrom('accounts').selectAll().execute()).toEqual([
    { id: expect.stringMatching(/^[0-9a-f]{24}$/), created_at: expect.any(Number) },
  ]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const suffix of ['', '-wal', '-shm']) {
    expect(statSync(databaseFile(folder) + suffix).mode & 0o777).toBe(0o600);
  }
  await db.destroy();
});

test('an existing folder is opened as it is', async () => {
  const folder = newFolder();
  const first = await openDatabase(folder);
  const accounts = await first.selectFrom('accounts').selectAll().execute();
  await first.destroy();
  const second = await openDatabase(folder);
  expect(await second.selectFrom('accounts').selectAll().execute()).toEqual(accounts);
  await second.destroy();
});

test('a commit is on the disk, and foreign keys are enforced', async () => {
  const db = await openDatabase(newFolder());
  const pragma = async (name: string) => (await sql.raw(`pragma ${name}`).execute(db)).rows[0];
  expect(await pragma('journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(await pragma('synchronous')).toEqual({ synchronous: 2 });
  expect(await pragma('foreign_keys')).toEqual({ foreign_keys: 1 });
  const chunk = { upload_id: 'none', ordinal: 0, bytes: new Uint8Array() };
  await expect(db.insertInto('upload_chunks').values(chunk).execute()).rejects.toThrow(/FOREIGN KEY/);
  await db.destroy();
});

test('a folder of a newer version is refused and left as it is', async () => {
  const folder = newFolder();
  const newer = await openDatabase(folder, { '0001-initial': initial, '0002-newer': addTable('newer') });
  const before = await tables(newer);
  await newer.destroy();
  await expect(openDatabase(folder)).rejects.toMatchObject({
    type: 'data_folder_newer',
    detail: '0002-newer',
  });
  const again = await openDatabase(folder, { '0001-initial': initial, '0002-newer': addTable('newer') });
  expect(await tables(again)).toEqual(before);
  await again.destroy();
});

test('migrations that fail leave nothing behind', async () => {
  const folder = newFolder();
  await (await openDatabase(folder)).destroy();
  const failing = {
    ...released,
    '9998-good': addTable('good'),
    '9999-bad': {
      async up(db: Kysely<unknown>) {
        await addTable('half').up(db);
        throw new Error('half way');
      },
    },
  };
  await expect(openDatabase(folder, failing)).rejects.toThrow('half way');
  const db = await openDatabase(folder);
  const names = await tables(db);
  expect(names).not.toContain('half');
  expect(names).not.toContain('good');
  await db.destroy();
});

test('a first migration that fails leaves an empty database', async () => {
  const folder = newFolder();
  const bad = {
    async up(db: Kysely<unknown>) {
      await initial.up(db);
      throw new Error('half way');
    },
  };
  await expect(openDatabase(folder, { '0001-initial': bad })).rejects.toThrow('half way');
  const db = await openDatabase(folder);
  expect(await tables(db)).toContain('jobs');
  await db.destroy();
});

test('processes that open a new folder at once, again and again, all succeed', async () => {
  const folder = path.join(newFolder(), 'data');
  const processes = Array.from({ length: 5 }, () => startProcess('open-process.ts', folder, '10'));
  for (const child of processes) child.stdin.end('go\n');
  const accounts = (await Promise.all(processes.map(outputOf))).map((output) => output.split(' ')[1]);
  const db = await openDatabase(folder);
  const rows = await db.selectFrom('accounts').select('id').execute();
  expect(rows).toHaveLength(1);
  expect(new Set(accounts)).toEqual(new Set([rows[0]?.id]));
  await db.destroy();
});

test('transactions take turns in the order they came, and a failed one frees its place', async () => {
  const db = await openDatabase(newFolder());
  const { id } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  await db.updateTable('accounts').set({ created_at: 0 }).execute();
  const order: number[] = [];
  const attempts = Array.from({ length: 200 }, (_, index) =>
    db.transaction().execute(async (tx) => {
      order.push(index);
      const { created_at } = await tx.selectFrom('accounts').selectAll().executeTakeFirstOrThrow();
      await tx
        .updateTable('accounts')
        .set({ created_at: created_at + 1 })
        .where('id', '=', id)
        .execute();
      if (index % 10 === 0) throw new Error('no');
    }),
  );
  const results = await Promise.allSettled(attempts);
  expect(results.filter((result) => result.status === 'rejected')).toHaveLength(20);
  expect(order).toEqual(attempts.map((_, index) => index));
  const { created_at } = await db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow();
  expect(created_at).toBe(180);
  await db.destroy();
});
