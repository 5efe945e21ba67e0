import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { mlExportJob } from '../../src/utterances/ml-export-job.ts';
import { removeOldMlExports } from '../../src/utterances/retention.ts';
import { referenceBots } from '../support/reference.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const sentence = (text: string, more: Json = {}): Json => ({
  _id: `id of ${text}`,
  sentence: text,
  type: 'DialogIntent',
  entities: [{ startIndex: 0, endIndex: 2, entityId: 'dc-2' }],
  language: 'en',
  taskName: 'Book',
  taskId: 'dc-1',
  ...more,
});
const definitionWith = (...sentences: Json[]) => JSON.stringify(smallDefinition({ sentences }));
const botWith = (...sentences: Json[]) =>
  importedBot(server, admin, { definition: definitionWith(...sentences) });

const pathOf = (bot: string) => `/api/public/bot/${bot}/mlexport`;
const statusOf = (bot: string) => untilEnded(admin, `${pathOf(bot)}/status`, 'IN_PROGRESS');

async function fileOf(bot: string, query: string): Promise<Response> {
  const { status } = await admin.post(`${pathOf(bot)}?${query}`);
  expect(status).toBe(200);
  const { downloadUrl } = await statusOf(bot);
  return fetch(downloadUrl as string);
}

describe('an export of utterances', () => {
  test('begins, ends and is downloaded, in the words of this call', async () => {
    const bot = await botWith(sentence('book it'));
    const { status, body } = await admin.post(`${pathOf(bot)}?state=configured&=&type=csv`);
    expect(status).toBe(200);
    const started = {
      _id: expect.stringMatching(/^ds-/),
      status: 'IN_PROGRESS',
      percentageComplete: 0,
      streamId: bot,
      jobType: 'ML_UTTERANCE',
      action: 'EXPORT',
      countOfDockStatuses: 1,
      createdBy: expect.stringMatching(/^u-/),
      fileType: 'CSV',
      statusLogs: [],
      lMod: expect.any(String),
      createdOn: expect.any(String),
      requestedTime: expect.any(String),
      __v: 0,
    };
    expect(body).toEqual(started);
    const ended = await statusOf(bot);
    expect(ended).toEqual({
      ...started,
      _id: body._id,
      status: 'SUCCESS',
      percentageComplete: 100,
      downloadUrl: expect.stringMatching(
        /\/api\/getMediaStream\/market\/f-[0-9a-f-]+\.csv\?e=.*clientfilename=A%20bot%20utterances\.csv$/,
      ),
    });
    const file = await fetch(ended.downloadUrl as string);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="A bot utterances.csv"');
    expect(await file.text()).toBe('sentence,taskName,type,language\r\nbook it,Book,DialogIntent,en\r\n');
  });

  test('needs no body, no content type and no query, and is JSON then', async () => {
    const bot = await botWith(sentence('book it'));
    const response = await fetch(server.url + pathOf(bot), {
      method: 'POST',
      headers: { auth: admin.token },
    });
    expect(await response.json()).toMatchObject({ fileType: 'JSON' });
    const { downloadUrl } = await statusOf(bot);
    const file = await fetch(downloadUrl as string);
    expect(file.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await file.json()).toEqual([sentence('book it')]);
  });

  test('in JSON is laid out like the definition, and an empty list for a bot without utterances', async () => {
    const items = [sentence('one'), sentence('two', { more: { deep: [] } })];
    expect(await (await fileOf(await botWith(...items), 'type=JSON')).text()).toBe(
      `${JSON.stringify(items, null, 4)}\n`,
    );
    expect(await (await fileOf(await botWith(), 'type=json')).text()).toBe('[]\n');
  });

  test('in CSV quotes what needs it and changes no character', async () => {
    const bot = await botWith(
      sentence('say "it", now'),
      sentence('two\nlines\r\n'),
      sentence('=1+1'),
      sentence('größer 日本 🙂'),
      { _id: 'bare', sentence: 'bare' },
    );
    expect(await (await fileOf(bot, 'type=csv')).text()).toBe(
      [
        'sentence,taskName,type,language',
        '"say ""it"", now",Book,DialogIntent,en',
        '"two\nlines\r\n",Book,DialogIntent,en',
        '=1+1,Book,DialogIntent,en',
        'größer 日本 🙂,Book,DialogIntent,en',
        'bare,,,',
        '',
      ].join('\r\n'),
    );
  });

  test('of the published state holds the newest version, of the configured the draft', async () => {
    const bot = await botWith(sentence('old'));
    await publishBot(admin, bot);
    await replaceDraft(server, admin, bot, { definition: definitionWith(sentence('new')) });
    expect(await (await fileOf(bot, 'state=published')).json()).toMatchObject([{ sentence: 'old' }]);
    expect(await (await fileOf(bot, 'state=configured')).json()).toMatchObject([{ sentence: 'new' }]);
  });

  test('of many chunks comes out whole, the same each time, and in parts', async () => {
    const items = Array.from({ length: 12_000 }, (_, n) => sentence(`${n} ${'word '.repeat(20)}`));
    const bot = await botWith(...items);
    const [one, other] = [await fileOf(bot, 'type=json'), await fileOf(bot, 'type=json')];
    const text = await one.text();
    expect(text.length).toBeGreaterThan(3 * 1024 ** 2);
    expect(JSON.parse(text)).toEqual(items);
    expect(await other.text()).toBe(text);
    expect(one.headers.get('etag')).toBe(other.headers.get('etag'));
    const part = await fetch(other.url, { headers: { range: 'bytes=1048570-1048590' } });
    expect(part.status).toBe(206);
    expect(await part.text()).toBe(Buffer.from(text).subarray(1048570, 1048591).toString());
  });

  test('has no field called status but the one', async () => {
    const bot = await botWith(sentence('x'));
    await admin.post(pathOf(bot));
    const text = JSON.stringify(await statusOf(bot));
    expect(text.match(/"status"/g)).toHaveLength(1);
  });
});

describe('an export of utterances is refused', () => {
  test.each([
    ['type=xml', 412, 'invalid_arguments'],
    ['state=draft', 412, 'invalid_arguments'],
    ['state=published', 400, 'no_published_version'],
  ])('with %s', async (query, status, type) => {
    const bot = await botWith();
    expect(await admin.post(`${pathOf(bot)}?${query}`)).toMatchObject({
      status,
      body: { errors: [{ type }] },
    });
  });

  test('where the token is bad or the scope is missing, whatever else is', async () => {
    const bot = await botWith();
    const none = await callerOf(server, await server.createApp({ scopes: [] }));
    expect(await none.post(`${pathOf(bot)}?type=xml`)).toMatchObject({ status: 401 });
    const bad = await fetch(`${server.url}${pathOf(bot)}?type=xml`, {
      method: 'POST',
      headers: { auth: 'JWT' },
    });
    expect(bad.status).toBe(401);
    expect(await admin.post(`${pathOf(bot)}/status`)).toMatchObject({ status: 405 });
  });

  test('its status where there never was one', async () => {
    expect(await admin.get(`${pathOf(await botWith())}/status`)).toMatchObject({
      status: 400,
      body: { errors: [{ type: 'no_ml_export' }] },
    });
  });

  test('its file with another signature', async () => {
    const bot = await botWith(sentence('x'));
    await admin.post(pathOf(bot));
    const { downloadUrl } = await statusOf(bot);
    const forged = await fetch((downloadUrl as string).replace(/s=.*?&/, 's=AAAA&'));
    expect(await forged.json()).toMatchObject({ errors: [{ type: 'link_invalid' }] });
  });
});

test('a builder app exports the utterances of its bot', async () => {
  const bot = await botWith(sentence('mine'));
  const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] }));
  expect(await builder.post(`${pathOf(bot)}?type=csv`)).toMatchObject({ status: 200 });
  expect(await untilEnded(builder, `${pathOf(bot)}/status`, 'IN_PROGRESS')).toMatchObject({
    status: 'SUCCESS',
  });
});

test('old exports of utterances go with their files, the newest of each bot stays', async () => {
  const own = await startServer();
  try {
    const caller = await callerOf(own, await own.createApp());
    const bots = [];
    for (const text of ['a', 'b']) {
      const bot = await importedBot(own, caller, { definition: definitionWith(sentence(text)) });
      bots.push(bot);
      for (let n = 0; n < 3; n += 1) {
        await caller.post(pathOf(bot));
        await untilEnded(caller, `${pathOf(bot)}/status`, 'IN_PROGRESS');
      }
    }
    const first = await caller.get(`${pathOf(bots[0] ?? '')}/status`);
    const db = await openDatabase(own.dataFolder);
    try {
      expect(await removeOldMlExports(db, 0)).toBe(0);
      expect(await removeOldMlExports(db, Date.now() + 1, { batchSize: 2 })).toBe(4);
      expect(await db.selectFrom('ml_export_chunks').select('ordinal').execute()).toHaveLength(2);
      const kept = await fetch(first.body.downloadUrl as string);
      expect(await kept.json()).toMatchObject([{ sentence: 'a' }]);
      expect((await verifyStore(db)).faults).toEqual([]);
      await db.deleteFrom('ml_export_chunks').where('number', '=', 3).execute();
      expect((await verifyStore(db)).faults).toEqual([
        expect.stringMatching(/^export ds-.*: bytes are missing$/),
      ]);
    } finally {
      await db.destroy();
    }
  } finally {
    await own.close();
  }
});

test('a run that was broken off leaves nothing beside the file of the next', async () => {
  const own = await startServer();
  const caller = await callerOf(own, await own.createApp());
  const bot = await importedBot(own, caller, { definition: definitionWith(sentence('a')) });
  const db = await openDatabase(own.dataFolder);
  try {
    const { draft } = await db
      .selectFrom('bots')
      .select('draft')
      .where('id', '=', bot)
      .executeTakeFirstOrThrow();
    const row = {
      id: 'ds-1',
      bot_id: bot,
      status: 'pending' as const,
      file_type: 'json' as const,
      snapshot: draft,
      file_name: 'f-1.json',
      client_file_name: 'a.json',
      created_by: 'u-1',
      created_at: 1,
    };
    await db.insertInto('ml_exports').values(row).execute();
    const segments = segmentsInDatabase(db);
    const job = mlExportJob({ db, segments, snapshots: openSnapshots(db, segments) });
    const context = { signal: new AbortController().signal, attempt: 1, whenWritten: () => undefined };
    await job.run('ds-1', context);
    const writes = await job.run('ds-1', context);
    const chunks = () => db.selectFrom('ml_export_chunks').select('content').execute();
    expect(await chunks()).toHaveLength(2);
    await db.transaction().execute(writes);
    const { content } = await db.selectFrom('ml_exports').select('content').executeTakeFirstOrThrow();
    expect(await chunks()).toEqual([{ content }]);
    await db.transaction().execute((tx) => job.fail(tx, 'ds-1', new BotportError('export_interrupted')));
    expect(await chunks()).toEqual([]);
    expect((await caller.get(`${pathOf(bot)}/status`)).body).toMatchObject({
      status: 'FAILED',
      percentageComplete: 100,
      errors: [{ type: 'export_interrupted' }],
    });
  } finally {
    await db.destroy();
    await own.close();
  }
});

const references = referenceBots();
test.skipIf(references.length === 0)(
  'the utterances of real bots come out as they are',
  async () => {
    for (const { definition, config } of references.slice(0, 5)) {
      const bot = await importedBot(server, admin, { definition, config });
      const { sentences = [] } = JSON.parse(String(definition)) as { sentences?: Json[] };
      expect(await (await fileOf(bot, 'type=json')).json()).toEqual(sentences);
    }
  },
  60_000,
);
