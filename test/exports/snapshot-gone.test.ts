import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import { openExports } from '../../src/exports/exports.ts';
import { createLinkSigner } from '../../src/exports/links.ts';
import { MadeArchives } from '../../src/exports/made-archives.ts';
import { createJobs } from '../../src/jobs/runner.ts';
import { SnapshotGone } from '../../src/snapshots/gone.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { databaseFile, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { temporaryFolders } from '../storage/support.ts';

const newFolder = temporaryFolders();

test('an export of a snapshot that went after it was looked up says so, and leaves no request', async () => {
  const folder = newFolder();
  const db = await openDatabase(folder);
  const { id: accountId } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  const file = new DatabaseSync(databaseFile(folder), { enableForeignKeyConstraints: false });
  file
    .prepare(
      `insert into bots (id, account_id, name, description, type, purpose, default_language, draft, created_by,
         created_at, ordinal) values ('st-1', ?, '', '', '', '', '', 'gone', 'u-1', 1, 0)`,
    )
    .run(accountId);
  file.close();

  const segments = segmentsInDatabase(db);
  const made = new MadeArchives();
  const body = { exportType: 'latest' } as const;
  made.keep('st-1', 'gone', JSON.stringify(body), { recipe: 'r', size: 1, done_bytes: 1, done_items: 1 });
  const exports = openExports({
    db,
    jobs: createJobs(db, {}, { logger: console, soleServer: true }),
    snapshots: openSnapshots(db, segments),
    segments,
    links: createLinkSigner(Buffer.alloc(32), 60),
    made,
    announce: async () => undefined,
  });
  const caller = { accountId, clientId: 'cs', userId: 'u-1', limited: false } as Caller;
  await expect(exports.request(caller, 'st-1', body)).rejects.toThrow(SnapshotGone);
  expect(await db.selectFrom('export_requests').selectAll().execute()).toEqual([]);
  await db.destroy();
});
