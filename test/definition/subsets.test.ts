import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Asked,
  botsAtHand,
  exportBot,
  heldOnce,
  holdSections,
  itemTexts,
  type Json,
  objectsOf,
  ownSections,
  sectionTexts,
} from '../exports/choosing-kit.ts';
import type { ReferenceBot } from '../support/reference.ts';
import { smallDefinition } from '../support/server.ts';
import { dialogsNeeded, sectionsOfDialogs } from './naive-choice.ts';

/*
 * What is left of a bot of which some dialogs are chosen, against a second, naive reading of the same rules.
 */

const parse = (bot: ReferenceBot): Json => JSON.parse(bot.definition.toString());

const bots = botsAtHand().filter((bot) => objectsOf(parse(bot), 'dialogs').length > 1);

/** Some choices of a bot's dialogs by their ids, in any order; always the same ones. */
function someChoices(definition: Json): string[][] {
  const ids = objectsOf(definition, 'dialogs').map(({ _id }) => String(_id));
  const some = fc.shuffledSubarray(ids, { minLength: 1, maxLength: ids.length - 1 });
  return fc.sample(some, { numRuns: 6, seed: 42 });
}

type Judge = (more: Asked, verdict: (chosen: string[], definition: string) => void) => Promise<void>;

/** Judges the exports of some choices of a bot's dialogs; each is made once. */
function judgeOf(bot: ReferenceBot): Judge {
  const held = heldOnce(() => bot);
  const made = new Map<string, Promise<string>>();
  const exported = (asked: Asked) => {
    const key = JSON.stringify(asked);
    const known = made.get(key) ?? held().then(async (one) => (await exportBot(one, asked)).definition);
    made.set(key, known);
    return known;
  };
  return async (more, verdict) => {
    for (const dialogs of someChoices(parse(bot))) {
      verdict(dialogs, await exported({ ...more, subTasks: { dialogs } }));
    }
  };
}

const judgedByItems = ['dialogs', 'dialogComponents', 'patterns', 'sentences', 'scenes', 'sceneComponents'];
const edited = ['mlParams', 'botEvents'];

describe.each(bots)('some dialogs of $name', (bot) => {
  const source = parse(bot);
  const judge = judgeOf(bot);
  const sourceTexts = ownSections(bot.definition.toString());

  test.each(judgedByItems)('leave of %s exactly what is theirs, each item to the letter', async (section) => {
    const items = itemTexts(sourceTexts.get(section));
    await judge({}, (chosen, definition) => {
      const expected = sectionsOfDialogs(source, new Set(chosen)).get(section);
      const kept = itemTexts(sectionTexts(definition).get(section));
      expect(kept).toEqual(items.filter((_, index) => expected?.has(index)));
    });
  });

  test('are alone in the lists of dialogs to train', async () => {
    await judge({}, (chosen, definition) => {
      const dialogs = objectsOf(source, 'dialogs').filter(({ _id }) => chosen.includes(String(_id)));
      const refIds = dialogs.map(({ refId }) => refId);
      const expected = objectsOf(source, 'mlParams').map((item) => ({
        ...item,
        ...(item.dialogIntents
          ? { dialogIntents: (item.dialogIntents as unknown[]).filter((refId) => refIds.includes(refId)) }
          : {}),
      }));
      expect(JSON.parse(definition).mlParams).toEqual(expected);
    });
  });

  test('leave those events on that start one of them, or none', async () => {
    await judge({}, (chosen, definition) => {
      const left = objectsOf(source, 'dialogs').filter(({ _id }) => !chosen.includes(String(_id)));
      const gone = new Set(left.map(({ refId }) => refId));
      const events = Object.entries(source.botEvents as Record<string, Json>).map(([name, event]) => [
        name,
        gone.has(event.task) ? { ...event, enabled: false } : event,
      ]);
      expect(JSON.parse(definition).botEvents).toEqual(Object.fromEntries(events));
    });
  });

  test('leave all other sections as they are, in their order', async () => {
    await judge({}, (_chosen, definition) => {
      const sections = ownSections(definition);
      expect([...sections.keys()]).toEqual([...sourceTexts.keys()]);
      for (const [key, text] of sections) {
        if (judgedByItems.includes(key) || edited.includes(key)) continue;
        expect([key, text]).toEqual([key, sourceTexts.get(key)]);
      }
    });
  });

  const inWith = (definition: string) =>
    new Set(objectsOf(JSON.parse(definition), 'dialogs').map(({ _id }) => String(_id)));

  test('bring those along that they need, events and questions included', async () => {
    await judge({ IncludeDependentTasks: true }, (chosen, definition) => {
      const holders = ['events', 'questions', 'forms'] as const;
      expect(inWith(definition)).toEqual(dialogsNeeded(source, chosen, holders));
    });
  });

  test('bring only those along that they call, where nothing else is in the export', async () => {
    const exportOptions = { tasks: ['botTask'], settings: ['botSettings'] };
    await judge({ IncludeDependentTasks: true, exportOptions }, (chosen, definition) => {
      expect(inWith(definition)).toEqual(dialogsNeeded(source, chosen, []));
    });
  });

  test('bring those along that questions lead to, where questions are in the export', async () => {
    const exportOptions = { tasks: ['botTask', 'knowledgeGraph'] };
    await judge({ IncludeDependentTasks: true, exportOptions }, (chosen, definition) => {
      expect(inWith(definition)).toEqual(dialogsNeeded(source, chosen, ['questions']));
    });
  });
});

describe('an event', () => {
  const dialogs = ['in', 'out'].map((name) => ({ _id: `id-${name}`, refId: `ref-${name}`, lname: name }));
  const eventsWith = async (botEvents: unknown) => {
    const bot = await holdSections(smallDefinition({ dialogs, botEvents }));
    const { definition } = await exportBot(bot, { subTasks: { dialogs: ['in'] } });
    return JSON.parse(definition).botEvents;
  };

  test('that starts a dialog that is left out is switched off, and keeps all else', async () => {
    const event = { enabled: true, action: 'triggerDialog', task: 'ref-out', note: [1] };
    expect(await eventsWith({ A: event })).toEqual({ A: { ...event, enabled: false } });
  });

  test('is switched off just so where it names the dialog by its id', async () => {
    expect(await eventsWith({ A: { enabled: true, task: 'id-out' } })).toEqual({
      A: { enabled: false, task: 'id-out' },
    });
  });

  test('that starts none, or one that is in or was never there, stays as it is', async () => {
    const botEvents = {
      A: { enabled: true, task: 'ref-in' },
      B: { enabled: true, task: null },
      C: { enabled: true, task: 'ref-unknown' },
      D: { enabled: true },
      E: 'no event at all',
    };
    expect(await eventsWith(botEvents)).toEqual(botEvents);
  });

  test.each([[[{ enabled: true, task: 'ref-out' }]], [null], ['text'], [7], [{}], [[]]])(
    'section that is no object of events stays as it is: %j',
    async (botEvents) => expect(await eventsWith(botEvents)).toEqual(botEvents),
  );

  test('section that is a long list stays as it is', async () => {
    const botEvents = Array.from({ length: 200 }, (_, index) => ({ task: 'ref-out', index }));
    expect(await eventsWith(botEvents)).toEqual(botEvents);
  });

  test('stays on where another dialog of the same refId is in', async () => {
    const twins = [...dialogs, { _id: 'id-twin', refId: 'ref-out', lname: 'twin' }];
    const botEvents = { A: { enabled: true, task: 'ref-out' } };
    const bot = await holdSections(smallDefinition({ dialogs: twins, botEvents }));
    const { definition } = await exportBot(bot, { subTasks: { dialogs: ['twin'] } });
    expect(JSON.parse(definition).botEvents).toEqual(botEvents);
  });
});

describe('a section that is null', () => {
  test.each(judgedByItems.slice(1).concat('mlParams'))(
    'stays null where dialogs are chosen: %s',
    async (section) => {
      const dialogs = ['in', 'out'].map((lname) => ({ _id: lname, lname }));
      const bot = await holdSections(smallDefinition({ dialogs, [section]: null }));
      const { definition } = await exportBot(bot, { subTasks: { dialogs: ['in'] } });
      expect(JSON.parse(definition)[section]).toBeNull();
    },
  );
});
