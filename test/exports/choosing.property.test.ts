import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reason } from '../../src/definition/choose-tasks.ts';
import type { SubTaskKind } from '../../src/definition/options.ts';
import { stubOf } from '../../src/definition/stub.ts';
import { BotportError } from '../../src/errors.ts';
import { explain } from '../../src/exports/explain.ts';
import type { Resolved } from '../../src/exports/resolve.ts';
import { layOut } from '../../src/json/layout.ts';
import {
  closure,
  componentsOf,
  type Holder,
  nameOf,
  others,
  sectionsOfDialogs,
  textsOf,
} from '../definition/naive-choice.ts';
import { type AnyBot, anyBot, anyChoice, anyComponents, anyRequest } from './any-bot.ts';
import {
  type Asked,
  botsAtHand,
  type Exported,
  exportBot,
  type HeldBot,
  holdBot,
  itemTexts,
  type Json,
  objectsOf,
  ownSections,
  resolveRequest,
  sectionTexts,
} from './choosing-kit.ts';

/*
 * Laws of choosing, over bots nobody would make and over real ones.
 */

const numRuns = 80;

/** A bot, held, with something to ask of it. */
type Case = [bot: AnyBot, asked: Asked];

const stateless = anyBot({ stateless: true });
const withChoice: fc.Arbitrary<Case> = stateless.chain((bot) => fc.tuple(fc.constant(bot), anyChoice(bot)));
const withRequest: fc.Arbitrary<Case> = anyBot().chain((bot) => fc.tuple(fc.constant(bot), anyRequest(bot)));

function always<T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, law), { numRuns });
}

/** The real bots as cases: each with some choices of its dialogs. */
async function onRealBots(law: (bot: AnyBot, asked: Asked, held: HeldBot) => Promise<void>): Promise<void> {
  for (const { definition, config } of botsAtHand()) {
    const parsed: Json = JSON.parse(definition.toString());
    const bot: AnyBot = {
      definition: definition.toString(),
      config: config.toString(),
      parsed,
      dialogs: objectsOf(parsed, 'dialogs').map(nameOf),
      forms: objectsOf(parsed, 'forms').map(nameOf),
    };
    const held = await holdBot(bot);
    for (const asked of fc.sample(anyChoice(bot), { numRuns: 3, seed: 42 })) await law(bot, asked, held);
  }
}

const reverse = (values: readonly string[]) => values.toReversed();

/** The same request, put the other way round. */
function reversed(asked: Asked): Asked {
  const subTasks = Object.entries(asked.subTasks ?? {}).map(([kind, list]) => [kind, reverse(list)] as const);
  return { ...asked, subTasks: Object.fromEntries(subTasks.toReversed()) };
}

/** Whether the request takes the dialogs as more than stubs of which nothing leads on. */
const chooses = (asked: Asked, family: string, value: string): boolean => {
  if (!asked.exportOptions) return true;
  const list = asked.exportOptions[family];
  return Array.isArray(list) && list.some((one) => String(one).toLowerCase() === value.toLowerCase());
};

/** What can lead to dialogs in an export. */
function holdersIn(asked: Asked): Holder[] {
  return [
    ...(chooses(asked, 'tasks', 'botTask') ? (['dialogs'] as const) : []),
    ...(chooses(asked, 'nlpData', 'nlpSettings') ? (['events'] as const) : []),
    ...(chooses(asked, 'tasks', 'knowledgeGraph') ? (['questions'] as const) : []),
    ...(chooses(asked, 'tasks', 'forms') ? (['forms'] as const) : []),
  ];
}

/** The names of the tasks of a kind that a resolved request keeps. */
function kept(bot: AnyBot, { choice }: Resolved, kind: SubTaskKind): Set<string> {
  const tasks = choice?.kept.get(kind);
  const items = objectsOf(bot.parsed, kind).filter((_, index) => tasks?.has(index) ?? true);
  return new Set(items.map(nameOf));
}

describe('any request of any bot', () => {
  test('gives an archive of the size its recipe says, with canonical JSON in it, or is refused', async () => {
    let made = 0;
    await always(withRequest, async ([bot, asked]) => {
      const exported = await exportOrRefusal(await holdBot(bot), asked);
      if (!exported) return;
      made += 1;
      expect(exported.size).toBe(exported.recipe.size);
      for (const text of [exported.definition, exported.config])
        expect(layOut(text, 0, 'it').text).toBe(text);
    });
    expect(made).toBeGreaterThan(numRuns / 10);
  });

  test('can be explained', async () => {
    await always(withRequest, async ([bot, asked]) => {
      const held = await holdBot(bot);
      const exported = await exportOrRefusal(held, asked);
      if (exported) explain(held.manifest, held.references, exported.resolved);
    });
  });
});

async function exportOrRefusal(held: HeldBot, asked: Asked): Promise<Exported | undefined> {
  try {
    return await exportBot(held, asked);
  } catch (error) {
    if (error instanceof BotportError && error.type !== 'internal') return undefined;
    throw error;
  }
}

describe('everything, chosen one by one,', () => {
  const all: Asked = {
    exportOptions: {
      settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
      tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
      nlpData: ['nlpSettings', 'utterances', 'patterns', 'standardResponses'],
      AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
    },
  };

  const isWhole = async (bot: AnyBot, held: HeldBot) => {
    const whole = await exportBot(held);
    const { dialogs, forms } = bot;
    const oneByOne = await exportBot(held, { subTasks: { dialogs, forms } });
    expect(oneByOne.definition).toBe(whole.definition);
    expect(oneByOne.recipe.digest).toBe(whole.recipe.digest);
    expect(ownSections((await exportBot(held, all)).definition)).toEqual(ownSections(whole.definition));
  };

  test('is everything, of any bot', async () => {
    await always(stateless, async (bot) => isWhole(bot, await holdBot(bot)));
  });

  test('is everything, of real bots', async () => {
    await onRealBots((bot, _asked, held) => isWhole(bot, held));
  });
});

describe('the parts put together', () => {
  /** Of each section the item texts that are in an export of any one dialog. */
  async function unionOfDialogs(bot: AnyBot, held: HeldBot): Promise<Map<string, Set<string>>> {
    const union = new Map<string, Set<string>>();
    for (const dialog of bot.dialogs) {
      const sections = sectionTexts((await exportBot(held, { subTasks: { dialogs: [dialog] } })).definition);
      for (const [key, text] of sections) {
        const known = union.get(key) ?? new Set();
        union.set(key, new Set([...known, ...itemTexts(text)]));
      }
    }
    return union;
  }

  const dialogSections = [
    'dialogs',
    'dialogComponents',
    'patterns',
    'sentences',
    'scenes',
    'sceneComponents',
  ];

  test('of every single dialog are all dialogs and all that belongs to them, of any bot', async () => {
    const several = stateless.filter(({ dialogs }) => dialogs.length > 1);
    await always(several, async (bot) => {
      const union = await unionOfDialogs(bot, await holdBot(bot));
      const belonging = sectionsOfDialogs(bot.parsed, new Set(bot.dialogs));
      const laidOut = sectionTexts(layOut(bot.definition, 0, 'the bot').text);
      for (const key of dialogSections) {
        const items = itemTexts(laidOut.get(key)).filter((_, index) => belonging.get(key)?.has(index));
        expect([key, union.get(key)]).toEqual([key, new Set(items)]);
      }
    });
  });

  test('of every single component are the whole, of real bots', async () => {
    for (const bot of botsAtHand()) {
      const held = await holdBot(bot);
      const union = new Map<string, Set<string>>();
      for (const exportOptions of singleComponents) {
        for (const [key, text] of ownSections((await exportBot(held, { exportOptions })).definition)) {
          union.set(key, (union.get(key) ?? new Set()).add(text));
        }
      }
      for (const [key, text] of ownSections(bot.definition.toString())) {
        expect([key, union.get(key)?.has(text)]).toEqual([key, true]);
      }
    }
  });
});

const singleComponents: Json[] = Object.entries({
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
  nlpData: ['nlpSettings', 'utterances', 'patterns', 'standardResponses'],
  AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
}).flatMap(([family, values]) => values.map((value) => ({ [family]: [value] })));

describe('choosing', () => {
  /**
   * A request that can be put to its own result: forms it has not chosen are gone by then, and stubs have forgotten
   * what they need.
   */
  const repeatable = ({ IncludeDependentTasks = false, ...asked }: Asked): Asked => ({
    ...asked,
    subTasks: chooses(asked, 'tasks', 'forms') ? asked.subTasks : { ...asked.subTasks, forms: [] },
    IncludeDependentTasks: IncludeDependentTasks && chooses(asked, 'tasks', 'botTask'),
  });

  const twice = async (held: HeldBot, asked: Asked) => {
    const once = await exportBot(held, asked);
    const again = await exportBot(await holdBot(once), asked);
    expect(again.definition).toBe(once.definition);
    expect(again.config).toBe(once.config);
  };

  test('again from what was chosen changes nothing, for any bot', async () => {
    await always(withChoice, async ([bot, asked]) => twice(await holdBot(bot), repeatable(asked)));
  });

  test('again from what was chosen changes nothing, for real bots', async () => {
    await onRealBots((_bot, asked, held) => twice(held, repeatable(asked)));
  });

  test('components again from what was chosen changes nothing, states or none', async () => {
    await always(fc.tuple(anyBot(), anyComponents), async ([bot, exportOptions]) =>
      twice(await holdBot(bot), { exportOptions }),
    );
  });

  test('again by the record of what was chosen changes nothing but the record', async () => {
    await always(withChoice, async ([bot, asked]) => {
      const once = await exportBot(await holdBot(bot), asked);
      const { exportOptions } = JSON.parse(once.definition);
      const again = await exportBot(await holdBot(once), { exportOptions });
      expect(ownSections(again.definition)).toEqual(ownSections(once.definition));
    });
  });

  const eitherWay = async (held: HeldBot, asked: Asked) => {
    const [one, other] = [await exportBot(held, asked), await exportBot(held, reversed(asked))];
    expect(other.definition).toBe(one.definition);
    expect(other.recipe.digest).toBe(one.recipe.digest);
    expect(other.resolved.choice).toEqual(one.resolved.choice);
  };

  test('does not depend on the order tasks are asked for, of any bot', async () => {
    await always(withChoice, async ([bot, asked]) => eitherWay(await holdBot(bot), asked));
  });

  test('does not depend on the order tasks are asked for, of real bots', async () => {
    await onRealBots((_bot, asked, held) => eitherWay(held, asked));
  });
});

describe('a choice with what it needs', () => {
  const dependent = withChoice.map(([bot, asked]): Case => [bot, { ...asked, IncludeDependentTasks: true }]);

  const isClosure = async (bot: AnyBot, asked: Asked, held: HeldBot) => {
    const resolved = await resolveRequest(held, { ...asked, IncludeDependentTasks: true });
    const { dialogs = [], forms } = asked.subTasks ?? {};
    const holders = holdersIn(asked);
    const chosenForms = forms?.length ? forms : undefined;
    const needed = closure(bot.parsed, { dialogs, forms: chosenForms }, holders);
    expect(kept(bot, resolved, 'dialogs')).toEqual(needed.dialogs);
    if (holders.includes('forms')) expect(kept(bot, resolved, 'forms')).toEqual(needed.forms);
  };

  test('is closed and holds nothing more, of any bot', async () => {
    await always(dependent, async ([bot, asked]) => isClosure(bot, asked, await holdBot(bot)));
  });

  test('is closed and holds nothing more, of real bots', async () => {
    await onRealBots(isClosure);
  });

  test('grows by nothing when what it brought along is asked for, too', async () => {
    await always(dependent, async ([bot, asked]) => {
      const held = await holdBot(bot);
      const first = await resolveRequest(held, asked);
      const dialogs = [...kept(bot, first, 'dialogs')];
      const second = await resolveRequest(held, { ...asked, subTasks: { ...asked.subTasks, dialogs } });
      expect(kept(bot, second, 'dialogs')).toEqual(new Set(dialogs));
    });
  });

  test('has for each task a chain of reasons that is real, of any bot', async () => {
    await always(dependent, async ([bot, asked]) => {
      const { choice } = await resolveRequest(await holdBot(bot), asked);
      if (choice) expectRealReasons(bot, asked, choice.kept);
    });
  });

  test('has for each task a chain of reasons that is real, of real bots', async () => {
    await onRealBots(async (bot, asked, held) => {
      const { choice } = await resolveRequest(held, { ...asked, IncludeDependentTasks: true });
      if (choice) expectRealReasons(bot, asked, choice.kept);
    });
  });
});

type Kept = ReadonlyMap<SubTaskKind, ReadonlyMap<number, Reason>>;

/** Follows every reason back: each holder names the task, and the last task was asked for or needs no asking. */
function expectRealReasons(bot: AnyBot, asked: Asked, kept: Kept): void {
  for (const [kind, tasks] of kept) {
    for (const index of tasks.keys()) expectRealChain(bot, asked, kept, kind, index);
  }
}

function expectRealChain(bot: AnyBot, asked: Asked, kept: Kept, kind: SubTaskKind, start: number): void {
  const seen = new Set<string>();
  let [section, index] = [kind, start];
  for (;;) {
    expect(seen).not.toContain(`${section} ${index}`);
    seen.add(`${section} ${index}`);
    const item = objectsOf(bot.parsed, section)[index] ?? {};
    const reason = kept.get(section)?.get(index);
    if (reason?.by !== 'reference') {
      // Forms that nothing restricts are all in.
      const wasAsked = reason ? asked.subTasks?.[section]?.includes(nameOf(item)) : section === 'forms';
      expect(wasAsked).toBe(true);
      return;
    }
    const { holder, task } = reason;
    expect(mentions(bot, holderIn(bot, holder), item)).toBe(true);
    if (!task || alwaysIn.includes(task.section)) {
      expect(alwaysIn).toContain(holder.section);
      return;
    }
    [section, index] = [task.section as SubTaskKind, task.index];
  }
}

/** What starts dialogs without being asked for by name. */
const alwaysIn = ['botEvents', 'botSentimentEvents', 'knowledgeTasks'];

function holderIn({ parsed }: AnyBot, { section, index }: { section: string; index: number }): unknown {
  return index < 0 ? parsed[section] : objectsOf(parsed, section)[index];
}

/** Whether a value names a thing by its id or refId, or an intent of it. */
function mentions({ parsed }: AnyBot, value: unknown, { _id, refId }: Json): boolean {
  const intents = objectsOf(parsed, 'dialogComponents').filter(
    ({ type, dialogId }) => type === 'intent' && dialogId === _id,
  );
  const names = [_id, refId, ...intents.flatMap((intent) => [intent._id, intent.refId])];
  const text = JSON.stringify(value);
  return names.some((name) => name !== undefined && text.includes(JSON.stringify(name)));
}

describe('a stub', () => {
  test('of a stub is the stub', async () => {
    await always(anyBot(), async (bot) => {
      const sections = sectionTexts(layOut(bot.definition, 0, 'the bot').text);
      for (const key of ['dialogs', 'dialogComponents', 'mlParams']) {
        for (const item of itemTexts(sections.get(key))) {
          const stub = stubOf(key, item);
          expect(stubOf(key, stub)).toBe(stub);
          expect(stub).toBe(layOut(stub, 2, 'it').text);
        }
      }
    });
  });
});

describe('a reference that leads to nothing in the export', () => {
  /** What dialogs of an export refer to and does not have: the values, and whether there is no such thing. */
  function danglingIn(definition: Json): Set<string> {
    const has = (section: string, value: string) =>
      objectsOf(definition, section).some(({ _id, refId }) => value === _id || value === refId);
    const dialogs = objectsOf(definition, 'dialogs');
    // Components no dialog uses speak for nobody.
    const used = dialogs.flatMap((dialog) => [dialog, ...componentsOf(definition, dialog)]);
    const calls = [
      ...textsOf(used, 'flowTaskId'),
      ...others.events(definition),
      ...others.questions(definition),
      ...others.flows(definition),
      ...textsOf(definition.forms, 'resourceId'),
    ];
    return new Set([
      ...textsOf(used, 'componentId').filter((value) => !has('dialogComponents', value)),
      ...calls.filter((value) => value !== '' && !has('dialogs', value)),
    ]);
  }

  const areListed = async (_bot: AnyBot, asked: Asked, held: HeldBot) => {
    const { definition, resolved } = await exportBot(held, asked);
    const { dangling } = explain(held.manifest, held.references, resolved);
    const listed = new Set(dangling.map(({ to }) => to.value));
    for (const value of danglingIn(JSON.parse(definition))) expect(listed).toContain(value);
  };

  const areMissing = async (_bot: AnyBot, asked: Asked, held: HeldBot) => {
    const { definition, resolved } = await exportBot(held, asked);
    const exported: Json = JSON.parse(definition);
    const there = ['dialogs', 'dialogComponents', 'forms'].flatMap((section) =>
      objectsOf(exported, section).flatMap(({ _id, refId }) => [_id, refId]),
    );
    const { dangling } = explain(held.manifest, held.references, resolved);
    const named = dangling.filter(({ to }) => ['dialog', 'component', 'form'].includes(to.what));
    for (const { to } of named) expect(there).not.toContain(to.value);
  };

  test('is listed, for any bot', async () => {
    await always(withChoice, async ([bot, asked]) => areListed(bot, asked, await holdBot(bot)));
  });

  test('is listed, for real bots', async () => {
    await onRealBots(areListed);
  });

  test('is listed only if it leads to nothing, for any bot', async () => {
    await always(withChoice, async ([bot, asked]) => areMissing(bot, asked, await holdBot(bot)));
  });

  test('is listed only if it leads to nothing, for real bots', async () => {
    await onRealBots(areMissing);
  });
});
