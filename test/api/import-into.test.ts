import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type BotSource,
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  pixel,
  publishBot,
  type Reply,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
  upload,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const dialog = (n: number, more: Json = {}): Json => ({
  _id: `dg-${n}`,
  refId: `ref-${n}`,
  localeData: { en: { name: `Dialog ${n}` } },
  nodes: [],
  ...more,
});
const sentence = (n: number): Json => ({
  _id: `s${n}`,
  sentence: `say ${n}`,
  taskId: 'dc-1',
  language: 'en',
});
const variable = (key: string, value: string): Json => ({ key, value, variableType: 'env' });

const config = (...variables: Json[]) => JSON.stringify({ name: 'A bot', envVariables: variables }, null, 4);

/** The bot most tests begin with. */
const before: BotSource = {
  definition: JSON.stringify(
    smallDefinition({
      dialogs: [dialog(1), dialog(2)],
      sentences: [sentence(1), sentence(2)],
      patterns: [{ refId: 'p1', localeData: {} }],
      color: 'blue',
      knowledgeTasks: [{ refId: 'k1', name: 'old graph' }],
    }),
  ),
  config: config(variable('host', 'prod'), variable('key', '1')),
  scripts: [{ name: 'own.js', content: 'own()' }],
};

/** What comes in: one dialog that is another, one that is new; words, a pattern, settings and variables. */
const file: BotSource = {
  definition: JSON.stringify(
    smallDefinition({
      localeData: { en: { name: 'Another name' } },
      dialogs: [dialog(2, { nodes: ['changed'] }), dialog(3)],
      sentences: [sentence(2), sentence(3)],
      patterns: [{ refId: 'p2', localeData: {} }],
      color: 'red',
      knowledgeTasks: [{ refId: 'k2', name: 'new graph' }],
    }),
  ),
  config: config(variable('host', 'dev'), variable('more', '')),
};

async function files(source: BotSource): Promise<Json> {
  const send = (content: Uint8Array | string, name: string) => upload(server, admin.token, content, name);
  const botFunctions: string[] = [];
  for (const { name, content } of source.scripts ?? []) botFunctions.push(await send(content, name));
  return {
    botDefinition: await send(source.definition, 'botDefinition.json'),
    configInfo: await send(source.config ?? config(), 'config.json'),
    ...(botFunctions.length > 0 ? { botFunctions } : {}),
  };
}

const start = async (bot: string, source: BotSource, more: Json = {}): Promise<Reply> =>
  admin.post(`/api/public/bot/${bot}/import`, { ...(await files(source)), ...more });

async function importInto(bot: string, source: BotSource, more: Json = {}): Promise<Json> {
  const { status, body } = await start(bot, source, more);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
}

async function contentOf(bot: string): Promise<{ definition: Json; config: Json; names: string[] }> {
  const members = await membersOf((await exportBot(admin, bot)).archive);
  return {
    definition: JSON.parse(String(members.get('botDefinition.json'))),
    config: JSON.parse(String(members.get('config.json'))),
    names: [...members.keys()],
  };
}

const namesIn = (definition: Json, section: string, key = 'refId') =>
  (definition[section] as Json[]).map((item) => item[key]);

describe('a full import into a bot', () => {
  test('takes the place of all the bot is, under its id; its icon stays, and its scripts where none come', async () => {
    const bot = await importedBot(server, admin, before);
    expect(await importInto(bot, file)).toMatchObject({ status: 'success', streamId: bot });
    const now = await contentOf(bot);
    expect(now.definition).toMatchObject({
      _id: bot,
      color: 'red',
      localeData: { en: { name: 'Another name' } },
    });
    expect(namesIn(now.definition, 'dialogs')).toEqual(['ref-2', 'ref-3']);
    expect(now.config.envVariables).toEqual([variable('host', 'dev'), variable('more', '')]);
    expect(now.names).toEqual(['botDefinition.json', 'config.json', 'icon.png', 'own.js']);
  });

  test('with scripts replaces all of them', async () => {
    const bot = await importedBot(server, admin, before);
    await importInto(bot, { ...file, scripts: [{ name: 'other.js', content: 'x' }] });
    expect((await contentOf(bot)).names).toEqual([
      'botDefinition.json',
      'config.json',
      'icon.png',
      'other.js',
    ]);
  });

  test('needs no icon, but a definition and a config', async () => {
    const bot = await importedBot(server, admin, before);
    const { configInfo: _, ...incomplete } = await files(file);
    expect(await admin.post(`/api/public/bot/${bot}/import`, incomplete)).toMatchObject({
      status: 412,
      body: { errors: [{ type: 'invalid_arguments' }] },
    });
  });

  test('takes a form, with options as JSON text', async () => {
    const bot = await importedBot(server, admin, before);
    const form = new URLSearchParams({
      ...((await files(file)) as Record<string, string>),
      importOptions: '{"settings":["botSettings"]}',
    });
    const response = await fetch(`${server.url}/api/public/bot/${bot}/import`, {
      method: 'POST',
      headers: { auth: admin.token },
      body: form,
    });
    const { _id } = (await response.json()) as Json;
    await untilEnded(admin, `/api/public/bot/import/status/${_id}`);
    const { definition } = await contentOf(bot);
    expect(definition.color).toBe('red');
    expect(namesIn(definition, 'dialogs')).toEqual(['ref-1', 'ref-2']);
  });
});

describe('an import of chosen parts', () => {
  test('replaces tasks with the same refId, adds new ones, and touches nothing else', async () => {
    const bot = await importedBot(server, admin, before);
    const status = await importInto(bot, file, { importOptions: { tasks: ['botTask', 'botTask'] } });
    const { definition, config: variables } = await contentOf(bot);
    expect(definition.dialogs).toEqual([dialog(1), dialog(2, { nodes: ['changed'] }), dialog(3)]);
    expect(definition).toMatchObject({ color: 'blue', localeData: { en: { name: 'A bot' } } });
    expect(namesIn(definition, 'sentences', '_id')).toEqual(['s1', 's2']);
    expect(namesIn(definition, 'knowledgeTasks')).toEqual(['k1']);
    expect(variables.envVariables).toEqual([variable('host', 'prod'), variable('key', '1')]);
    expect((status.statusLogs as Json[]).map(({ taskType }) => taskType)).toEqual([
      'importRequest',
      'Bot Definition',
      'BotFunctions',
      'Dialog',
      'Dialog',
      'Dialog',
      'importBot',
    ]);
  });

  test('of single tasks takes those alone', async () => {
    const bot = await importedBot(server, admin, before);
    await importInto(bot, file, {
      importOptions: { tasks: ['botTask'] },
      subTasks: { dialogs: ['Dialog 3'], alerts: [], actions: [] },
    });
    expect((await contentOf(bot)).definition.dialogs).toEqual([dialog(1), dialog(2), dialog(3)]);
  });

  test('replaces a knowledge graph whole', async () => {
    const bot = await importedBot(server, admin, before);
    await importInto(bot, file, { importOptions: { tasks: ['knowledgeGraph'] } });
    expect(namesIn((await contentOf(bot)).definition, 'knowledgeTasks')).toEqual(['k2']);
  });

  test('appends utterances and patterns, or replaces them; both wished for, it replaces', async () => {
    const nlpData = ['utterances', 'patterns', 'training_data'];
    const [added, replaced] = [
      await importedBot(server, admin, before),
      await importedBot(server, admin, before),
    ];
    await importInto(added, file, { importOptions: { nlpData } });
    const both = { append: true, replace: true };
    await importInto(replaced, file, {
      importOptions: { nlpData, options: { utterances: both, patterns: { replace: true } } },
    });
    const one = (await contentOf(added)).definition;
    expect(namesIn(one, 'sentences', '_id')).toEqual(['s1', 's2', 's3']);
    expect(namesIn(one, 'patterns')).toEqual(['p1', 'p2']);
    const other = (await contentOf(replaced)).definition;
    expect(namesIn(other, 'sentences', '_id')).toEqual(['s2', 's3']);
    expect(namesIn(other, 'patterns')).toEqual(['p2']);
  });

  test('of single tasks replaces the utterances of those, and of no other', async () => {
    const uuid = (n: number) => `00000000-0000-5000-8000-00000000000${n}`;
    const talking = (n: number): Json => ({
      ...dialog(n),
      nodes: [{ componentId: `dc-${uuid(n)}` }],
    });
    const intent = (n: number): Json => ({
      _id: `dc-${uuid(n)}`,
      refId: uuid(n),
      type: 'intent',
      dialogId: `dg-${n}`,
    });
    const words = (n: number, sentence: string): Json => ({
      _id: `${n}${sentence}`,
      sentence,
      taskId: `dc-${uuid(n)}`,
      language: 'en',
    });
    const definition = (...sentences: Json[]) =>
      JSON.stringify(
        smallDefinition({
          dialogs: [talking(1), talking(2)],
          dialogComponents: [intent(1), intent(2)],
          sentences,
        }),
      );
    const bot = await importedBot(server, admin, { definition: definition(words(1, 'a'), words(2, 'b')) });
    await importInto(
      bot,
      { definition: definition(words(1, 'c'), words(2, 'd')) },
      {
        importOptions: {
          tasks: ['botTask'],
          nlpData: ['utterances'],
          options: { utterances: { replace: true } },
        },
        subTasks: { dialogs: ['Dialog 1'] },
      },
    );
    expect(namesIn((await contentOf(bot)).definition, 'sentences', 'sentence')).toEqual(['b', 'c']);
  });

  test('merges variables by key, except those to be ignored', async () => {
    const bot = await importedBot(server, admin, before);
    await importInto(bot, file, {
      importOptions: { settings: ['botVariables'], options: { botVariables: { ignore: ['host'] } } },
    });
    const { config: variables, definition } = await contentOf(bot);
    expect(variables.envVariables).toEqual([
      variable('host', 'prod'),
      variable('key', '1'),
      variable('more', ''),
    ]);
    expect(definition.color).toBe('blue');
  });

  test('keeps the ids of the bot for what it has: everything that refers to them still does', async () => {
    const uuid = (n: number) => `00000000-0000-5000-8000-00000000000${n}`;
    const calling = (own: number, called: number, more: Json = {}): Json => ({
      _id: `dg-${uuid(own)}`,
      refId: uuid(7),
      localeData: { en: { name: 'Caller' } },
      nodes: [{ flowTaskId: `dg-${uuid(called)}` }],
      ...more,
    });
    const called = (own: number): Json => ({
      _id: `dg-${uuid(own)}`,
      refId: uuid(8),
      localeData: { en: { name: 'Called' } },
      nodes: [],
    });
    const definition = (...dialogs: Json[]) => JSON.stringify(smallDefinition({ dialogs }));
    const bot = await importedBot(server, admin, { definition: definition(calling(1, 2), called(2)) });
    await importInto(
      bot,
      { definition: definition(calling(3, 4, { changed: true }), called(4)) },
      { importOptions: { tasks: ['botTask'] } },
    );
    expect((await contentOf(bot)).definition.dialogs).toEqual([calling(1, 2, { changed: true }), called(2)]);
  });

  test('refuses stubs for tasks, and changes nothing', async () => {
    const bot = await importedBot(server, admin, before);
    const { nodes: _, ...stub } = dialog(2);
    const status = await importInto(
      bot,
      { definition: JSON.stringify(smallDefinition({ dialogs: [stub] })) },
      { importOptions: { tasks: ['botTask'] } },
    );
    expect(status).toMatchObject({ status: 'failed', errors: [{ type: 'import_stubs' }] });
    expect(namesIn((await contentOf(bot)).definition, 'dialogs')).toEqual(['ref-1', 'ref-2']);
  });

  test.each([
    [{ tasks: [] }, 'nothing_selected'],
    [{}, 'nothing_selected'],
    [{ tasks: ['botTasks'] }, 'unknown_option'],
    [{ nlp: ['utterances'] }, 'unknown_option'],
  ])('with options %j is refused as %s', async (importOptions, type) => {
    const bot = await importedBot(server, admin, before);
    expect(await start(bot, file, { importOptions })).toMatchObject({
      status: 400,
      body: { errors: [{ type }] },
    });
  });
});

describe('versions of the platform', () => {
  const of = (environmentVersionInfo: string): BotSource => ({
    definition: JSON.stringify(smallDefinition({ environmentVersionInfo })),
  });

  test.each([
    ['10.2.0', '9.1.7', 'import_older_platform'],
    ['10.2.0', '11.6.0', 'import_other_generation'],
    ['11.6.0', '10.2.0', 'import_other_generation'],
  ])('a bot of %s does not take a file of %s', async (own, other, type) => {
    const bot = await importedBot(server, admin, of(own));
    expect(await importInto(bot, of(other))).toMatchObject({ status: 'failed', errors: [{ type }] });
  });

  test('a bot takes a file of its own version, and of a later one', async () => {
    const bot = await importedBot(server, admin, of('9.1.7'));
    expect(await importInto(bot, of('9.1.7'))).toMatchObject({ status: 'success' });
    expect(await importInto(bot, of('10.2.0'))).toMatchObject({ status: 'success' });
  });
});

describe('two imports into one bot', () => {
  test('at once: the second is refused, and says which one runs', async () => {
    const bot = await importedBot(server, admin, before);
    const body = await files(file);
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => admin.post(`/api/public/bot/${bot}/import`, body)),
    );
    const taken = replies.filter(({ status }) => status === 200);
    const refused = replies.filter(({ status }) => status === 409);
    expect([taken.length, refused.length]).toEqual([1, 3]);
    expect(refused[0]?.body).toMatchObject({
      errors: [{ type: 'import_running', detail: taken[0]?.body._id }],
    });
    await untilEnded(admin, `/api/public/bot/import/status/${taken[0]?.body._id}`);
    expect(await importInto(bot, before)).toMatchObject({ status: 'success' });
  });
});

describe('a plan', () => {
  const planOf = async (bot: string, body: Json) => admin.post(`/api/v1/bots/${bot}/import-plans`, body);
  const apply = async (bot: string, body: Json) => {
    const { status, body: reply } = await admin.post(`/api/v1/bots/${bot}/imports`, body);
    return status === 200 ? untilEnded(admin, `/api/v1/imports/${reply._id}`) : reply;
  };

  test('says what would be made, replaced, removed and kept, and changes nothing', async () => {
    const bot = await importedBot(server, admin, before);
    const unchanged = await contentOf(bot);
    const { status, body } = await planOf(bot, await files(file));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      changes: true,
      unsetVariables: ['more'],
      digest: expect.stringMatching(/^\w{64}$/),
    });
    const dialogs = (body.sections as Json[]).find(({ section }) => section === 'dialogs');
    expect(dialogs).toMatchObject({
      state: 'changed',
      counts: { created: 1, replaced: 1, deleted: 1, kept: 0 },
      created: [{ id: 'dg-3', refId: 'ref-3', name: 'Dialog 3' }],
      replaced: [{ name: 'Dialog 2' }],
      deleted: [{ name: 'Dialog 1' }],
    });
    expect(body.files).toEqual([{ name: 'config.json', state: 'changed' }]);
    expect(await contentOf(bot)).toEqual(unchanged);
  });

  test('names references that would lead to nothing, and not those that do already', async () => {
    const id = (n: number) => `dg-00000000-0000-5000-8000-00000000000${n}`;
    const calls = (n: number, more: Json = {}) => dialog(n, { nodes: [{ flowTaskId: id(n) }], ...more });
    const bot = await importedBot(server, admin, {
      definition: JSON.stringify(smallDefinition({ dialogs: [calls(1)] })),
    });
    const body = await files({
      definition: JSON.stringify(smallDefinition({ dialogs: [calls(1), calls(2)] })),
    });
    const { body: plan } = await planOf(bot, { ...body, importOptions: { tasks: ['botTask'] } });
    expect(plan.dangling).toMatchObject([{ from: { name: 'Dialog 2' }, kind: 'call', to: { value: id(2) } }]);
  });

  test('is what its application does, and then there is nothing left to do', async () => {
    const bot = await importedBot(server, admin, before);
    const body = { ...(await files(file)), importOptions: { tasks: ['botTask'] } };
    const { body: plan } = await planOf(bot, body);
    expect(await apply(bot, { ...body, plan: plan.digest })).toMatchObject({ status: 'success' });
    expect((await planOf(bot, body)).body).toMatchObject({ changes: false, sections: [], files: [] });
  });

  test('is refused when the bot has moved since, when it is of another bot, and when the files are others', async () => {
    const [bot, other] = [await importedBot(server, admin, before), await importedBot(server, admin, before)];
    const body = await files(file);
    const { digest } = (await planOf(bot, body)).body;
    const outdated = { errors: [{ code: 409, type: 'plan_outdated' }] };
    expect(await apply(other, { ...body, plan: digest })).toMatchObject(outdated);
    expect(await apply(bot, { ...(await files(before)), plan: digest })).toMatchObject({
      status: 'failed',
      ...outdated,
    });
    await importInto(bot, file, { importOptions: { settings: ['botSettings'] } });
    expect(await apply(bot, { ...body, plan: digest })).toMatchObject(outdated);
    expect((await contentOf(bot)).definition.color).toBe('red');
  });

  test('of a file that is no bot fails as the import would', async () => {
    const bot = await importedBot(server, admin, before);
    expect(await planOf(bot, await files({ definition: '{"a":' }))).toMatchObject({
      body: { errors: [{ type: 'json_malformed' }] },
    });
  });
});

describe('a rollback', () => {
  const rollBack = (bot: string, body: Json) => admin.post(`/api/v1/bots/${bot}/rollback`, body);

  test('gives the bot an earlier draft again, and can itself be rolled back', async () => {
    const bot = await importedBot(server, admin, before);
    const first = (await exportBot(admin, bot)).archive;
    await importInto(bot, file);
    const second = (await exportBot(admin, bot)).archive;
    expect((await rollBack(bot, { draft: 1 })).body).toMatchObject({ draft: 3, before: 2, changed: true });
    expect((await exportBot(admin, bot)).archive.equals(first)).toBe(true);
    expect((await rollBack(bot, { draft: 2 })).body).toMatchObject({ draft: 4, before: 3, changed: true });
    expect((await exportBot(admin, bot)).archive.equals(second)).toBe(true);
  });

  test('to what the draft is already does nothing', async () => {
    const bot = await importedBot(server, admin, before);
    expect((await rollBack(bot, { draft: 1 })).body).toMatchObject({ draft: 1, before: 1, changed: false });
  });

  test('goes to a published version, too', async () => {
    const bot = await importedBot(server, admin, before);
    await publishBot(admin, bot);
    await importInto(bot, file);
    await rollBack(bot, { version: 1 });
    expect((await contentOf(bot)).definition.color).toBe('blue');
  });

  test.each([
    [{ draft: 9 }, 400, 'unknown_version'],
    [{ version: 1 }, 400, 'unknown_version'],
    [{}, 412, 'invalid_arguments'],
    [{ draft: 0 }, 412, 'invalid_arguments'],
    [{ draft: 1, version: 1 }, 412, 'invalid_arguments'],
  ])('to %j is refused', async (body, status, type) => {
    const bot = await importedBot(server, admin, before);
    expect(await rollBack(bot, body)).toMatchObject({ status, body: { errors: [{ type }] } });
  });
});

/** All an export can ask for. */
const everything = {
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
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
  customDashboard: true,
};

describe.each([...sampleBots(), ...referenceBots()])('$name', ({ definition, config: variables }) => {
  test('an import of its own export changes nothing, whole and in all parts', async () => {
    const bot = await importedBot(server, admin, { definition, config: variables, icon: pixel });
    const { archive } = await exportBot(admin, bot);
    const zipInfo = await upload(server, admin.token, archive, 'bot.zip');
    for (const importOptions of [undefined, everything]) {
      const { body } = await admin.post(`/api/v1/bots/${bot}/import-plans`, { zipInfo, importOptions });
      expect(body).toMatchObject({ changes: false, sections: [], files: [] });
      const { body: started } = await admin.post(`/api/public/bot/${bot}/import`, { zipInfo, importOptions });
      const status = await untilEnded(admin, `/api/public/bot/import/status/${started._id}`);
      expect(status).toMatchObject({ status: 'success' });
      expect((await exportBot(admin, bot)).archive.equals(archive)).toBe(true);
    }
    expect((await admin.get(`/api/v1/bots/${bot}/drafts`)).body.drafts).toHaveLength(1);
  });

  test('a rollback brings it back to the byte, and so does an import of what it was', async () => {
    const bot = await importedBot(server, admin, { definition, config: variables, icon: pixel });
    const { archive } = await exportBot(admin, bot);
    const { environmentVersionInfo } = JSON.parse(String(definition)) as Json;
    const other = { definition: JSON.stringify(smallDefinition({ environmentVersionInfo })) };
    await importInto(bot, other);
    const empty = (await exportBot(admin, bot)).archive;
    expect(empty.equals(archive)).toBe(false);
    await admin.post(`/api/v1/bots/${bot}/rollback`, { draft: 1 });
    expect((await exportBot(admin, bot)).archive.equals(archive)).toBe(true);
    await admin.post(`/api/v1/bots/${bot}/rollback`, { draft: 2 });
    expect((await exportBot(admin, bot)).archive.equals(empty)).toBe(true);
    const zipInfo = await upload(server, admin.token, archive, 'bot.zip');
    const { body } = await admin.post(`/api/public/bot/${bot}/import`, { zipInfo });
    await untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
    expect((await exportBot(admin, bot)).archive.equals(archive)).toBe(true);
  });

  test('an import of its export into an empty bot, all parts chosen, brings every task and word', async () => {
    const full = await importedBot(server, admin, { definition, config: variables, icon: pixel });
    const { archive } = await exportBot(admin, full);
    const { environmentVersionInfo } = JSON.parse(String(definition)) as Json;
    const empty = await importedBot(server, admin, {
      definition: JSON.stringify(smallDefinition({ environmentVersionInfo })),
    });
    const zipInfo = await upload(server, admin.token, archive, 'bot.zip');
    const { body } = await admin.post(`/api/public/bot/${empty}/import`, {
      zipInfo,
      importOptions: everything,
    });
    expect(await untilEnded(admin, `/api/public/bot/import/status/${body._id}`)).toMatchObject({
      status: 'success',
    });
    const [of, now] = [(await contentOf(full)).definition, (await contentOf(empty)).definition];
    for (const key of [
      'dialogs',
      'dialogComponents',
      'sentences',
      'patterns',
      'knowledgeTasks',
      'variables',
      'forms',
    ]) {
      expect(now[key]).toEqual(of[key]);
    }
  });
});
