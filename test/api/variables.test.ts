import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import { referenceBots } from '../support/reference.ts';
import {
  type Caller,
  callerOf,
  exportBot,
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

const space = '11111111-1111-5111-8111-111111111111';
const env = (key: string, more: Json = {}): Json => ({
  key,
  value: `value of ${key}`,
  variableType: 'env',
  hint: '',
  scope: 'prePopulated',
  group: '',
  propagateValue: false,
  vNameSpace: [space],
  ...more,
});
const content = (key: string, more: Json = {}): Json => ({
  group: '',
  key,
  localeData: {
    de: { audioTag: '', hint: '', value: 'Hallo' },
    en: { audioTag: '', hint: '', value: 'Hello' },
  },
  propagateValue: false,
  scope: 'prePopulated',
  vNameSpace: [space],
  variableType: 'locale',
  ...more,
});
const withSpace = (variable: Json): Json => ({
  ...variable,
  vNameSpace: [{ name: 'default', refId: space }],
});

interface Held {
  bot: string;
  builder: Caller;
}

async function botWith(
  envVariables: Json[],
  contentVariables: Json[] = [],
  namespaces: Json[] = [{ _id: 'ns-1', name: 'default', refId: space }],
): Promise<Held> {
  const bot = await importedBot(server, admin, {
    definition: JSON.stringify(smallDefinition({ contentVariables, namespaces })),
    config: JSON.stringify({ name: 'A bot', envVariables }),
  });
  return { bot, builder: await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] })) };
}

const pathOf = (bot: string, verb: string, word = 'bot') =>
  `/api/1.1/public/builder/${word}/${bot}/variables/${verb}`;
const exported = async ({ bot, builder }: Held): Promise<Json[]> =>
  (await builder.post(pathOf(bot, 'export'))).body as unknown as Json[];
const imported = ({ bot, builder }: Held, body?: unknown) => builder.post(pathOf(bot, 'import'), body);
const draftsOf = async ({ bot }: Held) =>
  ((await admin.get(`/api/v1/bots/${bot}/drafts`)).body.drafts as Json[]).length;

async function filesOf({ bot }: Held): Promise<{ definition: Json; config: Json }> {
  const members = await membersOf((await exportBot(admin, bot)).archive);
  return {
    definition: JSON.parse(String(members.get('botDefinition.json'))),
    config: JSON.parse(String(members.get('config.json'))),
  };
}

describe('an export of variables', () => {
  test('is a bare list of both kinds, with name spaces by name and refId', async () => {
    const held = await botWith([env('host')], [content('hello')]);
    expect(await exported(held)).toEqual([withSpace(env('host')), withSpace(content('hello'))]);
  });

  test.each([['bot'], ['stream']])(
    'answers under the path word %s, with and without version, slash and body',
    async (word) => {
      const { bot, builder } = await botWith([env('host')]);
      const path = `/public/builder/${word}/${bot}/variables/export`;
      for (const [url, body] of [
        [`/api${path}`, undefined],
        [`/api/1.1${path}/`, {}],
        [`/api//1.1${path}`, 'null'],
      ] as const) {
        expect(await builder.post(url, body)).toMatchObject({ status: 200, body: [{ key: 'host' }] });
      }
      const bare = await fetch(`${server.url}/api${path}`, {
        method: 'POST',
        headers: { auth: builder.token },
      });
      expect(await bare.json()).toHaveLength(1);
    },
  );

  test('tells no secured value', async () => {
    const held = await botWith([env('secret', { value: 'hush', isSecured: true })]);
    expect(await exported(held)).toEqual([withSpace(env('secret', { value: '', isSecured: true }))]);
  });

  test('shows nothing undocumented, and skips what has no key', async () => {
    const held = await botWith([env('host', { internal: 1 }), { value: 'nameless' }]);
    expect(await exported(held)).toEqual([withSpace(env('host'))]);
  });
});

describe('an import of variables', () => {
  test('creates and updates by key, where each kind is kept, and removes nothing', async () => {
    const held = await botWith([env('host', { internal: 1 }), env('stays')], [content('hello')]);
    const reply = await imported(held, [
      { key: 'host', value: 'another', variableType: 'env' },
      { key: 'new', value: 'x', hint: 'h', variableType: 'env', scope: 'hidden' },
      { key: 'hello', variableType: 'locale', localeData: { en: { value: 'Hi' }, fr: { value: 'Salut' } } },
      { key: 'bye', variableType: 'locale', localeData: { en: { value: 'Bye' } } },
    ]);
    expect(reply).toMatchObject({
      status: 200,
      body: { message: '4 Variables imported/updated successfully.' },
    });
    const { definition, config } = await filesOf(held);
    expect(config.envVariables).toEqual([
      env('host', { value: 'another', internal: 1 }),
      env('stays'),
      { key: 'new', value: 'x', hint: 'h', variableType: 'env', scope: 'hidden' },
    ]);
    const { localeData } = content('hello') as { localeData: { de: Json; en: Json } };
    expect(definition.contentVariables).toEqual([
      content('hello', {
        localeData: { de: localeData.de, en: { ...localeData.en, value: 'Hi' }, fr: { value: 'Salut' } },
      }),
      { key: 'bye', variableType: 'locale', localeData: { en: { value: 'Bye' } } },
    ]);
    expect(await draftsOf(held)).toBe(2);
  });

  test('makes the section of content variables where the bot has none', async () => {
    const bot = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] }));
    await imported({ bot, builder }, [{ key: 'hello', localeData: { en: { value: 'Hi' } } }]);
    expect(await exported({ bot, builder })).toEqual([
      { key: 'hello', localeData: { en: { value: 'Hi' } }, variableType: 'locale' },
    ]);
  });

  test('of a secured variable without a value leaves the value it has, and leaves it secured', async () => {
    const held = await botWith([env('secret', { value: 'hush', isSecured: true })]);
    await imported(held, [{ key: 'secret', value: '', hint: 'ask', isSecured: false }]);
    expect((await filesOf(held)).config.envVariables).toEqual([
      env('secret', { value: 'hush', hint: 'ask', isSecured: true }),
    ]);
    await imported(held, [{ key: 'secret', value: 'new' }]);
    expect((await filesOf(held)).config.envVariables).toMatchObject([{ value: 'new', isSecured: true }]);
  });

  test('finds a name space by its name, and adds one that is not there', async () => {
    const held = await botWith([]);
    const [other, unknown] = ['22222222-2222-5222-8222-222222222222', '33333333-3333-5333-8333-333333333333'];
    await imported(held, [
      env('host', {
        vNameSpace: [
          { name: 'default', refId: other },
          { name: 'more', refId: unknown },
        ],
      }),
    ]);
    expect(await exported(held)).toMatchObject([
      {
        vNameSpace: [
          { name: 'default', refId: space },
          { name: 'more', refId: unknown },
        ],
      },
    ]);
    expect((await filesOf(held)).definition.namespaces).toEqual([
      { _id: 'ns-1', name: 'default', refId: space },
      { name: 'more', refId: unknown },
    ]);
  });

  test('takes collections, which the export then shows; an export of the bot leaves out their values with their variables', async () => {
    const held = await botWith([env('host', { vNameSpace: [] })]);
    const set = {
      botVariables: [env('host', { vNameSpace: [] })],
      botCollections: [{ name: 'Staging', description: '', refId: 'c-1' }],
      botCollectionVariables: [{ key: 'host', value: 'staging', audioTag: '', refId: 'c-1' }],
    };
    expect(await imported(held, set)).toMatchObject({
      body: { message: '1 Variables imported/updated successfully.' },
    });
    expect(await exported(held)).toEqual(set);
    await imported(held, set);
    expect(await draftsOf(held)).toBe(2);
    const body = { exportType: 'latest', exportOptions: { settings: ['botSettings'] } };
    const members = await membersOf((await exportBot(admin, held.bot, body)).archive);
    expect(JSON.parse(String(members.get('config.json')))).toMatchObject({
      envVariables: [],
      botCollectionVariables: [],
    });
  });

  test.each([[undefined], ['null'], [{}], ['']])(
    'of the body %j answers 500, as the platform',
    async (body) => {
      const held = await botWith([env('host')]);
      expect(await imported(held, body)).toMatchObject({
        status: 500,
        body: { errors: [{ msg: 'Internal Server Error', code: 500 }] },
      });
    },
  );

  test('of an empty list does nothing', async () => {
    const held = await botWith([env('host')]);
    expect(await imported(held, [])).toMatchObject({
      status: 200,
      body: { message: '0 Variables imported/updated successfully.' },
    });
    expect(await draftsOf(held)).toBe(1);
  });

  test.each<[unknown]>([
    [[{ value: 'x' }]],
    [[{ key: ' ' }]],
    [[{ key: 'k', variableType: 'other' }]],
    [[{ key: 'k', scope: 'never' }]],
    [[{ key: 'k', vNameSpace: [{}] }]],
    [[{ key: 'k', value: {} }]],
    [[{ key: 'k', localeData: { en: 'x' } }]],
    [[{ key: 'ok' }, { key: 'k' }, { key: 'k' }]],
    [[{ key: 'x'.repeat(501) }]],
    [Array.from({ length: 5001 }, (_, n) => ({ key: `k${n}` }))],
    [{ botVariables: {} }],
    ['text'],
  ])('that is malformed is refused whole (%#)', async (body) => {
    const held = await botWith([env('host')]);
    expect(await imported(held, JSON.stringify(body))).toMatchObject({
      status: 412,
      body: { errors: [{ type: 'invalid_arguments' }] },
    });
    expect(await draftsOf(held)).toBe(1);
  });

  test('beside others loses nothing', async () => {
    const held = await botWith([env('host')]);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const replies = await Promise.all(keys.map((key) => imported(held, [{ key, value: key }])));
    expect(replies.map(({ status }) => status)).toEqual(keys.map(() => 200));
    expect((await exported(held)).map(({ key }) => key).sort()).toEqual([...keys, 'host']);
  });
});

describe('who may', () => {
  test('an admin app has no scope for variables', async () => {
    const { bot } = await botWith([]);
    for (const verb of ['export', 'import']) {
      expect(await admin.post(pathOf(bot, verb), [])).toMatchObject({
        status: 401,
        body: { errors: [{ msg: 'Permission denied. Scope is incorrect!', code: 4002 }] },
      });
    }
  });

  test('a builder app of another bot is refused', async () => {
    const [{ builder }, { bot }] = [await botWith([]), await botWith([])];
    for (const id of [bot, 'st-unknown']) {
      expect(await builder.post(pathOf(id, 'import'), [])).toMatchObject({
        status: 401,
        body: { errors: [{ msg: 'Invalid SDK credentials', code: 4002 }] },
      });
    }
  });

  test('the method is judged before the token', async () => {
    const response = await fetch(`${server.url}/api/public/builder/stream/st-1/variables/export`, {
      headers: { auth: 'nonsense' },
    });
    expect(response.status).toBe(405);
  });
});

const someText = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed());
const someLocale = fc.record(
  { value: someText, hint: someText, audioTag: someText },
  { requiredKeys: ['value'] },
);
const common = {
  hint: someText,
  scope: fc.constantFrom('prePopulated', 'askOnInstall', 'hidden'),
  group: someText,
  propagateValue: fc.boolean(),
  vNameSpace: fc.subarray([space, 'a-2', 'unnamed']),
};
const key = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() !== '');
const envVariables = fc.uniqueArray(
  fc.record(
    { key, value: someText, variableType: fc.constant('env'), isSecured: fc.boolean(), ...common },
    { requiredKeys: ['key', 'value', 'variableType'] },
  ),
  { selector: (one) => one.key, maxLength: 5 },
);
const contentVariables = fc.uniqueArray(
  fc.record(
    {
      key,
      variableType: fc.constant('locale'),
      localeData: fc.dictionary(fc.constantFrom('en', 'de', 'zh_cn'), someLocale),
      ...common,
    },
    { requiredKeys: ['key', 'variableType', 'localeData'] },
  ),
  { selector: (one) => one.key, maxLength: 5 },
);

test('an export imported into the same bot changes nothing, and into another gives the same export', async () => {
  const spaces = [
    { name: 'default', refId: space },
    { name: 'second', refId: 'a-2' },
  ];
  await fc.assert(
    fc.asyncProperty(envVariables, contentVariables, async (one, other) => {
      const [held, empty] = [await botWith(one, other, spaces), await botWith([], [], [])];
      const variables = await exported(held);
      expect(variables).toHaveLength(one.length + other.length);
      expect(await imported(held, variables)).toMatchObject({ status: 200 });
      expect(await draftsOf(held)).toBe(1);
      expect(await imported(empty, variables)).toMatchObject({ status: 200 });
      expect(await exported(empty)).toEqual(variables);
    }),
    { numRuns: 15 },
  );
}, 60_000);

const references = referenceBots();
test.skipIf(references.length === 0)(
  'the variables of real bots go out and in again, and nothing changes',
  async () => {
    for (const { definition, config } of references) {
      const bot = await importedBot(server, admin, { definition, config });
      const held = {
        bot,
        builder: await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] })),
      };
      const variables = await exported(held);
      const { envVariables, contentVariables = [] } = {
        ...JSON.parse(String(config)),
        ...JSON.parse(String(definition)),
      } as { envVariables: Json[]; contentVariables?: Json[] };
      expect(variables.map(({ key: name }) => name)).toEqual(
        [...envVariables, ...contentVariables].map(({ key: name }) => name),
      );
      expect(await imported(held, variables)).toMatchObject({ status: 200 });
      expect(await draftsOf(held)).toBe(1);
    }
  },
  60_000,
);
