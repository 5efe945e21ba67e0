import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KitEntry, makeZip } from '../archives/zip-kit.ts';
import { membersOf } from '../support/archive.ts';
import {
  type BotSource,
  type Caller,
  callerOf,
  exportBot,
  importBot,
  importedBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
  upload,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer({ maxItem: 200_000 });
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const config = '{"name":"A bot","envVariables":[]}';
const text = (definition: Json = smallDefinition()) => JSON.stringify(definition);
const running = '/api/public/bot/import/status';

async function botCount(): Promise<unknown> {
  return (await admin.get('/api/public/bots?limit=1')).body.total;
}

describe('an import of JSON files', () => {
  test('answers at once with a request that tells the bot’s name', async () => {
    const file = (content: string) => upload(server, admin.token, content);
    const { status, body } = await admin.post('/api/public/bot/import', {
      botDefinition: await file(text()),
      configInfo: await file(config),
      icon: await file('icon'),
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      _id: expect.stringMatching(/^bir-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      streamRefId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/),
      status: 'pending',
      statusLogs: [{ taskType: 'importRequest', taskName: 'A bot', status: 'success' }],
      requestType: 'Botimport',
      createdBy: expect.stringMatching(/^u-/),
      createdOn: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      __v: 0,
    });
    const ended = await untilEnded(admin, `${running}/${body._id}`);
    expect(ended).toMatchObject({ _id: body._id, streamRefId: body.streamRefId, status: 'success' });
    expect(ended.streamId).toMatch(/^st-/);
  });

  test('logs each component it took in, with the names of tasks', async () => {
    const { statusLogs } = await importBot(server, admin, {
      definition: text(
        smallDefinition({
          dialogs: [
            { _id: 'dg-1', localeData: { en: { name: 'Greet' } } },
            { _id: 'dg-2', lname: 'part' },
          ],
          sentences: [{ _id: 's-1' }],
          patterns: [],
          smallTalk: [{ language: 'en' }],
        }),
      ),
      scripts: [{ name: 'bot_functions.js', content: '' }],
    });
    expect(statusLogs).toEqual(
      [
        ['importRequest', 'A bot'],
        ['Bot Definition', 'A bot'],
        ['BotFunctions', 'bot_functions.js'],
        ['Dialog', 'Greet'],
        ['Dialog', 'part'],
        ['Utterences', 'Utterences'],
        ['BotVariables', 'BotVariables'],
        ['SmallTalk', 'SmallTalk'],
        ['importBot', 'A bot'],
      ].map(([taskType, taskName]) => ({ taskType, taskName, status: 'success' })),
    );
  });

  test('takes a body that is a form, with botFunctions as one text', async () => {
    const file = (content: string, name: string) => upload(server, admin.token, content, name);
    const response = await fetch(`${server.url}/api/public/bot/import`, {
      method: 'POST',
      headers: { auth: admin.token },
      body: new URLSearchParams({
        botDefinition: await file(text(), 'botDefinition.json'),
        configInfo: await file(config, 'config.json'),
        icon: await file('icon', 'icon.png'),
        botFunctions: await file('function f() {}', 'C:\\bots\\functions.js'),
      }),
    });
    const { _id } = (await response.json()) as Json;
    const { streamId } = await untilEnded(admin, `${running}/${_id}`);
    const { archive } = await exportBot(admin, streamId as string);
    expect([...(await membersOf(archive)).keys()]).toContain('functions.js');
  });

  test('calls the bot as the body says, and leaves the definition alone', async () => {
    const file = (content: string) => upload(server, admin.token, content);
    const { body } = await admin.post('/api/public/bot/import', {
      botDefinition: await file(text()),
      configInfo: await file(config),
      icon: await file('icon'),
      name: 'Another name',
    });
    const { streamId } = await untilEnded(admin, `${running}/${body._id}`);
    const { body: page } = await admin.get('/api/public/bots?limit=50');
    expect(page.bots).toContainEqual(expect.objectContaining({ _id: streamId, name: 'Another name' }));
    const members = await membersOf((await exportBot(admin, streamId as string)).archive);
    expect(JSON.parse(String(members.get('botDefinition.json'))).localeData.en.name).toBe('A bot');
  });

  test('gives every bot an id of its own, also the same file twice', async () => {
    const first = await importedBot(server, admin, { definition: text() });
    const second = await importedBot(server, admin, { definition: text() });
    expect(first).not.toBe(second);
    expect(first).not.toBe(smallDefinition()._id);
  });

  test('reaches the bot with the app that imported it, also when the app is limited to certain bots', async () => {
    const limited = await server.createApp({ bots: ['st-11111111-1111-5111-8111-111111111111'] });
    const caller = await callerOf(server, limited);
    const botId = await importedBot(server, caller, { definition: text() });
    expect((await exportBot(caller, botId)).status.status).toBe('success');
  });
});

describe('an import of a zip', () => {
  const members = (definition = text()): KitEntry[] => [
    { name: 'botDefinition.json', content: Buffer.from(definition) },
    { name: 'config.json', content: Buffer.from(config) },
    { name: 'icon.png', content: Buffer.from('icon') },
  ];

  async function importZip(zip: Buffer, body: Json = { uploadMode: 'ZIP' }): Promise<Json> {
    const zipInfo = await upload(server, admin.token, zip, 'bot.zip');
    const { body: reply } = await admin.post('/api/public/bot/import', { ...body, zipInfo });
    return untilEnded(admin, `${running}/${reply._id}`);
  }

  test('takes definition, config, icon and scripts', async () => {
    const script = { name: 'functions.js', content: Buffer.from('function f() {}') };
    const { status, streamId } = await importZip(makeZip([...members(), script]));
    expect(status).toBe('success');
    const out = await membersOf((await exportBot(admin, streamId as string)).archive);
    expect([...out.keys()]).toEqual(['botDefinition.json', 'config.json', 'icon.png', 'functions.js']);
    expect(out.get('functions.js')?.toString()).toBe('function f() {}');
  });

  test('takes zipInfo alone for a zip', async () => {
    expect((await importZip(makeZip(members()), {})).status).toBe('success');
  });

  test('gives a bot that came without an icon one of its own', async () => {
    const { streamId } = await importZip(makeZip(members().slice(0, 2)));
    const out = await membersOf((await exportBot(admin, streamId as string)).archive);
    expect(out.get('icon.png')?.subarray(1, 4).toString()).toBe('PNG');
  });

  test.each([
    ['no zip at all', Buffer.from('not a zip'), 'zip_malformed'],
    ['cut off', makeZip(members()).subarray(0, 200), 'zip_malformed'],
    ['without a config', makeZip(members().slice(0, 1)), 'zip_members'],
    ['without a definition', makeZip(members().slice(1)), 'zip_members'],
    [
      'with a foreign file',
      makeZip([...members(), { name: 'a.exe', content: Buffer.from('x') }]),
      'zip_members',
    ],
    [
      'with an escaping name',
      makeZip([...members(), { name: '../evil.js', content: Buffer.from('x') }]),
      'zip_unsafe',
    ],
    [
      'with a name twice',
      makeZip([...members(), { name: 'icon.png', content: Buffer.from('x') }]),
      'zip_unsafe',
    ],
    ['with a definition that is no JSON', makeZip(members('{"_id": ')), 'json_malformed'],
  ])('%s fails, says why, and leaves nothing behind', async (_what, zip, type) => {
    const before = await botCount();
    const status = await importZip(zip);
    expect(status.status).toBe('failed');
    expect(status.errors).toMatchObject([{ type }]);
    expect(status.streamId).toBeUndefined();
    expect(await botCount()).toBe(before);
  });
});

describe('a definition', () => {
  const source = (definition: string | Uint8Array, more: Partial<BotSource> = {}) => ({
    definition,
    ...more,
  });
  const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  const inside = (member: string) => text().replace(/\}$/, `,${member}}`);

  test.each<[what: string, source: BotSource, type: string, detail: RegExp]>([
    ['that is no object', source('[1]'), 'definition_incomplete', /botDefinition.json/],
    ['that is empty', source(''), 'json_malformed', /the end of the file/],
    ['that ends early', source(text().slice(0, -1)), 'json_malformed', /byte \d+/],
    ['with a comma too many', source(inside('"a": [1,]')), 'json_malformed', /"a"/],
    ['with a fault inside an item', source(inside('"a": [{"b": tru}]')), 'json_malformed', /^a\[0\], line 1/],
    [
      'without dialogs',
      source(text(smallDefinition({ dialogs: undefined }))),
      'definition_incomplete',
      /dialogs/,
    ],
    [
      'with dialogs that are no list',
      source(text(smallDefinition({ dialogs: {} }))),
      'definition_incomplete',
      /dialogs/,
    ],
    [
      'with a dialog that is no object',
      source(text(smallDefinition({ dialogs: [1] }))),
      'definition_incomplete',
      /dialogs\[0\]/,
    ],
    [
      'without a default language',
      source(text(smallDefinition({ defaultLanguage: undefined }))),
      'definition_incomplete',
      /defaultLanguage/,
    ],
    [
      'without a name',
      source(text(smallDefinition({ localeData: { de: {} } }))),
      'definition_incomplete',
      /localeData.en.name/,
    ],
    [
      'with an _id that is no text',
      source(text(smallDefinition({ _id: 7 }))),
      'definition_incomplete',
      /_id/,
    ],
    [
      'with two dialogs of one id',
      source(text(smallDefinition({ dialogs: [{ _id: 'dg-1' }, { _id: 'dg-1' }] }))),
      'definition_repeated_id',
      /dialogs: dg-1/,
    ],
    ['that repeats a section', source(inside('"dialogs": []')), 'json_repeated_key', /dialogs/],
    [
      'that repeats a key inside',
      source(inside('"a": [{"b": 1, "b": 2}]')),
      'json_repeated_key',
      /^a\[0\], line 1 column 10: "b"/,
    ],
    ['nested too deeply', source(inside(`"a": ${deep}`)), 'json_too_deep', /^a/],
    ['that is not UTF-8', source(Buffer.from(inside('"a": "\xff"'), 'latin1')), 'json_not_utf8', /^a/],
    [
      'with an item beyond the limit',
      source(inside(`"a": ["${'x'.repeat(250_000)}"]`)),
      'json_item_too_large',
      /^a\[0\]/,
    ],
    [
      'of an old universal bot',
      source(text(smallDefinition({ type: 'universalbot' }))),
      'legacy_universal_bot',
      /^$/,
    ],
    ['with a config that is no JSON', source(text(), { config: '{' }), 'json_malformed', /config.json/],
    ['with a config that is no config', source(text(), { config: '[]' }), 'config_invalid', /config.json/],
    [
      'with a config without variables',
      source(text(), { config: '{"name": "x"}' }),
      'config_invalid',
      /envVariables/,
    ],
    [
      'with scripts of one name',
      source(text(), {
        scripts: [
          { name: 'a.js', content: '' },
          { name: 'A.js', content: '' },
        ],
      }),
      'script_invalid',
      /A.js/,
    ],
  ])(
    '%s fails, says what is wrong and where, and leaves nothing behind',
    async (_what, bot, type, detail) => {
      const before = await botCount();
      const status = await importBot(server, admin, bot);
      expect(status.status).toBe('failed');
      const [error] = status.errors as [{ type: string; detail?: string }];
      expect(error.type).toBe(type);
      expect(error.detail ?? '').toMatch(detail);
      expect(status.statusLogs).toMatchObject([
        { taskType: 'importRequest', status: 'success' },
        { taskType: 'Bot Definition', status: 'failed' },
        { taskType: 'importBot', status: 'failed' },
      ]);
      expect(await botCount()).toBe(before);
    },
  );

  async function roundTrip(definition: string | Uint8Array): Promise<string> {
    const botId = await importedBot(server, admin, { definition });
    const members = await membersOf((await exportBot(admin, botId)).archive);
    return String(members.get('botDefinition.json'));
  }

  test('keeps numbers that JavaScript cannot hold', async () => {
    const out = await roundTrip(
      inside('"n": [12345678901234567890, 1e400, {"deep": -0.1234567890123456789}], "m": -0'),
    );
    expect(out).toContain('        12345678901234567890,\n        1e400,\n');
    expect(out).toContain('"deep": -0.1234567890123456789\n');
    expect(out).toContain('    "m": -0');
  });

  test('keeps keys that JavaScript would move or lose', async () => {
    const out = await roundTrip(
      inside('"x": {"b": 1, "2": 2, "1": 3, "__proto__": {"y": 1}}, "__proto__": [1]'),
    );
    expect(out).toMatch(/"b": 1,\s+"2": 2,\s+"1": 3,\s+"__proto__": \{\s+"y": 1/);
    expect(out).toMatch(/\n {4}"__proto__": \[\n {8}1\n {4}\]/);
  });

  test('is laid out in the platform’s form, however it came', async () => {
    const whole = smallDefinition({ dialogs: [{ _id: 'dg-1', nodes: [] }], a: { b: [] } });
    const plain = await roundTrip(JSON.stringify(whole, null, 4));
    const comparable = (out: string) => out.replace(/"_id": "st-[^"]+"/, '');
    for (const space of [0, 2, '\t'] as const) {
      expect(comparable(await roundTrip(JSON.stringify(whole, null, space)))).toBe(comparable(plain));
    }
  });

  test('may begin with a byte order mark', async () => {
    expect(await roundTrip(`\ufeff${text()}`)).toMatch(/^\{\n {4}"_id": "st-/);
  });

  test('gets an id, and the echo of the options, where it has none; and nothing else', async () => {
    const { _id, exportOptions, encryptedHash, ...rest } = smallDefinition();
    const out = JSON.parse(await roundTrip(JSON.stringify(rest)));
    expect(Object.keys(out)).toEqual(['_id', ...Object.keys(rest), 'exportOptions']);
  });
});

describe('the own import', () => {
  async function ownImport(definition: Json, keepId: boolean): Promise<Json> {
    const file = (content: string) => upload(server, admin.token, content);
    const { body } = await admin.post('/api/v1/imports', {
      botDefinition: await file(JSON.stringify(definition)),
      configInfo: await file(config),
      icon: await file('icon'),
      keepId,
    });
    return untilEnded(admin, `/api/v1/imports/${body._id}`);
  }

  test('keeps the id in the file when it is free, and fails when it is taken', async () => {
    const _id = 'st-abcdefab-cdef-5abc-8def-abcdefabcdef';
    expect(await ownImport(smallDefinition({ _id }), true)).toMatchObject({
      status: 'success',
      streamId: _id,
    });
    expect(await ownImport(smallDefinition({ _id }), true)).toMatchObject({
      status: 'failed',
      errors: [{ type: 'bot_id_taken', code: 409 }],
    });
    const other = await ownImport(smallDefinition({ _id }), false);
    expect(other.status).toBe('success');
    expect(other.streamId).not.toBe(_id);
  });

  test('does not keep an id that is none', async () => {
    expect(await ownImport(smallDefinition({ _id: '../../etc' }), true)).toMatchObject({
      status: 'failed',
      errors: [{ type: 'definition_incomplete' }],
    });
  });
});
