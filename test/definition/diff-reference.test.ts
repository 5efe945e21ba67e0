import { describe, expect, test } from 'vitest';
import { botInMemory, compareBots, differenceOf, wordsOf } from '../support/differences.ts';
import { referenceBots, referencePairs } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import type { Json } from '../support/server.ts';

const bots = [...sampleBots(), ...referenceBots()];

describe('a bot and itself', () => {
  test.each(bots)('$name', async ({ definition, config }) => {
    const bot = await botInMemory({ definition, config });
    const { difference, read } = await compareBots(bot, bot);
    expect(difference).toMatchObject({ same: true, sections: [] });
    expect(read).toEqual([]);
  });
});

/** Sections that a whole bot and a part of it both have as lists, with the number of their items. */
function listsOf(from: Json, to: Json) {
  return Object.keys(from).flatMap((key) => {
    const [before, after] = [from[key], to[key] ?? []];
    return Array.isArray(before) && Array.isArray(after) ? [{ key, before, after }] : [];
  });
}

describe('a bot and a real export of a part of it', () => {
  test.each(referencePairs())('$name', async ({ source, expected }) => {
    const difference = await differenceOf(source, expected);
    const [from, to] = [source, expected].map(({ definition }) => JSON.parse(String(definition)) as Json);
    for (const { key, before, after } of listsOf(from ?? {}, to ?? {})) {
      const counts = difference.sections.find(({ section }) => section === key)?.counts;
      // The law of every list: what was there, less what went, and what came.
      expect([key, before.length - (counts?.removed ?? 0) + (counts?.added ?? 0)]).toEqual([
        key,
        after.length,
      ]);
    }
    // Both were made in the same moment: nothing in them was renewed, made anew, or put elsewhere.
    expect({ ...difference.noise, keys: 0 }).toEqual({
      times: 0,
      authors: 0,
      ids: 0,
      order: 0,
      keys: 0,
      counters: 0,
      drawing: 0,
    });
    expect(difference.counts.added).toBe(0);
    expect(difference.counts.moved).toBe(0);
  });
});

/** Exports of one bot, of different days. */
const days = ['aug17a', 'aug17b', 'aug23', 'sep12', 'oct23a', 'oct23b'];
const pairs = referencePairs();
const onDay = (day: string) => pairs.find(({ name }) => name.startsWith(`${day}-all`))?.source;

describe.skipIf(pairs.length === 0)('a real bot, from one day to another', () => {
  const between = async (one: string, other: string) => {
    const [from, to] = [onDay(one), onDay(other)];
    if (!from || !to) throw new Error('the reference bots are others');
    return differenceOf(from, to);
  };

  test('tells that an utterance was added, and nothing of what the platform renewed', async () => {
    const difference = await between('aug17a', 'aug17b');
    expect(wordsOf(difference)).toEqual(['added utterance "new new" of "AgentT"']);
    expect(difference.noise).toMatchObject({ times: 1, ids: 28, counters: 1 });
  });

  test('tells that a dialog got another name, wherever the name stands', async () => {
    const difference = await between('aug23', 'sep12');
    expect(wordsOf(difference)).toEqual([
      'added language setting "ML_RemovePunctuation"',
      'changed patterns of "AgentTransfer"',
      'changed node "AgentTransfer" (intent) of dialog "AgentTransfer"',
      'changed dialog "AgentTransfer"',
      'changed scene "AgentTransfer"',
      'added utterance "I am fallback" of "Fallback_Task"',
    ]);
  });

  test('takes the new order after a publish for noise', async () => {
    const difference = await between('aug17b', 'aug23');
    expect(difference.sections.find(({ section }) => section === 'dialogs')).toMatchObject({
      counts: { added: 0, removed: 0, changed: 0, moved: 0 },
      noise: { order: 5 },
    });
  });

  test.each(days.slice(1))('has as many items as the counts say, up to %s', async (day) => {
    const before = days[days.indexOf(day) - 1] ?? '';
    const difference = await between(before, day);
    const [from, to] = [onDay(before), onDay(day)].map(
      (files) => JSON.parse(String(files?.definition)) as Json,
    );
    for (const { key, before: old, after } of listsOf(from ?? {}, to ?? {})) {
      const counts = difference.sections.find(({ section }) => section === key)?.counts;
      expect([key, old.length - (counts?.removed ?? 0) + (counts?.added ?? 0)]).toEqual([key, after.length]);
    }
  });
});
