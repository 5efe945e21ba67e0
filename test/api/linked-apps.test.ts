import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const botWith = (more: Json) =>
  importedBot(server, admin, {
    definition: JSON.stringify(smallDefinition({ type: 'universalbot', universalBotVersion: 2, ...more })),
  });
const pathOf = (bot: string) => `/api/1.1/public/bot/${bot}/universalbot/link?language=en`;

test('the linked apps stand under all names that documents and clients have for them', async () => {
  const bot = await botWith({
    linkedBotsDetails: [
      { _id: 'st-1', name: 'Travel', defaultLanguage: 'en', type: 'default', status: 1, internal: 'x' },
      { streamId: 'st-2', localeData: { de: { name: 'Kasse' }, en: { name: 'Cash' } } },
      { botId: 'st-3', botName: 'Help' },
      'st-4',
      { nothing: true },
      7,
    ],
  });
  const apps = [
    { _id: 'st-1', name: 'Travel', defaultLanguage: 'en', type: 'default', status: 1 },
    { _id: 'st-2', name: 'Cash' },
    { _id: 'st-3', name: 'Help' },
    { _id: 'st-4', name: '' },
  ];
  const { status, body } = await admin.get(pathOf(bot));
  expect(status).toBe(200);
  expect(body).toEqual({
    type: 'universalbot',
    configuredLinkedApps: apps,
    publishedLinkedApps: apps,
    publishedBots: apps,
  });
});

test.each<[Json]>([[{}], [{ linkedBotsDetails: {} }], [{ linkedBotsDetails: [] }]])(
  'a bot with %j links none',
  async (more) => {
    expect((await admin.get(pathOf(await botWith(more)))).body).toMatchObject({ publishedBots: [] });
  },
);

test('both kinds of app may ask, each with its scope', async () => {
  const bot = await botWith({});
  const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] }));
  expect((await builder.get(pathOf(bot))).status).toBe(200);
  const none = await callerOf(server, await server.createApp({ scopes: [] }));
  expect((await none.get(pathOf(bot))).status).toBe(401);
  expect(await admin.get(pathOf('st-unknown'))).toMatchObject({
    status: 400,
    body: { errors: [{ msg: 'Invalid StreamId' }] },
  });
});
