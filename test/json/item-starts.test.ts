import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemStarts } from '../../src/json/item-starts.ts';

/** Items of a list at `level`, each laid out at its place. */
function laidOut(items: readonly unknown[], level: number): string[] {
  const indent = ' '.repeat(4 * (level + 1));
  return items.map((item) => JSON.stringify(item, null, 4).replaceAll('\n', `\n${indent}`));
}

const separatorAt = (level: number) => `,\n${' '.repeat(4 * (level + 1))}`;

test('items of any kind are found where they begin, in bytes', () => {
  const items = fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(items, fc.integer({ min: 0, max: 3 }), (items, level) => {
      const texts = laidOut(items, level);
      let at = 0;
      const expected = texts.map((text) => {
        at += Buffer.byteLength(text) + separatorAt(level).length;
        return at - Buffer.byteLength(text) - separatorAt(level).length;
      });
      const run = Buffer.from(texts.join(separatorAt(level)));
      expect([...itemStarts(run, level, items.length)]).toEqual(expected);
    }),
  );
});

test.each([1, 3])('a text of two items is refused as one of %i', (count) => {
  const run = Buffer.from(laidOut([{ a: 1 }, { b: 2 }], 1).join(separatorAt(1)));
  expect(() => itemStarts(run, 1, count)).toThrow();
});
