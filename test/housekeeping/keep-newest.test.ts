import { afterEach, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { collectGarbage } from '../../src/housekeeping/collect-garbage.ts';
import type { HousekeepingReport } from '../../src/housekeeping/collect-job.ts';
import { type RunningServer, serve } from '../../src/serve.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from '../storage/support.ts';
import { stateIn, stateOf } from '../support/history.ts';
import {
  type Caller,
  callerOf,
  createApp,
  exportBot,
  exportEarlier,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
} from '../support/server.ts';

const newFolder = temporaryFolders();
let config: Config;
let server: RunningServer;
let admin: Caller;
afterEach(() => server.stop());

async function start(settings: Partial<Config>): Promise<void> {
  config = {
    ...loadConfig({ BOTPORT_PORT: '0', BOTPORT_LOG: 'silent', BOTPORT_RATE_LIMIT: 'off' }),
    dataFolder: newFolder(),
    keepReady: 0,
    collectEvery: null,
    ...settings,
  };
  server = await serve(config);
  admin = await callerOf(server, await createApp(config.dataFolder));
}

/** Collects without a server, which would find the request only at its next look, and serves again. */
async function gc(): Promise<HousekeepingReport> {
  await server.stop();
  const report = await collectGarbage(config);
  server = await serve(config);
  admin = await callerOf(server, await createApp(config.dataFolder));
  return report;
}

/** A bot whose draft has had the states 0 to `count - 1`, and of which the states named were published. */
async function botOf(count: number, published: number[]): Promise<string> {
  const bot = await importedBot(server, admin, stateOf(0));
  for (let n = 0; n < count; n += 1) {
    if (n > 0) await replaceDraft(server, admin, bot, stateOf(n));
    if (published.includes(n)) await publishBot(admin, bot);
  }
  return bot;
}

async function inStore<T>(action: (db: Db) => Promise<T>): Promise<T> {
  const db = await openDatabase(config.dataFolder);
  try {
    return await action(db);
  } finally {
    await db.destroy();
  }
}

const count = (table: 'snapshots' | 'manifests' | 'publish_requests') =>
  inStore(async (db) => (await db.selectFrom(table).selectAll().execute()).length);

const numbers = async (bot: string, list: 'drafts' | 'versions') =>
  ((await admin.get(`/api/v1/bots/${bot}/${list}`)).body[list] as Json[]).map(({ number }) => number);

async function expectSound(): Promise<void> {
  const { faults, unreferenced } = await inStore(verifyStore);
  expect({ faults, unreferenced }).toEqual({ faults: [], unreferenced: { segments: 0, recipes: 0 } });
}

test('a bot keeps its newest drafts, and their content goes with the others', async () => {
  await start({ keepDrafts: 2 });
  const bot = await botOf(5, []);
  expect(await gc()).toMatchObject({ drafts: 3, versions: 0, snapshots: 3, frozen: 1 });
  expect(await numbers(bot, 'drafts')).toEqual([5, 4]);
  expect(await stateIn(await exportEarlier(admin, bot, 4))).toBe(3);
  await expectSound();
});

test('the present draft stays, and the next one has the next number', async () => {
  await start({ keepDrafts: 1 });
  const bot = await botOf(3, []);
  await gc();
  expect(await stateIn((await exportBot(admin, bot)).archive)).toBe(2);
  await replaceDraft(server, admin, bot, stateOf(7));
  expect(await numbers(bot, 'drafts')).toEqual([4, 3]);
});

test('a version whose draft is gone is kept, frozen, with what it stands upon', async () => {
  await start({ keepDrafts: 1 });
  const bot = await botOf(3, [0, 1]);
  expect(await gc()).toMatchObject({ drafts: 2, versions: 0, snapshots: 0, frozen: 1 });
  // The draft and the published version are ready.
  expect([await count('snapshots'), await count('manifests')]).toEqual([3, 2]);
  expect(await stateIn(await exportEarlier(admin, bot, 1, 'published'))).toBe(0);
  await expectSound();
});

test('what only others are frozen against is frozen as well', async () => {
  await start({ keepDrafts: 1 });
  const bot = await botOf(2, [0, 1]);
  // Freezes the first version against the second, which then nobody else needs.
  expect(await gc()).toMatchObject({ frozen: 1 });
  await replaceDraft(server, admin, bot, stateOf(2));
  await publishBot(admin, bot);
  await admin.delete(`/api/v1/bots/${bot}/versions/2`);
  expect(await gc()).toMatchObject({ drafts: 1, snapshots: 0, frozen: 1 });
  expect([await count('snapshots'), await count('manifests')]).toEqual([3, 1]);
  expect(await stateIn(await exportEarlier(admin, bot, 1, 'published'))).toBe(0);
  await expectSound();
});

test('a bot keeps its newest versions, and every pinned one', async () => {
  await start({ keepVersions: 2, keepDrafts: 1 });
  const bot = await botOf(5, [0, 1, 2, 3, 4]);
  await admin.patch(`/api/v1/bots/${bot}/versions/2`, { pinned: true });
  expect(await gc()).toMatchObject({ versions: 2, drafts: 4, publishes: 4, snapshots: 2 });
  expect(await numbers(bot, 'versions')).toEqual([5, 4, 2]);
  expect(await stateIn(await exportEarlier(admin, bot, 2, 'published'))).toBe(1);
  expect(await stateIn((await exportBot(admin, bot, { exportType: 'published' })).archive)).toBe(4);
  await expectSound();
});

test('the published version stays, and its number is given to no other', async () => {
  await start({ keepVersions: 1 });
  const bot = await botOf(3, [0, 1]);
  await gc();
  expect(await numbers(bot, 'versions')).toEqual([2]);
  await publishBot(admin, bot);
  expect(await numbers(bot, 'versions')).toEqual([3, 2]);
});

test('the content of a version that was deleted goes with the next collection', async () => {
  await start({ keepDrafts: 1 });
  const bot = await botOf(2, [0, 1]);
  await admin.delete(`/api/v1/bots/${bot}/versions/1`);
  expect(await gc()).toMatchObject({ drafts: 1, publishes: 1, snapshots: 1 });
  expect(await count('snapshots')).toBe(1);
  await expectSound();
});

test('an export keeps the content it was made of', async () => {
  await start({ keepDrafts: 1, keepVersions: 1 });
  const bot = await botOf(1, [0]);
  const { status, archive } = await exportBot(admin, bot, { exportType: 'published' });
  await replaceDraft(server, admin, bot, stateOf(1));
  await publishBot(admin, bot);
  expect(await gc()).toMatchObject({ drafts: 1, versions: 1, snapshots: 0 });
  const { downloadURL } = (await admin.get(`/api/v1/exports/${status._id}`)).body;
  const again = await fetch(downloadURL as string);
  expect(Buffer.from(await again.arrayBuffer())).toEqual(archive);
  await expectSound();
});

test('the status of the newest publish stays, also when a draft has long followed', async () => {
  await start({ keepDrafts: 1, keepVersions: 1 });
  const bot = await botOf(3, [0, 1]);
  expect(await gc()).toMatchObject({ publishes: 1 });
  expect(await count('publish_requests')).toBe(1);
  expect((await admin.get(`/api/public/bot/${bot}/publish/status`)).body).toMatchObject({
    status: 'successful',
    countOfDockStatuses: 36,
  });
});

test('without the settings everything stays', async () => {
  await start({});
  const bot = await botOf(3, [0, 1, 2]);
  expect(await gc()).toMatchObject({ drafts: 0, versions: 0, snapshots: 0 });
  expect([await numbers(bot, 'drafts'), await numbers(bot, 'versions')]).toEqual([
    [3, 2, 1],
    [3, 2, 1],
  ]);
});

test('what is asked for while it goes is either there, or unknown', async () => {
  await start({ keepDrafts: 1, keepVersions: 1, collectEvery: 1 });
  const bot = await botOf(1, [0]);
  const url = `/api/v1/bots/${bot}`;
  for (let n = 1; n <= 10; n += 1) {
    await replaceDraft(server, admin, bot, stateOf(n));
    await publishBot(admin, bot);
    const replies = await Promise.all([
      admin.post(`${url}/exports`, { exportType: 'published', number: n }),
      admin.post(`${url}/exports`, { exportType: 'latest', number: n }),
      admin.post(`${url}/exports`, { exportType: 'latest', number: n, subTasks: { dialogs: ['Dialog 3'] } }),
      admin.post(`${url}/rollback`, { version: n }),
    ]);
    for (const { status, body } of replies) {
      if (status === 200) continue;
      expect([status, body]).toMatchObject([400, { errors: [{ type: 'unknown_version' }] }]);
    }
  }
  const { faults } = await inStore(verifyStore);
  expect(faults).toEqual([]);
});
