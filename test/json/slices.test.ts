import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sliceList, sliceObject } from '../../src/json/slices.ts';

const layout = fc.constantFrom<string | number>('', 1, '\t', 4);

test('the members of an object are where their slices say, whatever stands around them', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), layout, (value, indent) => {
      const text = `\ufeff \n${JSON.stringify(value, null, indent)}\r\n`;
      const { start, end, members } = sliceObject(text, 'x');
      expect(text.slice(start, end)).toBe(JSON.stringify(value, null, indent));
      expect(members.map(({ key }) => key)).toEqual(Object.keys(value));
      for (const { key, keyStart, start: from, end: to } of members) {
        expect(text.startsWith(JSON.stringify(key), keyStart)).toBe(true);
        expect(JSON.stringify(JSON.parse(text.slice(from, to)))).toBe(JSON.stringify(value[key]));
      }
    }),
  );
});

test('the items of a list are where their slices say', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), layout, (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const items = sliceList(text, 'x').map(({ start, end }) => JSON.parse(text.slice(start, end)));
      expect(JSON.stringify(items)).toBe(JSON.stringify(value));
    }),
  );
});

test('a key that is there twice has two slices', () => {
  const { members } = sliceObject('{"a": 1, "\\u0061": [2]}', 'x');
  expect(members.map(({ key, start, end }) => [key, end - start])).toEqual([
    ['a', 1],
    ['a', 3],
  ]);
});

describe('text that is no object of members is refused, with the place', () => {
  test.each([
    ['', 'x is no JSON object'],
    ['[1]', 'x is no JSON object'],
    ['{"a" 1}', 'x, line 1 column 6: expected ":", found other text'],
    ['{\n"a": 1\n"b": 2}', 'x, line 3 column 1: expected ",", found other text'],
    ['{"a": 1', 'x, line 1 column 8: expected ",", found the end'],
    ['{"a": }', 'x, line 1 column 7: expected a value, found other text'],
    ['{"a": [{}', 'x, line 1 column 10: expected the rest of a value, found the end'],
    ['{"a": "\\', 'x, line 1 column 9: expected a string that ends, found the end'],
    ['{a: 1}', 'x, line 1 column 2: expected a key in double quotes, found other text'],
    ['{"\\x": 1}', 'x: '],
    ['{} {}', 'x, line 1 column 4: expected nothing after the object, found other text'],
  ])('%j', (text, detail) => {
    expect(() => sliceObject(text, 'x')).toThrow(detail);
  });
});

test('deep nesting is no trouble', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(sliceList(`[${deep}]`, 'x')).toEqual([{ start: 1, end: 200_001 }]);
});
