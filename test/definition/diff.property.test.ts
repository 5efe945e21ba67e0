import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isId, isOwnId } from '../../src/definition/diff/ids.ts';
import { isObject } from '../../src/definition/item.ts';
import { botInMemory, compareBots, differenceOf } from '../support/differences.ts';
import { type Json, smallDefinition } from '../support/server.ts';
import { bank, fullDefinition } from './full-bot.ts';

const uuid = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;

/** One edit of a list of items: what somebody did to the bot. */
type Edit = { do: 'add' } | { do: 'remove' | 'change' | 'touch' | 'renew'; item: number };

const edits = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const) }),
    fc.record({
      do: fc.constantFrom('remove' as const, 'change' as const, 'touch' as const, 'renew' as const),
      item: fc.nat(59),
    }),
  ),
  { maxLength: 12 },
);

const filler = 'as ever '.repeat(200);
const dialog = (n: number): Json => ({
  _id: `dg-${uuid(n)}`,
  refId: uuid(n + 5000),
  lname: `dialog ${n}`,
  localeData: { en: { name: `Dialog ${n}` } },
  words: filler,
  lastModifiedOn: 'then',
});
const original = Array.from({ length: 60 }, (_, n) => dialog(n));

/** The edited list, and what a difference has to tell of it. */
function edited(list: readonly Edit[]) {
  const items = new Map(original.map((item, n) => [n, { ...item }]));
  const expected = { added: new Set<string>(), removed: new Set<string>(), changed: new Set<string>() };
  let next = 1000;
  for (const edit of list) {
    if (edit.do === 'add') {
      items.set(next, dialog(next));
      expected.added.add(`Dialog ${next}`);
      next += 1;
      continue;
    }
    const { item: n } = edit;
    const item = items.get(n);
    const name = `Dialog ${n}`;
    if (!item) continue;
    if (edit.do === 'touch') item.lastModifiedOn = 'now';
    if (edit.do === 'renew') item._id = `dg-${uuid(n + 3000)}`;
    if (edit.do === 'change') {
      item.words = `${filler}new`;
      expected.changed.add(name);
    }
    if (edit.do === 'remove') {
      items.delete(n);
      expected.removed.add(name);
      expected.changed.delete(name);
    }
  }
  return { items: [...items.values()], expected };
}

const bot = (dialogs: Json[]) => smallDefinition({ dialogs });

test('a difference tells what was done to a list, whatever its order, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(edits, fc.boolean(), async (list, isTurned) => {
      const { items, expected } = edited(list);
      const to = isTurned ? items.toReversed() : items;
      const difference = await differenceOf({ definition: bot(original) }, { definition: bot(to) });
      const told = difference.sections.flatMap(({ items: some }) => some);
      for (const change of ['added', 'removed', 'changed'] as const) {
        const names = told.filter((item) => item.change === change).map(({ name }) => name);
        expect(new Set(names)).toEqual(expected[change]);
        expect(difference.counts[change]).toBe(expected[change].size);
      }
      for (const { change, fields } of told) {
        if (change === 'changed') expect(fields.map(({ path }) => path)).toEqual(['words']);
      }
      expect(difference.counts.moved).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test('with sides swapped, what was added is what was removed, and the same changed', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const [from, to] = [bot(original), bot(edited(list).items)];
      const there = await differenceOf({ definition: from }, { definition: to });
      const back = await differenceOf({ definition: to }, { definition: from });
      const { added, removed, changed } = there.counts;
      expect(back.counts).toMatchObject({ added: removed, removed: added, changed });
      expect(back.noise).toEqual(there.noise);
      const names = ({ sections }: typeof there, change: string) =>
        sections.flatMap(({ items }) =>
          items.filter((item) => item.change === change).map(({ words }) => words),
        );
      expect(names(back, 'removed')).toEqual(names(there, 'added'));
      expect(names(back, 'added')).toEqual(names(there, 'removed'));
    }),
    { numRuns: 30 },
  );
});

test('of ordered lists, so few items moved that the others stand as before', async () => {
  const events = (order: number[]) =>
    smallDefinition({ botSentimentEvents: order.map((n) => ({ name: `event ${n}`, words: filler })) });
  const all = Array.from({ length: 12 }, (_, n) => n);
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 12 }), async (order) => {
      const difference = await differenceOf({ definition: events(all) }, { definition: events(order) });
      const moved = difference.sections.flatMap(({ items }) => items.map(({ name }) => name));
      expect(moved).toHaveLength(difference.counts.moved);
      const rest = order.filter((n) => !moved.includes(`event ${n}`));
      expect(rest).toEqual(rest.toSorted((one, other) => one - other));
    }),
    { numRuns: 30 },
  );
});

/** JSON with objects of few keys, so that two have some in common. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, 1.5, 'text', '%20', 'Bearer abcdefgh', `dg-${uuid(1)}`, `dg-${uuid(2)}`),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('_id', 'name', 'value', 'nodes', 'createdOn', uuid(3), uuid(4)),
      tie('value'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
})).value;

test('any two states of anything can be compared, and a state with itself is the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyJson, anyJson, async (one, other) => {
      const state = (value: unknown) => ({
        definition: smallDefinition({ setting: { held: value }, list: [{ held: value }, 1] }),
      });
      const difference = await differenceOf(state(one), state(other));
      expect(difference.itemsLeftOut).toBe(0);
      expect(await differenceOf(state(one), state(one))).toMatchObject({ same: true, sections: [] });
      if (difference.same) return;
      // What is told, in words, is something: a field of an item, or an item as a whole.
      for (const item of difference.sections.flatMap(({ items }) => items)) {
        expect(item.change === 'changed' ? item.fields.length : 1).toBeGreaterThan(0);
      }
    }),
    { numRuns: 100 },
  );
});

/** JSON without anything that might be noise: no ids, no noisy fields, no lists in any order. */
const plainJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, 1, '', 'text', 'other text'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('name', 'key', 'value', 'words'), tie('value'), { noNullPrototype: true }),
  ),
})).value;

test('where nothing is noise, two states are the same if they are equal, and only then', async () => {
  await fc.assert(
    fc.asyncProperty(plainJson, plainJson, fc.boolean(), async (one, other, isItem) => {
      const state = (held: unknown) => ({
        definition: smallDefinition(isItem ? { list: [{ held }] } : { setting: { held } }),
      });
      const { same } = await differenceOf(state(one), state(other));
      expect(same).toBe(isDeepStrictEqual(one, other));
    }),
    { numRuns: 100 },
  );
});

/** The bot as if it came out anew: its own ids renewed everywhere, other times and authors. */
function renewed(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => renewed(one, ids));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]): [string, unknown] => {
      if (['createdOn', 'lastModifiedOn', 'modifiedOn', 'lMod'].includes(key)) return [key, 'another time'];
      if (['createdBy', 'lModBy', 'lastModifiedBy', 'modifiedBy'].includes(key))
        return [key, 'somebody else'];
      return [ids.get(key) ?? key, renewed(one, ids)];
    }),
  );
}

function ownIds(value: unknown, ids = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const one of value) ownIds(one, ids);
  else if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) {
      if (isOwnId(key) && isId(one) && !ids.has(one)) {
        const prefix = /^[a-z]+-/.exec(one)?.[0] ?? '';
        ids.set(one, `${prefix}${uuid(ids.size + 1_000_000)}`);
      }
      ownIds(one, ids);
    }
  }
  return ids;
}

test('a bot of which every id is renewed, and every time and author another, is the same', async () => {
  const to = renewed(fullDefinition, ownIds(fullDefinition)) as Json;
  const difference = await differenceOf(
    { definition: fullDefinition, config: bank.config },
    { definition: to, config: bank.config },
  );
  expect(difference.sections.flatMap(({ items }) => items)).toEqual([]);
  expect(difference.same).toBe(true);
  expect(difference.noise.ids).toBeGreaterThan(1_000);
});

test('only what differs is read', async () => {
  const from = await botInMemory({ definition: fullDefinition, config: bank.config });
  const sentences = (fullDefinition.sentences as Json[]).map((one, index) =>
    index === 7 ? { ...one, sentence: 'something else' } : one,
  );
  const to = await botInMemory({ definition: { ...fullDefinition, sentences }, config: bank.config });
  const runsOf = ({ manifest }: typeof from) => {
    const content = manifest.sections.find(({ key }) => key === 'sentences')?.content;
    return content?.form === 'runs' ? content.runs.map(({ digest }) => digest) : [];
  };
  const { difference, read } = await compareBots(from, to);
  expect(difference.counts).toEqual({ added: 0, removed: 0, changed: 1, moved: 0 });
  const [before, after] = [runsOf(from), runsOf(to)];
  expect(before.length).toBeGreaterThan(1);
  const differing = [
    ...before.filter((digest) => !after.includes(digest)),
    ...after.filter((digest) => !before.includes(digest)),
  ];
  expect(differing).toHaveLength(2);
  expect([...read].sort()).toEqual(differing.sort());
  expect((await compareBots(from, from)).read).toEqual([]);
});
