import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Caller,
  callerOf,
  exportBot,
  type Json,
  publishBot,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';
import { newBot, send } from './support.ts';

let server: TestServer;
let admin: Caller;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  botId = await newBot(server, admin);
});
afterAll(() => server.close());

const publishPath = () => `/api/public/bot/${botId}/publish`;

test.each([
  // Programs put a no-break space of their own before AM and PM.
  ['a date of America', new Date(0).toLocaleString('en-US', { timeZone: 'UTC' })],
  ['a date of Germany', new Date(0).toLocaleString('de-DE', { timeZone: 'UTC' })],
  ['a date of Japan', new Date(0).toLocaleString('ja-JP', { timeZone: 'UTC', dateStyle: 'full' })],
  ['lines and quotes', 'deployed by "ci"\nbuild #12\t\\o/'],
  ['a lot of words', 'word '.repeat(2000)],
])('initiateTraining and a comment with %s are taken', async (_what, versionComment) => {
  const { status } = await admin.post(publishPath(), { versionComment, initiateTraining: true });
  expect(status).toBe(200);
  await untilEnded(admin, `${publishPath()}/status`, 'inprogress');
});

test.each([
  ['/api/1.1/public/bot/ID/publish/status/'],
  ['/api/1.1/public/bot/ID/publish/status'],
  ['/api/public/bot/ID/publish/status/'],
  ['//api/public//bot/ID/publish/status'],
])('the status is read at %s', async (path) => {
  await publishBot(admin, botId);
  const ended = await admin.get(`${publishPath()}/status`);
  expect(await admin.get(path.replace('ID', botId))).toMatchObject({ status: 200, body: ended.body });
});

test('the status is read with a content type and no body, and with the header written Auth', async () => {
  await publishBot(admin, botId);
  const headers = [`Auth: ${admin.token}`, 'Content-Type: application/json'];
  const { json } = await send(server, { path: `${publishPath()}/status`, headers });
  expect(json).toMatchObject({ streamId: botId, status: 'successful' });
});

test('the status says inprogress, successful or failed, and nothing else', async () => {
  const before = await admin.post(publishPath(), { versionComment: 'x' });
  expect(before.status).toBe(200);
  for (let last = ''; last !== 'successful'; ) {
    const { body } = await admin.get(`${publishPath()}/status`);
    last = String(body.status);
    expect(['inprogress', 'successful']).toContain(last);
    expect(body.percentageComplete).toBe(last === 'successful' ? 100 : 0);
  }
});

test('the reply to a publish is a list of what goes along, all of it well', async () => {
  const { body } = await admin.post(publishPath(), { versionComment: 'x' });
  expect(Array.isArray(body)).toBe(true);
  expect(new Set((body as unknown as Json[]).map(({ status }) => status))).toEqual(new Set(['SUCCESS']));
});

test('import, publish and export of the published version follow one another with what each reply says', async () => {
  const fresh = await newBot(server, admin);
  await publishBot(admin, fresh);
  const { status } = await exportBot(admin, fresh, { exportType: 'published' });
  expect(status).toMatchObject({ streamId: fresh, exportType: 'published', status: 'success' });
});
