import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { stateOf } from '../support/history.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  startServer,
  type TestServer,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp({ name: 'pipeline' }));
});
afterAll(() => server.close());

const path = (bot: string, query = '') => `/api/public/bot/${bot}/changelogs${query}`;

async function logsOf(bot: string, query = ''): Promise<Json[]> {
  const { status, body } = await admin.get(path(bot, query));
  expect(status).toBe(200);
  return body as unknown as Json[];
}

const messagesOf = async (bot: string, query = '') =>
  (await logsOf(bot, query)).map(({ message }) => message);

test('an entry is as documented', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  const [entry, ...more] = await logsOf(bot);
  expect(more).toEqual([]);
  expect(entry).toEqual({
    _id: expect.stringMatching(/^btl-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    userId: {
      id: expect.stringMatching(/^u-/),
      firstName: 'pipeline',
      lastName: '',
      emailId: '',
      _id: expect.stringMatching(/^u-/),
    },
    streamId: bot,
    resourceId: bot,
    resourceType: 'stream',
    message: 'Bot imported as draft 1',
    createdOn: expect.stringMatching(/Z$/),
    __v: 0,
  });
});

test('everything that happened is told, newest first, and keeps its id', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  await publishBot(admin, bot);
  await replaceDraft(server, admin, bot, stateOf(1));
  const before = await logsOf(bot);
  await publishBot(admin, bot);
  await admin.post(`/api/v1/bots/${bot}/rollback`, { version: 1 });
  const version = `/api/v1/bots/${bot}/versions/1`;
  await admin.patch(version, { label: 'spring', pinned: true });
  await admin.patch(version, { pinned: false });
  await admin.delete(version);
  expect(await messagesOf(bot)).toEqual([
    'Version 1 deleted',
    'Version 1 unpinned',
    'Version 1 pinned',
    'Label of version 1 changed',
    'Bot rolled back to version 1',
    'Bot published as version 2',
    'Bot imported as draft 2',
    'Bot published as version 1',
    'Bot imported as draft 1',
  ]);
  const after = await logsOf(bot);
  expect(after.slice(-3)).toEqual(before);
  expect(new Set(after.map(({ _id }) => _id)).size).toBe(9);
});

test('what fails or changes nothing is not told', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  await publishBot(admin, bot);
  await replaceDraft(server, admin, bot, stateOf(0));
  await replaceDraft(server, admin, bot, { definition: '{' });
  await admin.post(`/api/v1/bots/${bot}/rollback`, { version: 1 });
  await admin.patch(`/api/v1/bots/${bot}/versions/1`, { label: null, pinned: false });
  await admin.delete(`/api/v1/bots/${bot}/versions/1`);
  expect(await messagesOf(bot)).toEqual(['Bot published as version 1', 'Bot imported as draft 1']);
});

test('offset counts pages', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  for (let n = 0; n < 4; n += 1) await publishBot(admin, bot);
  expect(await messagesOf(bot, '?offset=0&limit=2')).toEqual([
    'Bot published as version 4',
    'Bot published as version 3',
  ]);
  expect(await messagesOf(bot, '?offset=2&limit=2')).toEqual(['Bot imported as draft 1']);
  expect(await messagesOf(bot, '?offset=3&limit=2')).toEqual([]);
  expect(await messagesOf(bot, '?offset=&limit=')).toHaveLength(5);
});

test('a page has fifty entries at most', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  const db = await openDatabase(server.dataFolder);
  try {
    for (let number = 2; number <= 60; number += 1) {
      await db
        .insertInto('changes')
        .values({
          bot_id: bot,
          number,
          kind: 'publish',
          detail: '1',
          created_by: 'u-gone',
          created_at: number,
        })
        .execute();
    }
  } finally {
    await db.destroy();
  }
  for (const query of ['', '?limit=50', '?limit=1000']) expect(await logsOf(bot, query)).toHaveLength(50);
  // An app that is not known any more has no name.
  expect((await logsOf(bot))[0]?.userId).toMatchObject({ id: 'u-gone', firstName: '' });
});

test('dates bound what is shown, in every form clients send', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  const db = await openDatabase(server.dataFolder);
  const times = [
    '2025-01-30T23:59:59.999Z',
    '2025-01-31T00:00:00.000Z',
    '2025-01-31T23:59:59.999Z',
    '2025-02-01T00:00:00.000Z',
  ];
  try {
    await db.deleteFrom('changes').where('bot_id', '=', bot).execute();
    for (const [index, time] of times.entries()) {
      await db
        .insertInto('changes')
        .values({
          bot_id: bot,
          number: index + 1,
          kind: 'publish',
          detail: String(index),
          created_by: 'u-1',
          created_at: Date.parse(time),
        })
        .execute();
    }
  } finally {
    await db.destroy();
  }
  const within = async (query: string) =>
    (await messagesOf(bot, query)).map((message) => Number(/\d+$/.exec(String(message)))).reverse();
  expect(await within('')).toEqual([0, 1, 2, 3]);
  expect(await within('?startDate=2025-01-31&endDate=2025-01-31')).toEqual([1, 2]);
  expect(await within('?startDate=2025-01-31')).toEqual([1, 2, 3]);
  expect(await within('?endDate=2025-01-31')).toEqual([0, 1, 2]);
  expect(await within('?startDate=&endDate=')).toEqual([0, 1, 2, 3]);
  expect(await within('?startDate=2025-01-31T23:59:59.999Z')).toEqual([2, 3]);
  expect(await within('?startDate=2025-02-01T00:00')).toEqual([3]);
  expect(await within('?startDate=2025-02-01%2000:00:00')).toEqual([3]);
  // A plus that nobody encoded comes as a space.
  expect(await within('?startDate=2025-02-01T05:30:00+05:30')).toEqual([3]);
  expect(await within('?startDate=2025-02-01T05:30:00%2B0530')).toEqual([3]);
  expect(await within(`?startDate=${Date.parse('2025-02-01')}`)).toEqual([3]);
  expect(await within('?startDate=2025-02-01&endDate=2025-01-31')).toEqual([]);
});

test.each([
  'startDate=yesterday',
  'startDate=2025-02-30',
  'endDate=31/01/2025',
  'endDate=2025-01-31T25:00:00Z',
  'startDate=2025-01-31&startDate=2025-02-01',
  'limit=0',
  'offset=-1',
])('%s is refused', async (query) => {
  const bot = await importedBot(server, admin, stateOf(0));
  const { status, body } = await admin.get(path(bot, `?${query}`));
  expect([status, body]).toMatchObject([412, { errors: [{ type: 'invalid_arguments' }] }]);
});

test('an app of either kind needs the scope of logs', async () => {
  const bot = await importedBot(server, admin, stateOf(0));
  const ask = async (app: Parameters<TestServer['createApp']>[0]) =>
    (await callerOf(server, await server.createApp(app))).get(path(bot));
  expect((await ask({ scopes: ['logs:change_logs'] })).status).toBe(200);
  expect((await ask({ kind: 'builder', bots: [bot], scopes: ['logs:change_logs'] })).status).toBe(200);
  for (const kind of ['admin', 'builder'] as const) {
    const refused = await ask({
      kind,
      bots: kind === 'builder' ? [bot] : [],
      scopes: ['bot_definition:bot_export'],
    });
    expect([refused.status, refused.body]).toMatchObject([401, { errors: [{ type: 'scope_missing' }] }]);
  }
});

test('the order of checks is that of all calls about a bot', async () => {
  const unknown = path('st-00000000-0000-5000-8000-00000000000f');
  expect((await admin.get(unknown)).body).toMatchObject({ errors: [{ type: 'invalid_stream_id' }] });
  expect((await admin.post(unknown, {})).status).toBe(405);
  const bot = await importedBot(server, admin, stateOf(0));
  expect((await admin.get(`/api/1.1/public/bot/${bot}/changelogs/`)).status).toBe(200);
});
