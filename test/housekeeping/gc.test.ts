import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type RunningServer, serve } from '../../src/serve.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { botport } from '../cli/run.ts';
import { temporaryFolders } from '../storage/support.ts';
import { stateOf } from '../support/history.ts';
import { callerOf, createApp, exportBot, importedBot, replaceDraft } from '../support/server.ts';

const newFolder = temporaryFolders();
let running: RunningServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Serves a new folder with a bot of three states and two exports, of which the first is of the first state. */
async function servedStore(settings: Partial<ReturnType<typeof loadConfig>> = {}) {
  const dataFolder = newFolder();
  const server = await serve({
    ...loadConfig({ BOTPORT_PORT: '0', BOTPORT_LOG: 'silent', BOTPORT_RATE_LIMIT: 'off' }),
    dataFolder,
    ...settings,
  });
  running = server;
  const admin = await callerOf(server, await createApp(dataFolder));
  const bot = await importedBot(server, admin, stateOf(0));
  await exportBot(admin, bot);
  await replaceDraft(server, admin, bot, stateOf(1));
  await replaceDraft(server, admin, bot, stateOf(2));
  await exportBot(admin, bot);
  return { dataFolder, server, admin, bot };
}

async function stoppedStore(): Promise<string> {
  const { dataFolder, server } = await servedStore();
  running = undefined;
  await server.stop();
  return dataFolder;
}

async function inStore<T>(dataFolder: string, action: (db: Db) => Promise<T>): Promise<T> {
  const db = await openDatabase(dataFolder);
  try {
    return await action(db);
  } finally {
    await db.destroy();
  }
}

/** As if everything in the store had come in long ago. */
async function age(db: Db): Promise<void> {
  await db.updateTable('export_requests').set({ finished_at: 1 }).execute();
  await db.updateTable('uploads').set({ created_at: 1 }).execute();
}

const countOf = async (db: Db, table: 'uploads' | 'export_requests' | 'manifests' | 'collect_requests') =>
  (await db.selectFrom(table).selectAll().execute()).length;

test('botport gc removes from a stopped store what is too old or not needed, and says what', async () => {
  const dataFolder = await stoppedStore();
  await inStore(dataFolder, age);
  const variables = { BOTPORT_DATA: dataFolder, BOTPORT_KEEP_READY: '0m' };
  const first = await botport(['gc'], variables);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  // Three uploads a state; each has a segment of its own for its dialogs.
  expect(first.stdout).toBe(
    [
      'removed 1 exports with 1 recipes, and 9 uploads',
      'removed 0 drafts, 0 versions, and 0 publish requests',
      'froze 2 snapshots, removed 0',
      'removed 2 segments, 0.0 MB\n',
    ].join('\n'),
  );
  expect(await botport(['gc'], variables)).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'removed 0 exports with 0 recipes, and 0 uploads',
      'removed 0 drafts, 0 versions, and 0 publish requests',
      'froze 0 snapshots, removed 0',
      'removed 0 segments, 0.0 MB\n',
    ].join('\n'),
  });
  const { faults, unreferenced } = await inStore(dataFolder, verifyStore);
  expect({ faults, unreferenced }).toEqual({ faults: [], unreferenced: { segments: 0, recipes: 0 } });
});

test('botport gc --json prints the report', async () => {
  const dataFolder = await stoppedStore();
  const { stdout, code } = await botport(['gc', '--json'], {
    BOTPORT_DATA: dataFolder,
    BOTPORT_KEEP_READY: '0m',
  });
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toEqual({
    exports: 0,
    uploads: 0,
    deliveries: 0,
    drafts: 0,
    versions: 0,
    publishes: 0,
    frozen: 2,
    recipes: 0,
    snapshots: 0,
    segments: 2,
    bytes: expect.any(Number),
  });
  expect(report.bytes).toBeGreaterThan(0);
});

test('botport gc removes what a killed import left', async () => {
  const dataFolder = await stoppedStore();
  await inStore(dataFolder, async (db) => {
    const { id } = await db
      .insertInto('ingests')
      .values({ request_id: 'bir-killed', created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const left = { digest: 'f'.repeat(64), textLength: 1, crc32: 0, bytes: Buffer.from('x') };
    await db.transaction().execute((tx) => segmentsInDatabase(db).put(tx, [left], id));
  });
  const { stdout } = await botport(['gc', '--json'], { BOTPORT_DATA: dataFolder });
  expect(JSON.parse(stdout)).toMatchObject({ segments: 1, bytes: 1 });
});

test('beside a server, botport gc has the server do it, with its settings', async () => {
  const { dataFolder } = await servedStore({ keepReady: 0 });
  const { stdout, code } = await botport(['gc', '--json'], {
    BOTPORT_DATA: dataFolder,
    BOTPORT_KEEP_READY: 'forever',
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ frozen: 2, segments: 2 });
});

test('two botport gc at once both end well, and do the work once', async () => {
  const dataFolder = await stoppedStore();
  const variables = { BOTPORT_DATA: dataFolder, BOTPORT_KEEP_READY: '0m' };
  const outcomes = await Promise.all([1, 2].map(() => botport(['gc', '--json'], variables)));
  expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  // One asked while the other was waiting for its turn has the same report; one that came later found nothing.
  const frozen = outcomes.map(({ stdout }) => JSON.parse(stdout).frozen as number);
  expect(Math.max(...frozen)).toBe(2);
  for (const one of frozen) expect([0, 2]).toContain(one);
  await inStore(dataFolder, async (db) => {
    const rows = await db.selectFrom('collect_requests').select(['status', 'report']).execute();
    const all = rows.map(({ status, report }) => [status, JSON.parse(report ?? '').frozen]);
    expect(all.filter(([, count]) => count === 2)).toEqual([['success', 2]]);
    expect((await verifyStore(db)).faults).toEqual([]);
  });
});

test('botport gc of a folder that does not exist fails and makes nothing', async () => {
  const dataFolder = path.join(newFolder(), 'missing');
  const { code, stdout, stderr } = await botport(['gc'], { BOTPORT_DATA: dataFolder });
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain(dataFolder);
  expect(existsSync(dataFolder)).toBe(false);
});

test('a server collects by itself, with its retention settings', async () => {
  const { dataFolder } = await servedStore({
    collectEvery: 20,
    keepReady: 0,
    keepExports: 3_600_000,
    keepUploads: 3_600_000,
  });
  await inStore(dataFolder, async (db) => {
    await age(db);
    const counts = async () => [
      await countOf(db, 'manifests'),
      // The newest export of a bot stays.
      await countOf(db, 'export_requests'),
      await countOf(db, 'uploads'),
    ];
    await expect.poll(counts, { timeout: 10_000 }).toEqual([1, 1, 0]);
  });
});

test('a server that is to keep everything collects, and keeps everything', async () => {
  const { dataFolder } = await servedStore({
    collectEvery: 20,
    keepReady: null,
    keepExports: null,
    keepUploads: null,
  });
  await inStore(dataFolder, async (db) => {
    await age(db);
    const before = await countOf(db, 'collect_requests');
    await expect.poll(() => countOf(db, 'collect_requests'), { timeout: 10_000 }).toBeGreaterThan(before + 2);
    expect([
      await countOf(db, 'manifests'),
      await countOf(db, 'export_requests'),
      await countOf(db, 'uploads'),
    ]).toEqual([3, 2, 9]);
  });
});

test('a server that is not to collect does not', async () => {
  const { dataFolder, server } = await servedStore({ collectEvery: null, keepReady: 0 });
  running = undefined;
  await server.stop();
  expect(await inStore(dataFolder, (db) => countOf(db, 'collect_requests'))).toBe(0);
});

test('webhook deliveries go after seven days, however they stand', async () => {
  const dataFolder = await stoppedStore();
  const day = 86_400_000;
  await inStore(dataFolder, async (db) => {
    for (const age of [9, 7.1, 6.9, 0]) {
      await db
        .insertInto('webhook_deliveries')
        .values({
          webhook_id: 'wh-1',
          message_id: `msg-${age}`,
          event: 'ping',
          body: '{}',
          status: 'pending',
          attempts: 0,
          due_at: 0,
          created_at: Date.now() - age * day,
        })
        .execute();
    }
  });
  const { stdout } = await botport(['gc'], { BOTPORT_DATA: dataFolder });
  expect(stdout).toMatch(/\nremoved 2 webhook deliveries\n$/);
  const kept = await inStore(dataFolder, (db) =>
    db.selectFrom('webhook_deliveries').select('message_id').execute(),
  );
  expect(kept.map(({ message_id }) => message_id)).toEqual(['msg-6.9', 'msg-0']);
});

test('the newest hundred reports are kept', async () => {
  const dataFolder = await stoppedStore();
  await inStore(dataFolder, async (db) => {
    for (let n = 0; n < 150; n += 1) {
      await db
        .insertInto('collect_requests')
        .values({
          id: `gc-${n}`,
          status: 'success',
          report: '{}',
          failure: null,
          created_at: n,
          finished_at: n,
        })
        .execute();
    }
  });
  await botport(['gc'], { BOTPORT_DATA: dataFolder });
  const kept = await inStore(dataFolder, (db) =>
    db.selectFrom('collect_requests').select('created_at').orderBy('created_at').execute(),
  );
  expect(kept).toHaveLength(100);
  expect(kept[0]).toEqual({ created_at: 51 });
});
