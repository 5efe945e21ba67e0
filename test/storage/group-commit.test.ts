import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Db, databaseFile, openDatabase, type Tx } from '../../src/storage/database.ts';
import { commitsInLog } from '../jobs/support.ts';
import { outputOf, startProcess, temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

const add = (tx: Db | Tx, id: string) => tx.insertInto('accounts').values({ id, created_at: 0 }).execute();
const ids = async (db: Db | Tx) =>
  (await db.selectFrom('accounts').select('id').where('created_at', '=', 0).orderBy('id').execute()).map(
    ({ id }) => id,
  );
const transaction = (db: Db, id: string) => db.transaction().execute((tx) => add(tx, id));

/** A database, and a second connection that sees what is committed, as another process would. */
async function open() {
  const folder = newFolder();
  const db = await openDatabase(folder);
  const other = new DatabaseSync(databaseFile(folder), { readOnly: true });
  const committed = () =>
    other
      .prepare('select id from accounts where created_at = 0 order by id')
      .all()
      .map((row) => row.id);
  const close = async () => {
    other.close();
    await db.destroy();
  };
  return { folder, db, committed, close };
}

test('transactions and statements that come together share a commit', async () => {
  const { folder, db, committed, close } = await open();
  const before = commitsInLog(folder);
  await Promise.all([transaction(db, 'a'), transaction(db, 'b'), add(db, 'c'), transaction(db, 'd')]);
  expect(commitsInLog(folder) - before).toBe(1);
  expect(committed()).toEqual(['a', 'b', 'c', 'd']);
  await close();
});

test('nobody but the transactions of its group sees one before its commit', async () => {
  const { db, committed, close } = await open();
  const first = transaction(db, 'a');
  const second = db.transaction().execute(async (tx) => {
    expect(await ids(tx)).toEqual(['a']);
    expect(await ids(db)).toEqual([]);
    expect(committed()).toEqual([]);
  });
  await first;
  expect(committed()).toEqual(['a']);
  expect(await ids(db)).toEqual(['a']);
  await second;
  await close();
});

test('a transaction that fails upon what it saw of others is told when that is committed', async () => {
  const { db, committed, close } = await open();
  const first = transaction(db, 'a');
  const second = db.transaction().execute(async (tx) => {
    throw new Error((await ids(tx)).join());
  });
  await expect(second).rejects.toThrow('a');
  expect(committed()).toEqual(['a']);
  await first;
  await close();
});

test('where SQLite rolls everything back, all of the group fails, and the next one does not', async () => {
  const { db, committed, close } = await open();
  const lost = [
    transaction(db, 'a'),
    db.transaction().execute((tx) => sql`insert or rollback into accounts values ('a', 0)`.execute(tx)),
  ];
  // As on a full disk (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
  const later = transaction(db, 'b');
  for (const each of lost) await expect(each).rejects.toThrow(/UNIQUE constraint failed: accounts.id/);
  await later;
  expect(committed()).toEqual(['b']);
  await close();
});

test('those that fail leave nothing, those that do not are there, in whatever order', async () => {
  const { db, committed, close } = await open();
  const action = fc.record({
    kind: fc.constantFrom('transaction', 'failing transaction', 'statement', 'failing statement'),
    pause: fc.constantFrom('none', 'a microtask', 'a turn of the event loop'),
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
      round += 1;
      await add(db, `${round} there`);
      const expected = [`${round} there`];
      const outcomes: Promise<boolean>[] = [];
      for (const [index, { kind, pause }] of actions.entries()) {
        const id = `${round} ${String(index).padStart(2, '0')}`;
        const failing = kind.startsWith('failing');
        const work = kind.endsWith('statement')
          ? add(db, failing ? `${round} there` : id)
          : db.transaction().execute(async (tx) => {
              await add(tx, id);
              if (failing) throw new Error('no');
            });
        if (!failing) expected.push(id);
        outcomes.push(
          work.then(
            () => !failing && committed().includes(id),
            () => failing,
          ),
        );
        if (pause === 'a microtask') await Promise.resolve();
        if (pause === 'a turn of the event loop') await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await Promise.all(outcomes)).toEqual(actions.map(() => true));
      expect((await ids(db)).filter((id) => id.startsWith(`${round} `))).toEqual(expected.sort());
    }),
    { numRuns: 50 },
  );
  await close();
});

test('a database that is closed commits what has ended', async () => {
  const { db, folder, close } = await open();
  const ended = transaction(db, 'a');
  // The transaction ends within microtasks; its commit waits for the event loop.
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  await close();
  await ended;
  const again = await openDatabase(folder);
  expect(await ids(again)).toEqual(['a']);
  await again.destroy();
});

test('what a killed process was told of is there', async () => {
  const folder = newFolder();
  const child = startProcess('commit-process.ts', folder);
  let length = 0;
  child.stdout.on('data', (text: string) => {
    length += text.length;
    if (length > 4000) child.kill('SIGKILL');
  });
  const told = (await outputOf(child)).split('\n').slice(0, -1);
  expect(told.length).toBeGreaterThan(100);
  const db = await openDatabase(folder);
  expect(await ids(db)).toEqual(expect.arrayContaining(told));
  await db.destroy();
});

test('the log stays bounded under writes that do not end, and goes when the database is closed', async () => {
  const folder = newFolder();
  const db = await openDatabase(folder);
  const log = `${databaseFile(folder)}-wal`;
  let written = 0;
  for (let n = 0; written < 150e6; n += 1) {
    const size = 500_000;
    written += size;
    await sql`insert into snapshots (digest, created_at, delta)
      values (${`digest ${n}`}, 0, ${'x'.repeat(size)})`.execute(db);
  }
  expect(statSync(log).size).toBeLessThan(60e6);
  await db.destroy();
  expect(existsSync(log)).toBe(false);
});
