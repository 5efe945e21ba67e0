import fc from 'fast-check';
import type { Asked, Json } from './choosing-kit.ts';

/*
 * Bots and requests nobody would make: dialogs that call each other in circles, shared components, ids and names of
 * every kind, numbers no double holds, references to nowhere.
 */

/** Text that stands for a token JavaScript could not write. */
const tokens: Record<string, string> = {
  '«huge»': '1e400',
  '«long»': '12345678901234567890',
  '«exact»': '0.1000000000000000055511151231257827',
  '«minus nothing»': '-0',
};

/** JSON of a value that may hold the texts above, and keys like «10», which JavaScript would move to the front. */
export function asJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"«([^"]*)»"/g, (_, text) => tokens[`«${text}»`] ?? `"${text}"`);
}

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(...Object.keys(tokens), null, '', [], {}, 'a "quoted", \\ text\n', true),
  fc.constantFrom<unknown>({ '«10»': 1, '«2»': ['«huge»'], constructor: 'x' }, [[['«long»']]], ['\ud800']),
  fc.jsonValue({ maxDepth: 2 }),
);

const names = ['Order', 'order', 'Grüße', 'a, b', '"', '\\', ' ', '10', 'constructor', 'Bestellung'];
const states = [
  undefined,
  undefined,
  undefined,
  'published',
  'configured',
  'inProgress',
  'suspended',
  'Rejected',
];

/** An id that belongs to a thing alone, in one of many forms. */
function idOf(kind: string, index: number, form: number): string {
  const digits = String(index).padStart(12, '0');
  return (
    [
      `${kind}-00000000-0000-4000-8000-${digits}`,
      `${kind} "${index}"`,
      `${kind}\\${index},\n`,
      `${index}${kind}`,
    ][form] ?? `${kind}${index}`
  );
}

/** Leaves members out that are undefined. */
const present = (item: Json): Json =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));

const position = fc.nat(7);
const form = fc.nat(3);
const manyPositions = fc.array(position, { maxLength: 4 });

interface Shape {
  form: number;
  hasRefId: boolean;
  name: string;
  state: string | undefined;
  calls: number[];
  byId: boolean;
  retries: number[];
  followUps: number[];
  uses: number[];
  kind: number;
  odd: unknown;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  form,
  hasRefId: fc.boolean().map((lacks) => !lacks),
  name: fc.constantFrom(...names),
  state: fc.constantFrom(...states),
  calls: manyPositions,
  byId: fc.boolean(),
  retries: fc.array(position, { maxLength: 1 }),
  followUps: fc.array(position, { maxLength: 1 }),
  uses: manyPositions,
  kind: fc.nat(5),
  odd: oddValue,
});

/** How the things of one kind are named by those that refer to them; of positions beyond them, by an id of nothing. */
class Ids {
  readonly #kind: string;
  readonly #shapes: readonly Shape[];

  constructor(kind: string, shapes: readonly Shape[]) {
    this.#kind = kind;
    this.#shapes = shapes;
  }

  id(index: number): string {
    return idOf(this.#kind, index, this.#shapes[index]?.form ?? 0);
  }

  refId(index: number): string | undefined {
    if (this.#shapes[index]?.hasRefId === false) return undefined;
    const first = { dg: 'd', dc: 'c' }[this.#kind] ?? 'f';
    return `${first}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  }

  /** The refId if there is one, as the platform writes references; else the id. */
  reference(index: number): string {
    return this.refId(index) ?? this.id(index);
  }
}

function dialogOf(shape: Shape, index: number, dialogs: Ids, components: Ids): Json {
  const called = (at: number) => (shape.byId ? dialogs.id(at) : dialogs.reference(at));
  // A retry names a node most of the time, so that a dialog there has to look like one.
  const retried = shape.retries.map((at) => dialogs.refId(at) ?? 'message0');
  return present({
    _id: dialogs.id(index),
    refId: dialogs.refId(index),
    nodes: [
      { nodeId: 'intent0', type: 'intent', componentId: components.id(index) },
      ...shape.uses.map((at) => ({ type: 'entity', componentId: components.id(at) })),
      ...shape.calls.map((at) => ({
        type: 'intent',
        flowTaskId: called(at),
        transitions: [{ default: 'end' }],
      })),
      ...retried.map((ref) => ({ nodeOptions: { eventOptions: { maxRetry: { ref } } } })),
    ],
    lname: shape.name.toLowerCase(),
    localeData: { en: { name: shape.name }, de: { name: `${shape.name} auf Deutsch` } },
    followUpIntents: shape.followUps.flatMap((at) => dialogs.refId(at) ?? []),
    state: shape.state,
    odd: shape.odd,
  });
}

const componentTypes = ['intent', 'entity', 'service', 'form', 'botAction'];

function componentOf(shape: Shape, index: number, ids: Ids, dialogs: Ids, forms: Ids): Json {
  const type = componentTypes[shape.kind % componentTypes.length];
  return present({
    _id: ids.id(index),
    refId: ids.refId(index),
    name: shape.name,
    idp: 'none',
    type,
    dialogId: type === 'intent' ? dialogs.id(index) : undefined,
    resourceId: type === 'form' ? forms.reference(shape.kind) : undefined,
    nodes: type === 'botAction' ? shape.uses.map((at) => ({ componentId: ids.id(at) })) : undefined,
    localeData: { en: {} },
    odd: shape.odd,
  });
}

function taskOf(kind: string, shape: Shape, index: number): Json {
  const { name, state, odd } = shape;
  return present({ _id: idOf(kind, index, shape.form), refId: `${kind} ref ${index}`, name, state, odd });
}

function kindOf(shape: Shape, index: number, ids: Ids, dialogs: Ids): Json {
  const integrations = shape.calls.map((at) => ({ type: 'dialog', resourceId: dialogs.reference(at) }));
  const { name, state } = shape;
  return present({ name, displayName: `Form ${name}`, refId: ids.reference(index), integrations, state });
}

const parts = fc.record({
  dialogs: fc.array(shape, { minLength: 1, maxLength: 7 }),
  components: fc.array(shape, { maxLength: 8 }),
  forms: fc.array(shape, { maxLength: 3 }),
  actions: fc.array(shape, { maxLength: 2 }),
  alerts: fc.array(shape, { maxLength: 2 }),
  events: manyPositions,
  moods: manyPositions,
  questions: manyPositions,
  flows: manyPositions,
  variables: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 }),
  oddItems: fc.array(oddValue, { maxLength: 3 }),
  oddSections: fc.dictionary(
    fc.constantFrom('«10»', 'zz', 'constructor', 'channels', '"', 'class'),
    oddValue,
  ),
});

/** A bot and what can be asked of it. */
export interface AnyBot {
  /** JSON text. */
  definition: string;
  config: string;
  /** The definition parsed, for naive readings of it. */
  parsed: Json;
  /** Ids or, where they have none, refIds of the dialogs. */
  dialogs: string[];
  forms: string[];
}

export interface Taming {
  /** No states, so that nothing is left out but by choice. */
  stateless?: boolean;
}

export function anyBot({ stateless = false }: Taming = {}): fc.Arbitrary<AnyBot> {
  return parts.map((made) => {
    const calm = (shapes: Shape[]) =>
      stateless ? shapes.map((one) => ({ ...one, state: undefined })) : shapes;
    const dialogs = new Ids('dg', made.dialogs);
    const components = new Ids('dc', made.components);
    const forms = new Ids('form', made.forms);
    const sections: Json = {
      _id: 'st-any',
      purpose: 'customer',
      ...made.oddSections,
      type: 'default',
      defaultLanguage: 'en',
      localeData: { en: { name: 'Any bot' } },
      botEvents: Object.fromEntries(
        made.events.map((at, index) => [`EVENT_${index}`, { enabled: true, task: dialogs.reference(at) }]),
      ),
      botSentimentEvents: [...made.moods.map((at) => ({ task: dialogs.reference(at) })), ...made.oddItems],
      actions: calm(made.actions).map((one, index) => taskOf('a', one, index)),
      alerts: calm(made.alerts).map((one, index) => taskOf('al', one, index)),
      patterns: made.components.map((_, index) => ({ refId: components.refId(index) })),
      dialogComponents: made.components.map((one, index) =>
        componentOf(one, index, components, dialogs, forms),
      ),
      dialogs: calm(made.dialogs).map((one, index) => dialogOf(one, index, dialogs, components)),
      scenes: made.dialogs.map((_, index) => ({ _id: `sn-${index}`, dialogRefId: dialogs.refId(index) })),
      sceneComponents: made.dialogs.map((_, index) => ({ _id: `snc-${index}`, sceneId: `sn-${index}` })),
      knowledgeTasks: [
        { faqs: { faqs: made.questions.map((at) => ({ dialogRefId: dialogs.reference(at) })) } },
      ],
      forms: calm(made.forms).map((one, index) => kindOf(one, index, forms, dialogs)),
      experienceFlows: made.flows.map((at, index) => ({
        _id: `ef-${index}`,
        nodes: [{ dialogRefId: dialogs.reference(at) }],
      })),
      unexportedTasks: [],
      sentences: made.components.map((_, index) => ({ _id: `s-${index}`, taskId: components.id(index) })),
      mlParams: [{ language: 'en', dialogIntents: made.dialogs.map((_, index) => dialogs.reference(index)) }],
      contentVariables: made.variables.map((key) => ({ key, value: '«huge»' })),
      oddItems: made.oddItems,
      encryptedHash: '',
    };
    const envVariables = [...made.variables.map((key) => ({ key, value: '«long»' })), ...made.oddItems];
    const definition = asJson(sections);
    return {
      definition,
      config: asJson({ name: 'Any bot', envVariables }),
      parsed: JSON.parse(definition) as Json,
      dialogs: made.dialogs.map((_, index) => dialogs.id(index)),
      forms: made.forms.map((_, index) => forms.reference(index)),
    };
  });
}

const components: Record<string, string[]> = {
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings', 'BOTSETTINGS'],
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms', 'bottask'],
  nlpData: ['nlpSettings', 'utterances', 'patterns', 'standardResponses', 'training_data', 'defaultDialog'],
  AgentAI: ['rules', 'playbooks'],
  AgentAssist: ['rules', 'widgetSettings'],
  botComponents: ['linkedBots', 'smallTalk'],
};

/** Lists of components that are all known, in any order. */
export const anyComponents: fc.Arbitrary<Json> = fc
  .record(
    Object.fromEntries(
      Object.entries(components).map(([family, values]) => [family, fc.shuffledSubarray(values)] as const),
    ),
    { requiredKeys: [] },
  )
  .filter((lists) => Object.values(lists).some((values) => values?.length));

const nonsense = fc.oneof(fc.constantFrom<unknown>('botTask', ['botTsk'], ['']), oddValue);

const anyOptions = fc.record(
  {
    botVariables: fc.oneof(
      nonsense,
      fc.record(
        {
          ignore: fc.oneof(fc.subarray(names), nonsense),
          ignoreEnvironmentVariables: fc.oneof(fc.boolean(), nonsense),
          ignoreContentVariables: fc.oneof(fc.boolean(), nonsense),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

/** Names of tasks a bot may or may not have. */
const anyNames = fc.array(fc.oneof(fc.constantFrom(...names, 'GRÜSSE', 'nobody'), fc.string()), {
  maxLength: 3,
});

const seldom = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: rare });

const anySubTasks = (bot: AnyBot): fc.Arbitrary<Record<string, string[]>> =>
  seldom(
    fc.record(
      {
        dialogs: seldom(fc.shuffledSubarray(bot.dialogs), anyNames),
        forms: seldom(fc.shuffledSubarray(bot.forms), anyNames),
        actions: seldom(fc.constant([]), anyNames),
        alerts: seldom(fc.constant([]), anyNames),
        experienceFlows: seldom(fc.constant([]), anyNames),
      },
      { requiredKeys: [] },
    ),
    fc.dictionary(fc.constantFrom('constructor', '__proto__', 'dialog', 'widgets'), anyNames),
  );

/** A request of any kind, sensible or not, as far as its types go. */
export function anyRequest(bot: AnyBot): fc.Arbitrary<Asked> {
  const nested = fc.record(
    {
      options: anyOptions,
      subTasks: fc.oneof(anySubTasks(bot), nonsense),
      IncludeDependentTasks: fc.oneof(fc.boolean(), nonsense),
      customDashboards: nonsense,
    },
    { requiredKeys: [] },
  );
  const lists = fc.oneof(
    { weight: 9, arbitrary: anyComponents },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('tasks', 'nlpData', 'constructor', '__proto__'), nonsense),
    },
  );
  const exportOptions = fc.tuple(lists, nested).map(([chosen, others]): Json => ({ ...chosen, ...others }));
  return fc.record(
    {
      exportType: fc.constantFrom('latest' as const, 'published' as const),
      exportOptions,
      subTasks: anySubTasks(bot),
      IncludeDependentTasks: fc.boolean(),
      IncludeFormDependentTasks: fc.boolean(),
      customDashboards: fc.boolean(),
    },
    { requiredKeys: [] },
  );
}

/** Some dialogs, and maybe forms, of a bot by their ids, with what they need or without, and some components. */
export function anyChoice(bot: AnyBot): fc.Arbitrary<Asked> {
  return fc.record(
    {
      exportOptions: anyComponents,
      subTasks: fc.record(
        {
          dialogs: fc.shuffledSubarray(bot.dialogs, { minLength: 1 }),
          forms: fc.shuffledSubarray(bot.forms),
        },
        { requiredKeys: ['dialogs'] },
      ),
      IncludeDependentTasks: fc.boolean(),
    },
    { requiredKeys: ['subTasks'] },
  );
}
