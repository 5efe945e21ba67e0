import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyScript, joinScripts, makeScript } from '../../src/snapshots/edit-script.ts';

const text = fc.oneof(
  fc.constantFrom('a', 'b', 'c'),
  fc
    .array(fc.constantFrom('{', '    "name": "x"', '    "name": "yx"', '"name": "😀"', '"name": "😁"', '}'), {
      maxLength: 8,
    })
    .map((lines) => lines.join('\n')),
);
const texts = fc.array(text, { maxLength: 30 });

test('a script makes the new list of the old one', () => {
  fc.assert(
    fc.property(texts, texts, (from, to) => {
      expect(applyScript(from, makeScript(from, to))).toEqual(to);
    }),
  );
});

test('equal lists need no step', () => {
  fc.assert(
    fc.property(texts, (list) => {
      expect(makeScript(list, [...list])).toEqual([]);
    }),
  );
});

test('scripts of lists that stand end to end join to one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, texts), { maxLength: 5 }), (pairs) => {
      const joined = joinScripts(
        pairs.map(([from, to]) => ({ script: makeScript(from, to), length: from.length })),
      );
      expect(
        applyScript(
          pairs.flatMap(([from]) => from),
          joined,
        ),
      ).toEqual(pairs.flatMap(([, to]) => to));
    }),
  );
});

test('a text of many lines is changed by what differs in its lines', () => {
  const lines = Array.from({ length: 50 }, (_, index) => `    "field ${index}": "a value that is there"`);
  const changed = lines.with(20, '    "field 20": "a word that is there"');
  const script = makeScript(['before', lines.join('\n')], ['before', changed.join('\n')]);
  const before = `${lines.slice(0, 20).join('\n')}\n    "field 20": "a `.length;
  expect(script).toEqual([1, [before, -'value'.length, 'word']]);
});

test('lists that have too little in common to be compared come out right, too', () => {
  const many = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word} ${index}`);
  const [from, to] = [many('old'), many('new').with(7, 'old 7')];
  const script = makeScript(from, to);
  expect(applyScript(from, script)).toEqual(to);
  expect(script).toContain(1);
});

test('a script is refused for texts it was not made for', () => {
  expect(() => applyScript(['a'], [3, 'b'])).toThrow('longer');
});
