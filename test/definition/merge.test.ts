import fc from 'fast-check';
import { expect, test } from 'vitest';
import { knownList, mergeItems, pairItems } from '../../src/definition/merge.ts';
import { compareVersions } from '../../src/definition/platform-version.ts';
import { print } from '../../src/json/layout.ts';

/** Items as they stand in a definition; few ids and names, so that they meet. */
const item = fc.record(
  { _id: fc.constantFrom('a', 'b', 'c', 'd'), refId: fc.constantFrom('r', 's', 't'), text: fc.nat(3) },
  { requiredKeys: ['text'] },
);
/** Of one list no two items have the same id. */
const list = fc
  .uniqueArray(item, { selector: ({ _id }, index = 0) => _id ?? index, maxLength: 8 })
  .map((items) => {
    const seen = new Set<string>();
    return items
      .filter(({ _id }) => _id === undefined || (!seen.has(_id) && seen.add(_id)))
      .map((one) => print(one, 2));
  });
const idOf = (text: string): unknown => JSON.parse(text)._id;

test('of two lists, every item is one other at most', () => {
  fc.assert(
    fc.property(list, list, (bot, file) => {
      const pairs = pairItems(knownList('dialogs', bot), knownList('dialogs', file)).filter(
        (place) => place !== undefined,
      );
      expect(new Set(pairs).size).toBe(pairs.length);
      for (const place of pairs) expect(bot[place]).toBeDefined();
    }),
  );
});

test('a merged list has every item of the file, and all of the bot that the file has not', () => {
  fc.assert(
    fc.property(list, list, (bot, file) => {
      const merged = mergeItems(knownList('dialogs', bot), knownList('dialogs', file));
      const pairs = pairItems(knownList('dialogs', bot), knownList('dialogs', file));
      const left = bot.filter((_, place) => !pairs.includes(place));
      expect(merged.toSorted()).toEqual([...file, ...left].toSorted());
      const kept = merged.filter((_, place) => place < bot.length && !pairs.includes(place));
      expect(kept).toEqual(left);
    }),
  );
});

test('merging a list with itself changes nothing, and merging twice is merging once', () => {
  fc.assert(
    fc.property(list, list, (bot, file) => {
      const into = (texts: string[]) => mergeItems(knownList('dialogs', texts), knownList('dialogs', file));
      expect(mergeItems(knownList('dialogs', bot), knownList('dialogs', bot))).toEqual(bot);
      const ids = into(bot)
        .map(idOf)
        .filter((id) => id !== undefined);
      // Two things may get the same id only where the file gives one to what the bot knows by its refId: that is refused later.
      if (new Set(ids).size === ids.length) expect(into(into(bot))).toEqual(into(bot));
    }),
  );
});

test('lists in which everything has the same name are merged in one go', () => {
  const many = Array.from({ length: 50_000 }, (_, n) => print({ refId: 'same', n }, 2));
  const other = many.map((text) => text.replace('same', 'same '));
  expect(mergeItems(knownList('dialogs', many), knownList('dialogs', [...many].reverse()))).toEqual(
    [...many].reverse(),
  );
  expect(mergeItems(knownList('dialogs', many), knownList('dialogs', other))).toHaveLength(100_000);
});

test.each([
  ['9.1.7', '9.1.7', 'fits'],
  ['10.1', '10.1.0', 'fits'],
  ['10.2.0', '9.9.9', 'fits'],
  ['9.10.0', '9.9.0', 'fits'],
  ['9.9.0', '9.10.0', 'older'],
  ['10.1.30', '11.0.0', 'other generation'],
  ['11.0.0', '10.1.30', 'other generation'],
  ['12.0', '11.6', 'fits'],
  [undefined, '9.1.7', 'fits'],
  ['9.1.7', undefined, 'fits'],
  ['', '9.1.7', 'fits'],
  [3, '9.1.7', 'fits'],
])('a file of platform version %j for a bot of %j: %s', (file, bot, expected) => {
  expect(compareVersions(file, bot)).toBe(expected);
});
