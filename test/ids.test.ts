import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IdKind, isHexId, isId, nameUuid, newHexId, newId, newUuid } from '../src/ids.ts';

const kinds: IdKind[] = ['st', 'ber', 'bir', 'ds', 'cs', 'u', 'f', 'btl'];
const uuid5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('a new UUID has version digit 5 and the variant of RFC 9562', () => {
  for (let i = 0; i < 500; i++) expect(newUuid()).toMatch(uuid5);
});

test('the UUID of a name is that of RFC 9562, A.4', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  expect(nameUuid(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

test('no two new ids are the same', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => newUuid()))).toHaveProperty('size', 10_000);
  expect(new Set(Array.from({ length: 10_000 }, () => newHexId()))).toHaveProperty('size', 10_000);
});

test.each(kinds)('a new id of kind %s is one of its kind and of no other', (kind) => {
  const id = newId(kind);
  expect(id).toMatch(new RegExp(`^${kind}-`));
  expect(kinds.filter((other) => isId(other, id))).toEqual([kind]);
});

test('a UUID of any version will do in an id', () => {
  expect(isId('st', 'st-0d7b1c2a-6f4e-4a3b-8c9d-0e1f2a3b4c5d')).toBe(true);
  expect(isId('st', 'st-00000000-0000-0000-0000-000000000000')).toBe(true);
});

describe('isId refuses', () => {
  const good = 'st-0d7b1c2a-6f4e-5a3b-8c9d-0e1f2a3b4c5d';
  test.each([
    ['nothing', ''],
    ['the prefix alone', 'st-'],
    ['a bare UUID', good.slice(3)],
    ['capitals', good.toUpperCase()],
    ['white space before', ` ${good}`],
    ['a line break after', `${good}\n`],
    ['one digit too few', good.slice(0, -1)],
    ['one digit too many', `${good}0`],
    ['a letter beyond f', good.replace('0d7b', '0g7b')],
    ['missing hyphens', `st-${good.slice(3).replaceAll('-', '')}`],
    ['a path', `${good}/../x`],
  ])('%s', (_name, text) => expect(isId('st', text)).toBe(false));

  test('random text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => !isId('st', `st-${text}`) && !isHexId(text)),
    );
  });
});

describe('24 hexadecimal digits', () => {
  test('are what newHexId gives', () => expect(isHexId(newHexId())).toBe(true));
  test.each(['', '0'.repeat(23), '0'.repeat(25), 'F'.repeat(24), 'g'.repeat(24), `${'0'.repeat(24)}\n`])(
    '%j are not',
    (text) => expect(isHexId(text)).toBe(false),
  );
});
