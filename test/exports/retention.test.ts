import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { removeOldExports } from '../../src/exports/retention.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from '../storage/support.ts';
import { dyingAfter } from '../support/retention.ts';
import {
  callerOf,
  exportBot,
  importedBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

const newFolder = temporaryFolders();
let db: Db | undefined;
afterEach(() => db?.destroy());

interface Row {
  bot: number;
  /** Null while it is pending. */
  finishedAt: number | null;
}

const rows = fc.array(
  fc.record({ bot: fc.nat(3), finishedAt: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }) }),
  { maxLength: 25 },
);
const idOf = (index: number) => `ber-${String(index).padStart(3, '0')}`;

/** Fills the tables anew: the last request of a bot is its newest. */
async function fill(db: Db, requests: Row[]): Promise<void> {
  await db.deleteFrom('export_requests').execute();
  await db.deleteFrom('bots').execute();
  const { id: account } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  await db
    .insertInto('snapshots')
    .values({ digest: 'd', created_at: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (let bot = 0; bot <= 3; bot++) {
    const newest = requests.findLastIndex((request) => request.bot === bot);
    await db
      .insertInto('bots')
      .values({
        id: `st-${bot}`,
        account_id: account,
        name: '',
        description: '',
        type: '',
        purpose: '',
        default_language: '',
        draft: 'd',
        published: null,
        newest_export: newest === -1 ? null : idOf(newest),
        newest_publish: null,
        created_by: '',
        created_at: bot,
        ordinal: bot,
      })
      .execute();
  }
  for (const [index, { bot, finishedAt }] of requests.entries()) {
    await db
      .insertInto('export_requests')
      .values({
        id: idOf(index),
        bot_id: `st-${bot}`,
        status: finishedAt === null ? 'pending' : index % 2 === 0 ? 'success' : 'failed',
        export_type: 'latest',
        body: '{}',
        snapshot: 'd',
        file_id: '',
        file_name: `f-${index}`,
        client_file_name: '',
        recipe: null,
        size: null,
        failure: null,
        created_by: '',
        created_at: 0,
        finished_at: finishedAt,
        done_bytes: null,
        done_items: null,
      })
      .execute();
  }
}

/** What is to stay, said as plainly as can be. */
function staying(requests: Row[], olderThan: number): string[] {
  return requests.flatMap(({ bot, finishedAt }, index) => {
    const isNewest = !requests.slice(index + 1).some((later) => later.bot === bot);
    return isNewest || finishedAt === null || finishedAt >= olderThan ? [idOf(index)] : [];
  });
}

const ids = async (db: Db) =>
  (await db.selectFrom('export_requests').select('id').orderBy('id').execute()).map(({ id }) => id);

test('what is old goes, but the newest of a bot and what is pending stay, whatever the batches', async () => {
  const open = await openDatabase(newFolder());
  db = open;
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(4),
      async (requests, olderThan, batchSize, life) => {
        await fill(open, requests);
        const expected = staying(requests, olderThan);
        // Killed once on the way, where it comes so far.
        const first = await removeOldExports(dyingAfter(open, life), olderThan, { batchSize }).catch(
          () => null,
        );
        const between = await ids(open);
        expect(between).toEqual(expect.arrayContaining(expected));
        const second = await removeOldExports(open, olderThan, { batchSize });
        expect(await ids(open)).toEqual(expected);
        if (first !== null) expect([first, second]).toEqual([requests.length - expected.length, 0]);
        else expect(second).toBe(between.length - expected.length);
      },
    ),
    { numRuns: 60 },
  );
});

test('an aborted signal ends it between two batches', async () => {
  db = await openDatabase(newFolder());
  await fill(
    db,
    [1, 2, 3, 4, 5].map((finishedAt) => ({ bot: 0, finishedAt })),
  );
  expect(await removeOldExports(db, 9, { signal: AbortSignal.abort() })).toBe(0);
  expect(await ids(db)).toHaveLength(5);
});

test('no request is looked at that is not old', async () => {
  db = await openDatabase(newFolder());
  const { rows: plan } = await db.executeQuery<{ detail: string }>({
    ...db
      .selectFrom('export_requests')
      .select('id')
      .where('finished_at', '<', 5)
      .orderBy('finished_at')
      .orderBy('id')
      .limit(3)
      .compile(),
    sql: 'explain query plan select id from export_requests where finished_at < ? order by finished_at, id limit ?',
    parameters: [5, 3],
  });
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH export_requests USING COVERING INDEX export_requests_by_end (finished_at<?)',
  ]);
});

test('exports and downloads go on while old ones are removed', async () => {
  const server = await startServer();
  const open = await openDatabase(server.dataFolder);
  try {
    const admin = await callerOf(server, await server.createApp());
    const bot = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    let running = true;
    const removing = (async () => {
      let removed = 0;
      // Older than any moment to come: everything that has finished is old.
      while (running) {
        removed += await removeOldExports(open, Number.MAX_SAFE_INTEGER, { batchSize: 2 });
        await sleep(1);
      }
      return removed;
    })();
    const archives: Buffer[] = [];
    for (let round = 0; round < 30; round++) {
      const { status, archive } = await exportBot(admin, bot);
      expect(status).toMatchObject({ status: 'success', fileSize: String(archive.length) });
      archives.push(archive);
    }
    running = false;
    expect(await removing).toBeGreaterThan(20);
    for (const archive of archives) expect(archive.equals(archives[0] ?? Buffer.of())).toBe(true);
  } finally {
    await open.destroy();
    await server.close();
  }
});

test('a link to an export that was removed answers as an expired one, and its id as unknown', async () => {
  const server: TestServer = await startServer();
  const open = await openDatabase(server.dataFolder);
  try {
    const admin = await callerOf(server, await server.createApp());
    const bot = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    const { status: old } = await exportBot(admin, bot);
    const { status: newest } = await exportBot(admin, bot);
    expect(await removeOldExports(open, Number.MAX_SAFE_INTEGER)).toBe(1);
    const reply = await fetch(old.downloadURL as string);
    expect([reply.status, await reply.json()]).toMatchObject([403, { errors: [{ type: 'link_expired' }] }]);
    const { body } = await admin.get(`/api/v1/exports/${old._id}`);
    expect(body).toMatchObject({ errors: [{ type: 'invalid_request_id' }] });
    expect((await fetch(newest.downloadURL as string)).status).toBe(200);
    const again: Json = (await admin.get(`/api/public/bot/${bot}/export/status`)).body;
    expect(again).toMatchObject({ _id: newest._id, status: 'success' });
  } finally {
    await open.destroy();
    await server.close();
  }
});
