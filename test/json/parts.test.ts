import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOut } from '../../src/json/layout.ts';
import { inside, joinItems, joinMembers, memberOf, splitItems, splitMembers } from '../../src/json/parts.ts';

/** Strings with everything that could be taken for layout. */
const trickyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('"', '\\', '\n', ',', ',\n    ', ',\n        "', '[', ']', '{', '}', '": ', ' '))
    .map((pieces) => pieces.join('')),
);

const { value: anyJson } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1.5, '', [], {}),
    trickyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(trickyText, tie('value'), { maxKeys: 4 }),
  ),
}));

const level = fc.nat(4);
const textOf = (value: unknown, at: number) => layOut(JSON.stringify(value), at, 'a value').text;

describe('taking laid-out text apart', () => {
  test('and joining the members again gives the text of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(trickyText, anyJson), level, (value, at) => {
        const text = textOf(value, at);
        expect(joinMembers(splitMembers(text, at), at)).toBe(text);
      }),
    );
  });

  test('and a member alone is the one among all of them', () => {
    fc.assert(
      fc.property(fc.dictionary(trickyText, anyJson), trickyText, level, (value, other, at) => {
        const text = textOf(value, at);
        const members = new Map(splitMembers(text, at));
        for (const key of [...members.keys(), other]) expect(memberOf(text, key, at)).toBe(members.get(key));
      }),
    );
  });

  test('and joining the items again gives the text of any list', () => {
    fc.assert(
      fc.property(fc.array(anyJson), level, (value, at) => {
        const text = textOf(value, at);
        expect(joinItems(splitItems(inside(text, at), at), at)).toBe(text);
      }),
    );
  });

  test('gives the keys and values of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(trickyText, anyJson), level, (value, at) => {
        const members = splitMembers(textOf(value, at), at);
        const parsed = members.map(([key, text]) => [key, JSON.parse(text)]);
        expect(parsed).toEqual(Object.entries(JSON.parse(JSON.stringify(value))));
      }),
    );
  });

  test('gives the items of any list, each laid out for its place', () => {
    fc.assert(
      fc.property(fc.array(anyJson), level, (value, at) => {
        const items = splitItems(inside(textOf(value, at), at), at);
        expect(items).toEqual(value.map((item) => textOf(item, at + 1)));
      }),
    );
  });

  test('gives nothing for an empty container', () => {
    expect(splitMembers('{}', 2)).toEqual([]);
    expect(splitItems(inside('[]', 2), 2)).toEqual([]);
  });

  test('leaves numbers and keys as they are written', () => {
    const text = layOut('{"b":12345678901234567890,"10":1e400,"__proto__":[-0]}', 0, 'a value').text;
    const members = splitMembers(text, 0);
    expect(members).toEqual([
      ['b', '12345678901234567890'],
      ['10', '1e400'],
      ['__proto__', '[\n        -0\n    ]'],
    ]);
    expect(joinMembers(members, 0)).toBe(text);
  });

  test('ends a key behind its last quote, however many backslashes stand before quotes in it', () => {
    const keys = ['a"b', 'a\\', 'a\\"', '\\\\"', '": ', '"'];
    const text = textOf(Object.fromEntries(keys.map((key, index) => [key, index])), 0);
    expect(splitMembers(text, 0).map(([key]) => key)).toEqual(keys);
  });
});

describe('joining', () => {
  test('nothing makes an empty container', () => {
    expect(joinMembers([], 3)).toBe('{}');
    expect(joinItems([], 3)).toBe('[]');
  });
});
