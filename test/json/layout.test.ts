import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { layOut } from '../../src/json/layout.ts';
import { referenceBots } from '../support/reference.ts';

const laidOut = (text: string, level = 0) => layOut(text, level, 'the file').text;

function failure(text: string): BotportError {
  try {
    layOut(text, 0, 'the file');
  } catch (error) {
    if (error instanceof BotportError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('laying JSON out', () => {
  test('gives what JSON.stringify with four spaces gives, whatever the layout of the text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(JSON.parse(laidOut(text))).toEqual(JSON.parse(text));
        expect(laidOut(text)).toBe(JSON.stringify(JSON.parse(text), null, 4));
      }),
    );
  });

  test('is idempotent, also for texts that JavaScript would change', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.bigInt().map(String),
      fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: -400, max: 400 })).map(([a, b, e]) => `${a}.${b}e${e}`),
    );
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const once = laidOut(`{"b":[${numbers.join(',')}],"1":2}`);
        expect(laidOut(once)).toBe(once);
      }),
    );
  });

  test('indents the lines after the first by the level the value stands at', () => {
    expect(laidOut('{"a":[1]}', 2)).toBe(
      '{\n            "a": [\n                1\n            ]\n        }',
    );
    expect(laidOut('{"a":[1e400]}', 1)).toBe('{\n        "a": [\n            1e400\n        ]\n    }');
  });

  test.each([
    '12345678901234567890',
    '1e400',
    '-0',
    '0.1000000000000000055511151231257827',
    '9007199254740993',
  ])('keeps the number %s, which a double cannot hold, as written', (number) =>
    expect(laidOut(`[${number}]`)).toBe(`[\n    ${number}\n]`),
  );

  test.each([
    ['1.0', '1'],
    ['1e2', '100'],
    ['0.10', '0.1'],
    ['1E-7', '1e-7'],
    ['0.000', '0'],
  ])('writes the number %s as JavaScript prints it', (written, printed) =>
    expect(laidOut(`[ ${written} ]`)).toBe(`[\n    ${printed}\n]`),
  );

  test('reads numbers of a million digits in time', () => {
    const number = `1${'0'.repeat(1_000_000)}1`;
    expect(laidOut(`[${number}]`)).toBe(`[\n    ${number}\n]`);
  });

  test('keeps the order of keys that look like integers', () => {
    expect(laidOut('{"b":1,"10":2,"2":3}')).toBe('{\n    "b": 1,\n    "10": 2,\n    "2": 3\n}');
  });

  test('writes strings with the escapes JSON needs and no others', () => {
    expect(laidOut('["\\u00e9\\/\\ud83d\\ude00\\ud800\\u0001"]')).toBe('[\n    "é/😀\\ud800\\u0001"\n]');
  });

  test('takes a key named __proto__ for what it is', () => {
    expect(laidOut('{"__proto__": {"x": 1}, "10": 1}')).toBe(
      '{\n    "__proto__": {\n        "x": 1\n    },\n    "10": 1\n}',
    );
  });

  test('refuses a repeated key and says where it is', () => {
    const error = failure('{"a": 1,\n "b": {"c": 1, "\\u0063": 2}}');
    expect(error.type).toBe('json_repeated_key');
    expect(error.detail).toBe('the file, line 2 column 16: "c"');
  });

  test.each([
    ['[1,]', 'line 1 column 4: expected a value, found other text'],
    ['{"a" 1}', 'line 1 column 6: expected ":", found other text'],
    ['{"a":1', 'line 1 column 7: expected "," or "}", found the end'],
    ['["a\nb"]', 'line 1 column 2: expected a well-formed string, found other text'],
    ['["a', 'line 1 column 2: expected a string that ends, found other text'],
    ["['a']", 'line 1 column 2: expected a value, found other text'],
    ['[01]', 'line 1 column 3: expected "," or "]", found other text'],
    ['[] []', 'line 1 column 4: expected nothing after the value, found other text'],
    ['', 'line 1 column 1: expected a value, found the end'],
  ])('refuses %j and says where it stops being JSON', (text, detail) => {
    const error = failure(text);
    expect(error.type).toBe('json_malformed');
    expect(error.detail).toBe(`the file, ${detail}`);
  });

  test('refuses nesting beyond the limit without running out of stack', () => {
    expect(failure('['.repeat(500_000) + ']'.repeat(500_000)).type).toBe('json_too_deep');
  });

  test('accepts exactly what JSON.parse accepts', () => {
    const text = fc.array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '1', '-', '.', 'e', 'true', '"a"', ' '),
    );
    fc.assert(
      fc.property(text, (tokens) => {
        const source = tokens.join('');
        let parses = true;
        try {
          JSON.parse(source);
        } catch {
          parses = false;
        }
        let takes = true;
        try {
          laidOut(source);
        } catch (error) {
          takes = error instanceof BotportError && error.type === 'json_repeated_key';
        }
        expect(takes).toBe(parses);
      }),
      { numRuns: 5000 },
    );
  });

  test.each(referenceBots())(
    'gives $name back byte for byte, from four spaces, minified and tabbed',
    (bot) => {
      const text = bot.definition.toString();
      const value = JSON.parse(text);
      expect(laidOut(text)).toBe(text);
      expect(laidOut(JSON.stringify(value))).toBe(text);
      expect(laidOut(JSON.stringify(value, null, '\t'))).toBe(text);
    },
  );
});
