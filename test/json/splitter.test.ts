import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { type Piece, Splitter } from '../../src/json/splitter.ts';

function split(document: string | Buffer, chunkSize = 64, maxItem = 1e6): Piece[] {
  const bytes = Buffer.from(document);
  const splitter = new Splitter('the file', { maxItem, maxTotal: 10 * maxItem });
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) {
    pieces.push(...splitter.push(bytes.subarray(at, at + chunkSize)));
  }
  splitter.end();
  return pieces;
}

/** The document the pieces came from. */
function join(pieces: Piece[]): Record<string, unknown> {
  const members: [string, unknown][] = [];
  let list: unknown[] = [];
  for (const piece of pieces) {
    if (piece.type === 'value') members.push([piece.key, JSON.parse(piece.text)]);
    if (piece.type === 'list') {
      list = [];
      members.push([piece.key, list]);
    }
    if (piece.type === 'item') list.push(JSON.parse(piece.text));
  }
  return Object.fromEntries(members);
}

function failure(run: () => unknown): BotportError {
  try {
    run();
  } catch (error) {
    if (error instanceof BotportError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('splitting a document', () => {
  test('gives its members and items, however it is laid out and cut into chunks', () => {
    const document = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())));
    fc.assert(
      fc.property(
        document,
        fc.constantFrom(0, 2, '\t'),
        fc.integer({ min: 1, max: 50 }),
        (value, space, size) => {
          const text = JSON.stringify(value, null, space);
          expect(join(split(text, size))).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('gives the same, errors too, whether items are read whole or byte by byte', () => {
    // Whole items are only read where they are laid out as exports are; some bytes here are not.
    const bot = fc.dictionary(fc.string(), fc.array(fc.dictionary(fc.string(), fc.jsonValue())));
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\n 0e\\é\u0000')), { maxLength: 2 });
    const said = (bytes: Buffer, chunkSize: number) => {
      try {
        return split(bytes, chunkSize, 2000).map(
          ({ laidOut: _, ...piece }: Piece & { laidOut?: unknown }) => piece,
        );
      } catch (error) {
        // Of a key, the place is that of its chunk; of two limits, which is met first depends on the chunks.
        return String(error)
          .replace(/byte \d+/, 'byte')
          .replace(/too large: .*/, 'too large');
      }
    };
    fc.assert(
      fc.property(bot, edits, (value, some) => {
        let text = JSON.stringify(value, null, 4);
        for (const [at, character] of some) {
          const place = at % text.length;
          text = text.slice(0, place) + character + text.slice(place + 1);
        }
        const bytes = Buffer.from(text);
        const slowly = said(bytes, 1);
        const inOne = said(bytes, bytes.length);
        // Where a chunk ends in the middle of what is wrong, the item before it is known already.
        expect(typeof inOne).toBe(typeof slowly);
        expect(inOne).toEqual(slowly);
      }),
      { numRuns: 1000 },
    );
  });

  test('reads items that are laid out as exports are whole, and gives their values', () => {
    const text = JSON.stringify({ dialogs: [{ _id: 'a' }, { b: [1, 'é'] }, {}, 5] }, null, 4);
    const items = split(text, 1000).flatMap((piece) => (piece.type === 'item' ? [piece] : []));
    expect(items.map(({ laidOut }) => laidOut?.value)).toEqual([
      { _id: 'a' },
      { b: [1, 'é'] },
      undefined,
      undefined,
    ]);
    expect(items.map(({ text }) => JSON.parse(text))).toEqual([{ _id: 'a' }, { b: [1, 'é'] }, {}, 5]);
    for (const { text, laidOut } of items) if (laidOut) expect(String(laidOut.bytes)).toBe(text);
  });

  test('refuses what is nested too deeply also where it is laid out', () => {
    const deep = (levels: number) => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level += 1) value = { a: value };
      return JSON.stringify({ dialogs: [value] }, null, 4);
    };
    expect(split(deep(256), 1e6)).toHaveLength(3);
    expect(failure(() => split(deep(257), 1e6)).type).toBe('json_too_deep');
  });

  test('finds the end of strings full of quotes and backslashes wherever a chunk ends', () => {
    const strings = fc.array(fc.string({ unit: fc.constantFrom('\\', '"', 'a') }));
    fc.assert(
      fc.property(strings, fc.integer({ min: 1, max: 5 }), (value, size) => {
        expect(join(split(JSON.stringify({ value }), size))).toEqual({ value });
      }),
    );
  });

  test('says where lists begin and end', () => {
    expect(split('{"a": [1, {}], "b": []}')).toEqual([
      { type: 'list', key: 'a' },
      { type: 'item', key: 'a', index: 0, text: '1' },
      { type: 'item', key: 'a', index: 1, text: '{}' },
      { type: 'end', key: 'a', count: 2 },
      { type: 'list', key: 'b' },
      { type: 'end', key: 'b', count: 0 },
    ]);
  });

  test('skips a byte order mark', () => {
    expect(split(Buffer.from('\ufeff{"a": 1}'), 1)).toEqual([{ type: 'value', key: 'a', text: '1' }]);
  });

  test.each([
    ['', 'json_malformed'],
    ['[]', 'definition_incomplete'],
    ['"a"', 'definition_incomplete'],
    ['{"a": 1', 'json_malformed'],
    ['{"a": [1}', 'json_malformed'],
    ['{"a": [1,, 2]}', 'json_malformed'],
    ['{"a" 1}', 'json_malformed'],
    ['{a: 1}', 'json_malformed'],
    ['{"a": }', 'json_malformed'],
    ['{} x', 'json_malformed'],
    ['{"a": "x}', 'json_malformed'],
    ['{"\\x": 1}', 'json_malformed'],
    ['{"a": 1, "\\u0061": 2}', 'json_repeated_key'],
  ])('refuses %j', (text, type) => {
    expect(failure(() => split(text)).type).toBe(type);
  });

  test('refuses bytes that are not UTF-8 and names the item', () => {
    const text = Buffer.concat([
      Buffer.from('{"a": ["ok", "'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"]}'),
    ]);
    const error = failure(() => split(text));
    expect([error.type, error.detail]).toEqual(['json_not_utf8', 'a[1]']);
  });

  test('refuses an item beyond the size limit before holding more of it', () => {
    const error = failure(() => split(`{"a": ["${'x'.repeat(500)}"]}`, 10, 100));
    expect([error.type, error.detail]).toEqual(['json_item_too_large', 'a[0] is larger than 100 bytes']);
  });

  test('refuses an item that is small as written but beyond the limit when laid out', () => {
    const deep = `${'['.repeat(200)}${'1,'.repeat(200)}1${']'.repeat(200)}`;
    expect(split(`{"a": [${deep}]}`).length).toBe(3);
    const error = failure(() => split(`{"a": [${deep}]}`, 64, 10_000));
    expect([error.type, error.detail]).toEqual(['json_item_too_large', 'a[0] is larger than 10000 bytes']);
  });

  test('refuses a document beyond the limit for all its items together', () => {
    const items = Array.from({ length: 30 }, () => 'x'.repeat(80));
    const error = failure(() => split(JSON.stringify({ a: items }), 64, 100));
    expect([error.type, error.detail]).toEqual(['json_item_too_large', 'the file is larger than 1000 bytes']);
  });

  test('refuses a document with thousands of members', () => {
    const members = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`k${index}`, 1]));
    expect(failure(() => split(JSON.stringify(members))).type).toBe('definition_incomplete');
  });

  test('refuses nesting beyond the limit', () => {
    expect(failure(() => split(`{"a": ${'['.repeat(300)}`)).type).toBe('json_too_deep');
  });
});
