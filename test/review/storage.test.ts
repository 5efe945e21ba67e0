import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { type Db, databaseFile, openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from '../storage/support.ts';

const newFolder = temporaryFolders();

/** A database, and a second connection to it, as another process would have. */
async function openTwice(): Promise<{ db: Db; other: DatabaseSync }> {
  const folder = newFolder();
  const db = await openDatabase(folder);
  const other = new DatabaseSync(databaseFile(folder));
  cleanUp.push(() => other.close());
  cleanUp.push(() => db.destroy());
  return { db, other };
}

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Holds the write lock until a timer of this very event loop lets go of it. */
function lockFor(other: DatabaseSync, milliseconds: number): void {
  other.exec('begin immediate');
  setTimeout(() => other.exec('rollback'), milliseconds);
}

const addUpload = (db: Db) => sql`update accounts set created_at = created_at + 1`.execute(db);

test('a statement that waits for another process leaves the event loop free', async () => {
  const { db, other } = await openTwice();
  lockFor(other, 200);
  await addUpload(db);
});

test('a transaction that waits for another process leaves the event loop free', async () => {
  const { db, other } = await openTwice();
  lockFor(other, 200);
  await db.transaction().execute(addUpload);
});

test('a transaction that only reads sees one state, and holds up no writer', async () => {
  const { db, other } = await openTwice();
  const read = async (from: Db) =>
    (await from.selectFrom('accounts').select('created_at').executeTakeFirstOrThrow()).created_at;
  await db
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      const before = await read(tx);
      other.exec('update accounts set created_at = created_at + 1');
      expect(await read(tx)).toBe(before);
    });
});

test('what breaks a transaction is reported, not that SQLite has rolled it back already', async () => {
  const { db } = await openTwice();
  const failed = db.transaction().execute(async (tx) => {
    // As a full disk does (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
    await sql`insert or rollback into accounts select id, created_at from accounts`.execute(tx);
  });
  await expect(failed).rejects.toThrow(/UNIQUE constraint failed: accounts.id/);
  await addUpload(db);
});
