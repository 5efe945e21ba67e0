import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateBot } from '../../bench/generate-bot.ts';
import { allOf, type Progress } from '../../src/jobs/progress.ts';
import { membersOf } from '../support/archive.ts';
import { openEvents } from '../support/events.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
  upload,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const follow = (path: string) => openEvents(`${server.url}${path}`, { auth: admin.token });

/** Items of all lists of a definition. */
function itemsOf(definition: Json): number {
  return Object.values(definition)
    .filter(Array.isArray)
    .reduce((sum, list) => sum + list.length, 0);
}

/** Nothing is ever undone, and nothing goes beyond its total. */
function expectToGrow(seen: Progress[]): void {
  for (const what of ['bytes', 'items'] as const) {
    seen.reduce((before, { [what]: { done, total } }) => {
      expect(done).toBeGreaterThanOrEqual(before);
      if (total !== null) expect(done).toBeLessThanOrEqual(total);
      return done;
    }, 0);
  }
}

async function startImport(definition: string): Promise<string> {
  const send = (content: string, name: string) => upload(server, admin.token, content, name);
  const { body } = await admin.post('/api/v1/imports', {
    botDefinition: await send(definition, 'botDefinition.json'),
    configInfo: await send('{"envVariables":[]}', 'config.json'),
    icon: await send('icon', 'icon.png'),
  });
  return body._id as string;
}

describe('an import', () => {
  test('shows bytes read on their way to the size of the definition, then all of them, in events and status', async () => {
    const definition = [...generateBot(12e6, 'progress')].join('');
    const id = await startImport(definition);
    const events = await (await follow(`/api/v1/imports/${id}/events`)).rest();
    const end = events.pop();
    const size = Buffer.byteLength(definition);
    const done = allOf(size, itemsOf(JSON.parse(definition) as Json));
    expect(end).toMatchObject({ event: 'success', data: { _id: id, status: 'success', progress: done } });
    expect(events.map(({ event }) => event)).toEqual(events.map(() => 'progress'));
    const seen = events.map(({ data }) => data as Progress);
    expectToGrow(seen);
    const underWay = seen.filter(({ bytes }) => bytes.total !== null);
    expect(underWay.length).toBeGreaterThan(1);
    for (const { bytes } of underWay) expect(bytes.total).toBe(size);
    const { body } = await admin.get(`/api/v1/imports/${id}`);
    expect(body).toEqual(end?.data);
  });

  test('shows on the platform’s path what the platform shows', async () => {
    const status = await importBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    expect(status).not.toHaveProperty('progress');
    const own = await admin.get(`/api/v1/imports/${status._id}`);
    expect(own.body).toEqual({ ...status, progress: expect.anything() });
  });

  test('that failed has no progress', async () => {
    const id = await startImport('{"no": "bot"}');
    const [end] = (await (await follow(`/api/v1/imports/${id}/events`)).rest()).slice(-1);
    expect(end).toMatchObject({ event: 'failed', data: { status: 'failed', progress: null } });
    expect(end?.data).toMatchObject({ errors: [{ type: 'definition_incomplete' }] });
  });
});

describe('an export', () => {
  let botId: string;
  beforeAll(async () => {
    const [bank] = sampleBots().filter(({ name }) => name.includes('bank'));
    if (!bank) throw new Error('the sample bot is missing');
    botId = (await importBot(server, admin, bank)).streamId as string;
  });

  test.each<[string, Json]>([
    ['everything', {}],
    ['some components', { exportOptions: { tasks: ['botTask'], nlpData: ['utterances'] } }],
    ['stubs of tasks', { exportOptions: { settings: ['botSettings'], nlpData: ['utterances', 'patterns'] } }],
    ['one dialog', { subTasks: { dialogs: ['Block Card'] } }],
    [
      'some dialogs with what they need',
      { subTasks: { dialogs: ['Block Card'] }, IncludeDependentTasks: true },
    ],
  ])('of %s shows, in the end, the items that are in it', async (_what, body) => {
    const { status, archive } = await exportBot(admin, botId, { exportType: 'latest', ...body });
    const definition = String((await membersOf(archive)).get('botDefinition.json'));
    const { body: explained } = await admin.get(`/api/v1/exports/${status._id}`);
    const { bytes, items } = explained.progress as Progress;
    expect(items).toEqual({ done: itemsOf(JSON.parse(definition) as Json), total: items.done });
    expect(bytes.done).toBe(bytes.total);
    expect(bytes.done).toBeGreaterThan(0);
    const events = await (await follow(`/api/v1/exports/${status._id}/events`)).rest();
    const { sections, tasks, dangling, ...record } = explained;
    // Each link is a fresh one.
    const data = { ...record, downloadURL: expect.stringContaining('/api/getMediaStream/') };
    expect(events).toEqual([{ id: 'success', event: 'success', data }]);
  });

  test('is followed from its start to its end', async () => {
    const { body: started } = await admin.post(`/api/public/bot/${botId}/export`, { exportType: 'latest' });
    const events = await (await follow(`/api/v1/exports/${started._id}/events`)).rest();
    expect(events.filter(({ event }) => event !== 'progress').map(({ event }) => event)).toEqual(['success']);
    expectToGrow(events.slice(0, -1).map(({ data }) => data as Progress));
  });

  test('of a bot an app does not cover cannot be followed', async () => {
    const { status } = await exportBot(admin, botId);
    const other = await callerOf(
      server,
      await server.createApp({ bots: ['st-00000000-0000-5000-8000-0000000000aa'] }),
    );
    const reply = await other.get(`/api/v1/exports/${status._id}/events`);
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_request_id' }] } });
  });
});
