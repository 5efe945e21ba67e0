import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  publishBot,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  const [bank] = sampleBots();
  if (!bank) throw new Error('there is no sample bot');
  botId = await importedBot(server, admin, bank);
  await publishBot(admin, botId);
});
afterAll(() => server.close());

const start = (body: Json, bot = botId) => admin.post(`/api/public/bot/${bot}/export`, body);
const statusPath = (bot = botId) => `/api/public/bot/${bot}/export/status`;

async function definitionOf(archive: Buffer): Promise<Json> {
  return JSON.parse(String((await membersOf(archive)).get('botDefinition.json')));
}

/** The body the API’s documentation shows, of either generation. */
const documented = {
  'the old names': {
    exportType: 'published',
    exportOptions: {
      settings: ['botSettings', 'botVariables', 'ivrSettings'],
      tasks: ['botTask', 'knowledgeGraph', 'smallTalk'],
      nlpData: [
        'training_data',
        'bot_synonyms',
        'defaultDialog',
        'nlpSettings',
        'utterances',
        'patterns',
        'standardResponses',
      ],
    },
    subTasks: { alerts: [], actions: [], dialogs: [] },
    allTasks: true,
    IncludeDependentTasks: true,
    customDashboards: true,
  },
  'the new names': {
    exportType: 'published',
    exportOptions: {
      settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
      tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
      nlpData: [
        'nlpSettings',
        'utterances',
        'patterns',
        'traits',
        'rules',
        'concepts',
        'synonyms',
        'standardResponses',
      ],
      AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
    },
    IncludeDependentTasks: true,
    customDashboards: true,
  },
};

describe('starting an export', () => {
  test('answers with the request as documented', async () => {
    const { status, body } = await start({ exportType: 'latest' });
    expect(status).toBe(200);
    expect(body).toEqual({
      _id: expect.stringMatching(/^ber-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      streamId: botId,
      status: 'pending',
      createdBy: expect.stringMatching(/^u-/),
      exportType: 'latest',
      requestType: 'Botexport',
      createdOn: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      __v: 0,
    });
    expect(body._id).toBe((await untilEnded(admin, statusPath()))._id);
  });

  test('once more answers and exports as the first time, under names of its own', async () => {
    const body = { exportType: 'latest', exportOptions: { tasks: ['botTask'], nlpData: ['utterances'] } };
    const first = await exportBot(admin, botId, body);
    const started = await start(body);
    expect(started.body).toMatchObject({ status: 'pending', streamId: botId });
    const status = await untilEnded(admin, statusPath());
    expect(status).toMatchObject({
      status: 'success',
      _id: started.body._id,
      fileSize: first.status.fileSize,
    });
    expect(status._id).not.toBe(first.status._id);
    expect(status.fileId).not.toBe(first.status.fileId);
    expect(String(status.downloadURL).split('?')[0]).not.toBe(String(first.status.downloadURL).split('?')[0]);
    const again = Buffer.from(await (await fetch(String(status.downloadURL))).arrayBuffer());
    expect(again.equals(first.archive)).toBe(true);
    const other = await exportBot(admin, botId, { ...body, exportType: 'published' });
    expect(await definitionOf(other.archive)).toMatchObject({ exportOptions: { tasks: ['botTask'] } });
  });

  test.each(Object.entries(documented))('takes the documented body with %s', async (_names, body) => {
    const { archive } = await exportBot(admin, botId, body);
    const definition = await definitionOf(archive);
    const { settings, tasks, nlpData } = body.exportOptions;
    expect(definition.exportOptions).toMatchObject({ settings, tasks, nlpData, IncludeDependentTasks: true });
    expect('forms' in definition).toBe((tasks as string[]).includes('forms'));
    expect((definition.dialogs as Json[]).length).toBeGreaterThan(24);
  });

  test('takes AgentAI for AgentAssist, and names in any case', async () => {
    const { AgentAssist, ...lists } = documented['the new names'].exportOptions;
    const tasks = ['bottask', 'KNOWLEDGEGRAPH', 'smalltalk', 'Forms'];
    const exportOptions = { ...lists, tasks, AgentAI: AgentAssist };
    const { archive } = await exportBot(admin, botId, { exportType: 'latest', exportOptions });
    const definition = await definitionOf(archive);
    expect(definition.exportOptions).toMatchObject({ tasks, AgentAI: AgentAssist });
    expect(definition).toHaveProperty('forms');
  });

  test('echoes all components when none are named, and the ids of the dialogs', async () => {
    const definition = await definitionOf((await exportBot(admin, botId)).archive);
    const dialogs = (definition.dialogs as Json[]).map((dialog) => dialog._id);
    const echo = definition.exportOptions as Json;
    expect(Object.keys(echo)).toEqual(['tasks', 'nlpData', 'settings', 'AgentAssist', 'subTasks']);
    expect((echo.subTasks as Json).dialogs).toEqual(dialogs);
  });

  test.each([
    ['a value', { tasks: ['botTasks'] }, '"botTasks"; did you mean "botTask"?'],
    ['a list', { task: ['botTask'] }, '"task"; did you mean "tasks"?'],
  ])('refuses %s no version of the API knows and names it', async (_what, exportOptions, words) => {
    const { status, body } = await start({ exportType: 'latest', exportOptions });
    expect(status).toBe(400);
    expect((body.errors as [Json])[0].type).toBe('unknown_option');
    expect((body.errors as [Json])[0].detail).toContain(words);
  });

  test('of the published version is refused until the bot is published', async () => {
    const fresh = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    const { status, body } = await start({ exportType: 'published' }, fresh);
    expect([status, body]).toMatchObject([400, { errors: [{ type: 'no_published_version' }] }]);
    await publishBot(admin, fresh);
    expect((await start({ exportType: 'published' }, fresh)).status).toBe(200);
  });
});

describe('the status of an export', () => {
  test('has everything a client reads, as documented', async () => {
    const { status } = await exportBot(admin, botId, { exportType: 'published' });
    expect(status).toEqual({
      _id: expect.stringMatching(/^ber-/),
      botId,
      streamId: botId,
      createdBy: expect.stringMatching(/^u-/),
      exportType: 'published',
      requestType: 'Botexport',
      status: 'success',
      createdOn: expect.any(String),
      __v: 0,
      downloadURL: expect.stringContaining(`${server.url}/api/getMediaStream/market/f-`),
      fileId: expect.stringMatching(/^[0-9a-f]{24}$/),
      store: { urlParams: expect.any(String) },
      fileSize: expect.stringMatching(/^\d+$/),
    });
    expect(status.downloadURL).toContain(status.store && (status.store as Json).urlParams);
  });

  test('is success on the first look, right after the start', async () => {
    for (let round = 0; round < 20; round += 1) {
      const started = await start({ exportType: 'latest' });
      const { body } = await admin.get(statusPath());
      expect(body).toMatchObject({ _id: started.body._id, status: 'success' });
    }
  });

  test('is of the newest request when several were started', async () => {
    const started = await Promise.all(Array.from({ length: 8 }, () => start({ exportType: 'latest' })));
    const last = await start({ exportType: 'published' });
    expect((await untilEnded(admin, statusPath()))._id).toBe(last.body._id);
    expect(new Set(started.map(({ body }) => body._id)).size).toBe(8);
  });

  test('says clearly that nothing was exported yet', async () => {
    const fresh = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    const { status, body } = await admin.get(statusPath(fresh));
    expect([status, body]).toMatchObject([400, { errors: [{ type: 'no_export' }] }]);
  });
});

describe('the download', () => {
  let url: URL;
  let fileSize: string;
  beforeAll(async () => {
    const { status } = await exportBot(admin, botId);
    url = new URL(status.downloadURL as string);
    fileSize = status.fileSize as string;
  });

  test('needs no header, and says size, type, name and tag', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(fileSize);
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect((await response.arrayBuffer()).byteLength).toBe(Number(fileSize));
  });

  test('does not mind a token', async () => {
    for (const auth of [admin.token, 'nonsense']) {
      expect((await fetch(url, { headers: { auth } })).status).toBe(200);
    }
  });

  test('has the same tag for the same content and another for other content', async () => {
    const tag = async (link: unknown) => (await fetch(link as string)).headers.get('etag');
    const again = await exportBot(admin, botId);
    const { AgentAssist, ...exportOptions } = documented['the new names'].exportOptions;
    const other = await exportBot(admin, botId, { exportType: 'latest', exportOptions });
    expect(await tag(again.status.downloadURL)).toBe(await tag(url));
    expect(await tag(other.status.downloadURL)).not.toBe(await tag(url));
  });

  test('link ends with the name of a zip without a slash', () => {
    const [name, value] = [...url.searchParams].at(-1) ?? [];
    expect(name).toBe('clientfilename');
    expect(value).toMatch(/^[^/\\]+\.zip$/);
  });

  test('link has a short file name whatever the bot is called', async () => {
    const name = `a${' '.repeat(400_000)}b/..\\`;
    const definition = JSON.stringify(smallDefinition({ localeData: { en: { name } } }));
    const bot = await importedBot(server, admin, { definition });
    const { status } = await exportBot(admin, bot);
    expect(new URL(status.downloadURL as string).searchParams.get('clientfilename')).toBe('a.zip');
  });

  test('is refused in time for many unknown tasks', async () => {
    const dialogs = Array.from({ length: 100_000 }, (_, index) => `x${index}`);
    const { body } = await start({ exportType: 'latest', subTasks: { dialogs } });
    expect(body).toMatchObject({ errors: [{ type: 'unknown_task' }] });
  });

  test('link holds nothing of the bot’s, the app’s or the account’s ids, and no token', () => {
    const secrets = [botId.slice(3), admin.token.split('.')[2] ?? ''];
    for (const secret of secrets) expect(url.href).not.toContain(secret);
  });

  test('can be taken up where it broke off', async () => {
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
    for (const [range, start, end] of [
      ['bytes=1000-', 1000, whole.length],
      ['bytes=0-0', 0, 1],
      [`bytes=${whole.length - 10}-${whole.length + 1000}`, whole.length - 10, whole.length],
      ['bytes=-7', whole.length - 7, whole.length],
      ['bytes=33333-133332', 33_333, 133_333],
    ] as const) {
      const response = await fetch(url, { headers: { range, 'if-range': etag } });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${whole.length}`);
      expect(response.headers.get('content-length')).toBe(String(end - start));
      expect(Buffer.from(await response.arrayBuffer()).equals(whole.subarray(start, end))).toBe(true);
    }
  });

  test.each([
    ['several ranges', { range: 'bytes=0-1,5-6' }],
    ['another unit', { range: 'pages=1-2' }],
    ['no range at all', { range: 'nonsense' }],
    ['a range of an archive that changed', { range: 'bytes=5-', 'if-range': '"another"' }],
  ])('is whole when asked for %s', async (_what, headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, fileSize]);
    await response.arrayBuffer();
  });

  test('of a range behind its end is refused with its size', async () => {
    const response = await fetch(url, { headers: { range: `bytes=${fileSize}-` } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${fileSize}`]);
    expect(await response.json()).toMatchObject({ errors: [{ type: 'range_not_satisfiable' }] });
  });

  test('is refused when anything in the link is changed or left out', async () => {
    for (const key of ['e', 's', 'clientfilename']) {
      const changed = new URL(url);
      changed.searchParams.set(key, `${changed.searchParams.get(key)}1`);
      const left = new URL(url);
      left.searchParams.delete(key);
      for (const link of [changed, left]) {
        const response = await fetch(link);
        expect([response.status, await response.json()]).toMatchObject([
          403,
          { errors: [{ type: 'link_invalid' }] },
        ]);
      }
    }
    const other = new URL(url);
    other.pathname = '/api/getMediaStream/market/f-00000000-0000-5000-8000-000000000000.zip';
    expect((await fetch(other)).status).toBe(403);
  });

  test('is refused when the link has expired', async () => {
    const brief = await startServer({ linkTtlSeconds: 1 });
    try {
      const caller = await callerOf(brief, await brief.createApp());
      const bot = await importedBot(brief, caller, { definition: JSON.stringify(smallDefinition()) });
      const { status } = await exportBot(caller, bot);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const response = await fetch(status.downloadURL as string);
      expect([response.status, await response.json()]).toMatchObject([
        403,
        { errors: [{ type: 'link_expired' }] },
      ]);
      const fresh = await caller.get(`/api/public/bot/${bot}/export/status`);
      expect((await fetch(fresh.body.downloadURL as string)).status).toBe(200);
    } finally {
      await brief.close();
    }
  });

  test('link has the public base when one is set', async () => {
    const published = await startServer({ publicUrl: 'https://bots.example:8081/base' });
    try {
      const caller = await callerOf(published, await published.createApp());
      const bot = await importedBot(published, caller, { definition: JSON.stringify(smallDefinition()) });
      await caller.post(`/api/public/bot/${bot}/export`, { exportType: 'latest' });
      const { downloadURL } = await untilEnded(caller, `/api/public/bot/${bot}/export/status`);
      expect(downloadURL).toMatch(/^https:\/\/bots\.example:8081\/base\/api\/getMediaStream\/market\/f-/);
    } finally {
      await published.close();
    }
  });
});
