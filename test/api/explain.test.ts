import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  Dangling,
  ExplainedSection,
  ExplainedTask,
  Explanation,
  Named,
} from '../../src/exports/explain.ts';
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
} from '../support/server.ts';

/*
 * Explanations against the archives they are about: what is in, why, and what dangles is found once more here, from
 * the JSON alone and with none of the program's own code.
 */

type Item = Record<string, unknown>;
type Definition = Record<string, unknown>;

let server: TestServer;
let admin: Caller;
let botId: string;
const bank = sampleBots().find(({ name }) => name.includes('bank'));
const source = JSON.parse(String(bank?.definition)) as Definition;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  if (!bank) throw new Error('the sample bot is missing');
  botId = await importedBot(server, admin, bank);
  await publishBot(admin, botId);
});
afterAll(() => server.close());

const itemsOf = (definition: Definition, section: string): Item[] =>
  Array.isArray(definition[section]) ? (definition[section] as Item[]) : [];

const blockCard = { exportType: 'latest', subTasks: { dialogs: ['Block Card'] } };
const requests: [string, Json][] = [
  ['the whole bot', { exportType: 'latest' }],
  ['the published version', { exportType: 'published' }],
  ['one dialog alone', blockCard],
  ['one dialog with what it needs', { ...blockCard, IncludeDependentTasks: true }],
  [
    'one dialog without variables, forms and knowledge',
    { ...blockCard, exportOptions: { tasks: ['botTask'], nlpData: ['utterances', 'patterns'] } },
  ],
  [
    'two dialogs with what they need, tasks only',
    {
      exportType: 'published',
      exportOptions: { tasks: ['botTask', 'forms'] },
      subTasks: { dialogs: ['Dispute Transaction', 'Change Address'] },
      IncludeDependentTasks: true,
    },
  ],
  ['language only', { exportType: 'latest', exportOptions: { nlpData: ['utterances', 'synonyms'] } }],
  ['knowledge only', { exportType: 'latest', exportOptions: { tasks: ['knowledgeGraph'] } }],
  ['settings only', { exportType: 'latest', exportOptions: { settings: ['botSettings'] } }],
  [
    'everything but one variable',
    {
      exportType: 'latest',
      exportOptions: {
        tasks: ['botTask', 'knowledgeGraph', 'forms'],
        settings: ['botSettings', 'botVariables'],
        options: { botVariables: { ignore: ['apiKey'] } },
      },
    },
  ],
];

interface Explained {
  explanation: Explanation & Json;
  plan: Explanation & Json;
  definition: Definition;
  variables: string[];
}

const done = new Map<string, Promise<Explained>>();

/** Plans a request, exports it, and has it explained; once for all tests. */
function explained(body: Json): Promise<Explained> {
  const key = JSON.stringify(body);
  const known = done.get(key) ?? explain(botId, body);
  done.set(key, known);
  return known;
}

async function explain(bot: string, body: Json): Promise<Explained> {
  const plan = await admin.post(`/api/v1/bots/${bot}/export-plans`, body);
  expect(plan.status).toBe(200);
  const { status, archive } = await exportBot(admin, bot, body);
  const reply = await admin.get(`/api/v1/exports/${status._id}`);
  expect(reply.status).toBe(200);
  expect(reply.body).toMatchObject({
    id: status._id,
    botId: bot,
    exportType: body.exportType,
    status: 'success',
    size: archive.length,
    createdOn: status.createdOn,
  });
  const members = await membersOf(archive);
  const config = JSON.parse(String(members.get('config.json'))) as { envVariables: { key: string }[] };
  return {
    explanation: reply.body as unknown as Explanation & Json,
    plan: plan.body as unknown as Explanation & Json,
    definition: JSON.parse(String(members.get('botDefinition.json'))) as Definition,
    variables: config.envVariables.map(({ key }) => key),
  };
}

/** Every member of this name, however deep. */
function* membersNamed(value: unknown, name: string): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === name && !Array.isArray(value)) yield member;
    yield* membersNamed(member, name);
  }
}

/** Variables of the environment that texts use; scripts are percent-encoded. */
function variablesIn(value: unknown): Set<string> {
  const text = JSON.stringify(value).replace(/%(\w\w)/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return new Set([...text.matchAll(/\benv\.([A-Za-z_][\w-]*)/g)].map(([, key = '']) => key));
}

const identities = (items: Item[]) =>
  new Set(items.flatMap(({ _id, refId }) => [_id, refId]).filter(Boolean));
const textual = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isHolder = (item: Item, { id, refId }: Named) => (id ? item._id === id : item.refId === refId);

const withVariables = [
  'dialogs',
  'dialogComponents',
  'actions',
  'alerts',
  'knowledgeTasks',
  'experienceFlows',
];

/** The references of an archive that lead nowhere in it, as `section id kind value`. */
function danglingIn(definition: Definition, variables: string[]): Set<string> {
  const dialogs = identities(itemsOf(definition, 'dialogs'));
  const forms = identities(itemsOf(definition, 'forms'));
  const found = new Set<string>();
  const note = (
    section: string,
    item: Item | undefined,
    kind: string,
    value: unknown,
    targets: Set<unknown>,
  ) => {
    if (!textual(value) || targets.has(value)) return;
    found.add(`${section} ${item?._id ?? item?.refId ?? ''} ${kind} ${value}`);
  };
  for (const section of ['dialogs', 'dialogComponents']) {
    for (const item of itemsOf(definition, section)) {
      for (const value of membersNamed(item.nodes, 'flowTaskId')) note(section, item, 'call', value, dialogs);
      if (item.type === 'form') note(section, item, 'form', item.resourceId, forms);
    }
  }
  for (const section of withVariables) {
    for (const item of itemsOf(definition, section)) {
      for (const key of variablesIn(item)) note(section, item, 'variable', key, new Set(variables));
    }
  }
  const fields = { forms: ['resourceId', 'form'], knowledgeTasks: ['dialogRefId', 'question'] } as const;
  for (const [section, [field, kind]] of Object.entries(fields)) {
    for (const item of itemsOf(definition, section)) {
      for (const value of membersNamed(item, field)) note(section, item, kind, value, dialogs);
    }
  }
  for (const item of itemsOf(definition, 'botSentimentEvents')) {
    for (const value of membersNamed(item, 'task')) note('botSentimentEvents', item, 'event', value, dialogs);
  }
  for (const event of Object.values((definition.botEvents ?? {}) as Record<string, Item>)) {
    note('botEvents', undefined, 'event', event?.task, dialogs);
  }
  note('defaultDialogId', undefined, 'default dialog', definition.defaultDialogId, dialogs);
  return found;
}

const keyOf = ({ from, kind, to }: Dangling) =>
  `${from.section} ${from.id ?? from.refId ?? ''} ${kind} ${to.value}`;

/** What the small search above looks for. */
const searched = ['call', 'form', 'question', 'event', 'default dialog'];
const isSearched = ({ kind, to }: Dangling) => searched.includes(kind) || to.what === 'environment variable';

describe.each(requests)('an explanation of %s', (_what, body) => {
  test('is the same before the export and after it', async () => {
    const { explanation, plan } = await explained(body);
    const { sections, tasks, dangling } = explanation;
    expect(plan).toEqual({ botId, exportType: body.exportType, sections, tasks, dangling });
  });

  test('says of every section, in the bot’s order, what the archive has of it', async () => {
    const { explanation, definition } = await explained(body);
    expect(explanation.sections.map(({ section }) => section)).toEqual(Object.keys(source));
    for (const said of explanation.sections) checkSection(said, definition);
  });

  test('says of every task whether it is in', async () => {
    const { explanation, definition } = await explained(body);
    for (const section of ['dialogs', 'alerts', 'actions', 'forms', 'experienceFlows']) {
      const said = explanation.tasks.filter((task) => task.section === section);
      const all = itemsOf(source, section);
      expect(said.map(({ id, refId }) => [id, refId])).toEqual(
        all.map(({ _id, refId }) => [_id ?? null, refId ?? null]),
      );
      const there = identities(itemsOf(definition, section));
      for (const task of said) {
        expect(task.in, `${section} ${task.name}`).toBe(there.has(task.id ?? task.refId));
        expect(task.leftOutBecause === null).toBe(task.in);
      }
    }
  });

  test('gives only chains of which every step refers to the one before', async () => {
    const { explanation } = await explained(body);
    for (const task of explanation.tasks) checkChain(task, explanation);
  });

  test('lists every reference that leads nowhere', async () => {
    const { explanation, definition, variables } = await explained(body);
    const listed = new Set(explanation.dangling.map(keyOf));
    const missed = [...danglingIn(definition, variables)].filter((key) => !listed.has(key));
    expect(missed).toEqual([]);
  });

  test('lists every entity that an utterance or a rule for personal data names and that is not there', async () => {
    const { explanation, definition } = await explained(body);
    const there = identities(itemsOf(definition, 'dialogComponents'));
    const named = [
      ...itemsOf(definition, 'sentences').flatMap(({ entities }) => (entities ?? []) as Item[]),
    ].map(({ entityId }) => entityId);
    const mapped = itemsOf(definition, 'pii_patterns').flatMap(({ mappedEntities }) => mappedEntities ?? []);
    const missing = [...named, ...mapped].filter((id) => !there.has(id as string));
    const listed = explanation.dangling.filter(({ kind }) => kind === 'entity').map(({ to }) => to.value);
    expect(new Set(listed)).toEqual(new Set(missing));
  });

  test('names each section whose name space is not there once', async () => {
    const { explanation, definition } = await explained(body);
    const there = identities(itemsOf(definition, 'namespaces'));
    const isMissing = (item: Item) => ((item.vNameSpace ?? []) as string[]).some((id) => !there.has(id));
    const sections = Object.keys(definition).filter(
      (section) => Array.isArray(definition[section]) && itemsOf(definition, section).some(isMissing),
    );
    const listed = explanation.dangling.filter(({ kind }) => kind === 'name space');
    expect(listed.map(({ from }) => from.section).sort()).toEqual(sections.sort());
  });

  test('lists no reference that leads somewhere, and none twice', async () => {
    const { explanation, definition, variables } = await explained(body);
    const dangles = danglingIn(definition, variables);
    expect(explanation.dangling.filter(isSearched).filter((one) => !dangles.has(keyOf(one)))).toEqual([]);
    expect(new Set(explanation.dangling.map(keyOf)).size).toBe(explanation.dangling.length);
    for (const { to, cause } of explanation.dangling) {
      const targets: Record<string, unknown[]> = {
        dialog: [...identities(itemsOf(definition, 'dialogs'))],
        component: [...identities(itemsOf(definition, 'dialogComponents'))],
        form: [...identities(itemsOf(definition, 'forms'))],
        profile: itemsOf(definition, 'idpConfigurations').map(({ name }) => name),
        'content variable': itemsOf(definition, 'contentVariables').map(({ key }) => key),
        'environment variable': variables,
        'name space': [...identities(itemsOf(definition, 'namespaces'))],
      };
      expect(Object.keys(targets)).toContain(to.what);
      expect(targets[to.what]).not.toContain(to.value);
      // The sample bot is whole: nothing it refers to is missing from itself.
      expect(cause).toBe('left out');
    }
  });
});

function checkSection({ section, state, items, of, owner }: ExplainedSection, definition: Definition): void {
  const [was, is] = [source[section], definition[section]];
  const count = Array.isArray(was) && !['rewritten'].includes(state) ? was.length : null;
  expect(of, section).toBe(count);
  if (count !== null) expect(items, section).toBe(Array.isArray(is) ? is.length : 0);
  switch (state) {
    case 'left out':
      expect(definition, section).not.toHaveProperty(section);
      break;
    case 'rewritten':
      expect(['_id', 'exportOptions', 'encryptedHash']).toContain(section);
      expect(owner).toBeNull();
      break;
    case 'whole':
      expect(is, section).toEqual(was);
      break;
    case 'emptied':
      expect(['[]', '{}', '""'], section).toContain(JSON.stringify(is));
      break;
    case 'some items':
      expect(items, section).toBeLessThan(of ?? 0);
      break;
    case 'stubs':
      expect(JSON.stringify(is).length, section).toBeLessThan(JSON.stringify(was).length);
      break;
    case 'edited':
      expect(definition, section).toHaveProperty(section);
  }
}

/** Everything a task consists of: a dialog with its components and theirs, anything else itself. */
function textOf({ section, id, refId }: Named): string {
  // What has no id can only be told by its section.
  if (id === null && refId === null) return JSON.stringify(source[section]);
  const item = itemsOf(source, section).find((one) => isHolder(one, { section, id, refId, name: null }));
  if (!item) throw new Error(`${section} ${id ?? refId} is not in the bot`);
  const parts = new Set([item]);
  if (section === 'dialogs') {
    for (const part of parts) {
      for (const componentId of membersNamed(part.nodes, 'componentId')) {
        const component = itemsOf(source, 'dialogComponents').find(
          ({ _id, refId: ref }) => componentId === _id || componentId === ref,
        );
        if (component) parts.add(component);
      }
    }
  }
  return JSON.stringify([...parts]);
}

function checkChain(task: ExplainedTask, { tasks }: Explanation): void {
  let before: Named = task;
  for (const step of task.neededBy) {
    const text = textOf(step);
    const names = [before.id, before.refId].filter((one) => one !== null);
    expect(
      names.some((name) => text.includes(`"${name}"`)),
      `${step.section} ${step.name} -> ${before.section} ${before.name}`,
    ).toBe(true);
    before = step;
  }
  // What the chain ends with was asked for itself: it is no task, or a task in the export that nothing needs.
  const last = task.neededBy.at(-1);
  const end =
    last &&
    tasks.find((one) => one.section === last.section && one.id === last.id && one.refId === last.refId);
  if (end) expect(end).toMatchObject({ in: true, neededBy: [] });
}

describe('the reason of a task', () => {
  const taskOf = async (body: Json, name: string) =>
    (await explained(body)).explanation.tasks.find((task) => task.name === name);

  test('that was asked for is empty', async () => {
    expect(await taskOf({ ...blockCard, IncludeDependentTasks: true }, 'Block Card')).toMatchObject({
      in: true,
      neededBy: [],
    });
  });

  test('that came along is the shortest way to it', async () => {
    const task = await taskOf({ ...blockCard, IncludeDependentTasks: true }, 'Order Card');
    expect(task).toMatchObject({
      in: true,
      neededBy: [{ section: 'dialogs', name: 'Block Card', kind: 'call' }],
      leftOutBecause: null,
    });
  });

  test('that was not chosen says so', async () => {
    expect(await taskOf(blockCard, 'Order Card')).toMatchObject({ in: false, leftOutBecause: 'not chosen' });
  });

  test('whose kind was not chosen says so', async () => {
    const body = { exportType: 'latest', exportOptions: { tasks: ['knowledgeGraph'] } };
    expect(await taskOf(body, 'Your new address')).toMatchObject({
      in: false,
      leftOutBecause: 'component not chosen',
    });
  });
});

test('a reference to what the bot does not have is listed in an export of the whole bot, too', async () => {
  const refId = '11111111-1111-5111-8111-111111111111';
  const nowhere = '99999999-9999-5999-8999-999999999999';
  const component = { _id: 'dc-22222222-2222-5222-8222-222222222222', type: 'form', resourceId: nowhere };
  const script = {
    _id: 'dc-33333333-3333-5333-8333-333333333333',
    type: 'script',
    script: 'x%20%3D%20env.gone',
  };
  const definition = smallDefinition({
    dialogs: [
      {
        _id: 'dg-11111111-1111-5111-8111-111111111111',
        refId,
        localeData: { en: { name: 'Caller' } },
        nodes: [
          { nodeId: 'intent0', type: 'intent', flowTaskId: nowhere },
          { nodeId: 'form1', type: 'form', componentId: component._id },
          { nodeId: 'script1', type: 'script', componentId: script._id },
        ],
      },
    ],
    dialogComponents: [component, script],
  });
  const bot = await importedBot(server, admin, { definition: JSON.stringify(definition) });
  const { explanation } = await explain(bot, { exportType: 'latest' });
  expect(explanation.dangling).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        from: expect.objectContaining({ section: 'dialogs', refId, name: 'Caller' }),
        kind: 'call',
        to: { what: 'dialog', value: nowhere, name: null },
        cause: 'not in the bot',
      }),
      expect.objectContaining({
        from: expect.objectContaining({ section: 'dialogComponents', id: component._id }),
        to: { what: 'form', value: nowhere, name: null },
        cause: 'not in the bot',
      }),
      expect.objectContaining({
        from: expect.objectContaining({ section: 'dialogComponents', id: script._id }),
        to: { what: 'environment variable', value: 'gone', name: null },
        cause: 'not in the bot',
      }),
    ]),
  );
  expect(explanation.dangling).toHaveLength(3);
});

describe('a refusal', () => {
  const typeOf = ({ body }: { body: Json }) => (body.errors as { type: string }[])[0]?.type;
  const planPath = () => `/api/v1/bots/${botId}/export-plans`;

  test('of an unknown export', async () => {
    const reply = await admin.get('/api/v1/exports/ber-00000000-0000-5000-8000-000000000000');
    expect([reply.status, typeOf(reply)]).toEqual([400, 'invalid_request_id']);
  });

  test('of an export of a bot that is none of the app’s, in the same words', async () => {
    const { status } = await exportBot(admin, botId);
    const other = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
    for (const kind of ['builder', 'admin'] as const) {
      const stranger = await callerOf(server, await server.createApp({ kind, bots: [other] }));
      const reply = await stranger.get(`/api/v1/exports/${status._id}`);
      expect([reply.status, typeOf(reply)]).toEqual([400, 'invalid_request_id']);
      expect(reply.body).toEqual((await admin.get('/api/v1/exports/ber-1')).body);
    }
  });

  test('of a plan for a bot that is none of the app’s', async () => {
    const builder = await callerOf(
      server,
      await server.createApp({ kind: 'builder', bots: ['st-00000000-0000-5000-8000-000000000000'] }),
    );
    const reply = await builder.post(planPath(), { exportType: 'latest' });
    expect([reply.status, typeOf(reply)]).toEqual([401, 'invalid_credentials']);
  });

  test('of a plan for a bot that is not there', async () => {
    const reply = await admin.post('/api/v1/bots/st-1/export-plans', { exportType: 'latest' });
    expect([reply.status, typeOf(reply)]).toEqual([400, 'invalid_stream_id']);
  });

  test('of an app without the scope', async () => {
    const app = await server.createApp({ scopes: ['bot_definition:bot_import'] });
    const importer = await callerOf(server, app);
    for (const reply of [
      await importer.post(planPath(), { exportType: 'latest' }),
      await importer.get('/api/v1/exports/ber-1'),
    ]) {
      expect([reply.status, typeOf(reply)]).toEqual([401, 'scope_missing']);
    }
  });

  test.each<[string, Json]>([
    ['without a copy', {}],
    ['of nothing', { exportType: 'latest', exportOptions: {} }],
    ['with an unknown option', { exportType: 'latest', exportOptions: { tasks: ['bottasks'] } }],
    ['with an unknown task', { exportType: 'latest', subTasks: { dialogs: ['Blok Card'] } }],
    ['with lists that are none', { exportType: 'latest', subTasks: { dialogs: 5 } }],
  ])('of a plan %s is that of the export', async (_what, body) => {
    const [plan, start] = [
      await admin.post(planPath(), body),
      await admin.post(`/api/public/bot/${botId}/export`, body),
    ];
    expect(plan.status).toBeGreaterThanOrEqual(400);
    expect([plan.status, plan.body]).toEqual([start.status, start.body]);
  });
});

test('a plan writes nothing', async () => {
  await exportBot(admin, botId);
  const look = () => {
    const db = new DatabaseSync(`${server.dataFolder}/botport.sqlite`, { readOnly: true });
    try {
      const tables = db.prepare(`select name from sqlite_master where type = 'table'`).all();
      const rows = tables.map(({ name }) => [
        name,
        db.prepare(`select count(*) as n from "${name}"`).get()?.n,
      ]);
      return [rows, db.prepare('select * from bots order by id').all()];
    } finally {
      db.close();
    }
  };
  const before = look();
  for (const [, body] of requests) {
    expect((await admin.post(`/api/v1/bots/${botId}/export-plans`, body)).status).toBe(200);
  }
  expect(look()).toEqual(before);
});
