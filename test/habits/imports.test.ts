import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Caller,
  callerOf,
  exportBot,
  type Json,
  startServer,
  type TestServer,
  untilEnded,
  upload,
} from '../support/server.ts';
import { send, uploadedBot } from './support.ts';

let server: TestServer;
let admin: Caller;
let files: Awaited<ReturnType<typeof uploadedBot>>;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  files = await uploadedBot(server, admin.token);
});
afterAll(() => server.close());

const statusPath = (id: unknown) => `/api/public/bot/import/status/${id}`;

async function importAs(type: string[], body: string): Promise<Json> {
  const headers = [`auth: ${admin.token}`, ...type.map((name) => `Content-Type: ${name}`)];
  const reply = await send(server, { method: 'POST', path: '/api/public/bot/import', headers, body });
  expect([reply.status, reply.json]).toMatchObject([200, { status: 'pending' }]);
  return untilEnded(admin, statusPath(reply.json._id));
}

test.each([['application/x-www-form-urlencoded'], ['application/x-www-form-urlencoded; charset=UTF-8']])(
  'a body of type %s is taken, with botFunctions as one text, several, or nothing',
  async (type) => {
    const functions = await upload(server, admin.token, 'function f() {}', 'bot_functions.js');
    const form = new URLSearchParams(files).toString();
    for (const more of [
      `&botFunctions=${functions}`,
      `&botFunctions%5B%5D=${functions}`,
      '&botFunctions=',
      '',
    ]) {
      const { status, statusLogs } = await importAs([type], form + more);
      expect(status).toBe('success');
      const kinds = (statusLogs as { taskType: string }[]).map(({ taskType }) => taskType);
      expect(kinds.includes('BotFunctions')).toBe(more.includes(functions));
    }
  },
);

test.each([
  [['application/x-www-form-urlencoded']],
  [['application/json; charset=utf-8']],
  [['text/plain']],
  [[]],
])('JSON under the content types %j is taken', async (types) => {
  expect((await importAs(types, JSON.stringify(files))).status).toBe('success');
});

test('JSON with a byte order mark, as PowerShell reads it from a file, is taken', async () => {
  expect((await importAs(['application/json'], `\ufeff${JSON.stringify(files)}`)).status).toBe('success');
});

test('a trailing comma in the body is refused as not valid', async () => {
  const { status, body } = await admin.post(
    '/api/public/bot/import',
    JSON.stringify(files).replace('}', ',}'),
  );
  expect([status, body]).toMatchObject([412, { errors: [{ code: 412 }] }]);
});

test('append together with replace is not refused', async () => {
  const both = { append: true, replace: true };
  const importOptions = { options: { utterances: both, patterns: both } };
  const { status } = await admin.post('/api/public/bot/import', { ...files, importOptions });
  expect(status).toBe(200);
});

test.each<[string, Json]>([
  ['allTasks, subTasks and dependent tasks', { allTasks: true, subTasks: {}, IncludeDependentTasks: true }],
  [
    'lists that name a value twice',
    { tasks: ['botTask', 'botTask'], settings: ['botSettings', 'botSettings'] },
  ],
  ['old names', { nlpData: ['training_data', 'bot_synonyms', 'defaultDialog'] }],
  [
    'kinds of their own',
    { qualityAI: [], storyBoardScenes: { includeComments: true }, customDashboard: true },
  ],
])('importOptions with %s are not refused', async (_what, importOptions) => {
  const { status } = await admin.post('/api/public/bot/import', {
    ...files,
    importOptions,
    uploadMode: 'JSON',
    color: '#009dab',
    purpose: 'employee',
    botFunctions: [],
  });
  expect(status).toBe(200);
});

test('the first log entry names the bot and says success, in every reply', async () => {
  const { body } = await admin.post('/api/public/bot/import', files);
  const first = { taskType: 'importRequest', taskName: 'A bot', status: 'success' };
  expect((body.statusLogs as Json[])[0]).toEqual(first);
  expect((await untilEnded(admin, statusPath(body._id))).statusLogs).toMatchObject({ 0: first });
});

test('the first log entry says success also when the import failed', async () => {
  const botDefinition = await upload(server, admin.token, '{"localeData": ', 'botDefinition.json');
  const { body } = await admin.post('/api/public/bot/import', { ...files, botDefinition });
  const { status, statusLogs } = await untilEnded(admin, statusPath(body._id));
  expect(status).toBe('failed');
  expect(statusLogs).toMatchObject({ 0: { taskType: 'importRequest', status: 'success' } });
});

test('a reply to an import that was not taken has no _id', async () => {
  for (const body of [{}, { ...files, icon: 'x' }, { ...files, botDefinition: undefined }]) {
    const reply = await admin.post('/api/public/bot/import', body);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(Object.keys(reply.body)).toEqual(['errors']);
  }
});

test('the status says pending, success or failed, and nothing else', async () => {
  const { body } = await admin.post('/api/public/bot/import', files);
  const seen = new Set<unknown>([body.status]);
  for (let last = ''; last !== 'success'; ) {
    last = String((await admin.get(statusPath(body._id))).body.status);
    seen.add(last);
    expect(['pending', 'success']).toContain(last);
  }
  expect([...seen]).toEqual(['pending', 'success']);
});

test('streamId of a finished import serves the very next call', async () => {
  const { body } = await admin.post('/api/public/bot/import', files);
  const { streamId } = await untilEnded(admin, statusPath(body._id));
  expect((await exportBot(admin, streamId as string)).status).toMatchObject({ streamId, status: 'success' });
});

test('a finished import stays readable, also under the version segment and with a query', async () => {
  const { body } = await admin.post('/api/public/bot/import', files);
  const ended = await untilEnded(admin, statusPath(body._id));
  await importAs(['application/json'], JSON.stringify(files));
  for (const path of [
    statusPath(body._id),
    `/api/1.1/public/bot/import/status/${body._id}`,
    `//api/public//bot/import/status/${body._id}/?id=${body._id}`,
  ]) {
    expect((await admin.get(path)).body).toEqual(ended);
  }
});
