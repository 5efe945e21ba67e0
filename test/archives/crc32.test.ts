import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combineCrc32 } from '../../src/archives/crc32.ts';

const bytes = fc.uint8Array({ maxLength: 3000, size: 'max' });

test('the CRC-32 of two parts put together follows from those of the parts', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
    { numRuns: 500 },
  );
});

test('an empty part changes nothing, before or behind', () => {
  fc.assert(
    fc.property(bytes, (a) => {
      expect(combineCrc32(crc32(a), 0, 0)).toBe(crc32(a));
      expect(combineCrc32(0, crc32(a), a.length)).toBe(crc32(a));
    }),
  );
});

test('how parts are grouped makes no difference', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, (a, b, c) => {
      const [one, two, three] = [crc32(a), crc32(b), crc32(c)];
      const left = combineCrc32(combineCrc32(one, two, b.length), three, c.length);
      const right = combineCrc32(one, combineCrc32(two, three, c.length), b.length + c.length);
      expect(left).toBe(right);
    }),
  );
});

test('it gives an unsigned number of 32 bits', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(), (one, two, length) => {
      const combined = combineCrc32(one, two, length);
      expect(Number.isInteger(combined)).toBe(true);
      expect(combined).toBeGreaterThanOrEqual(0);
      expect(combined).toBeLessThanOrEqual(0xffffffff);
    }),
  );
});

test('lengths beyond 4 GB count, too: the same as in as many steps', () => {
  const zeros = (length: number) => {
    // CRC-32 of a run of zero bytes, doubled again and again.
    let crc = crc32(Buffer.alloc(1));
    for (let size = 1; size < length; size *= 2) crc = combineCrc32(crc, crc, size);
    return crc;
  };
  expect(zeros(2 ** 20)).toBe(crc32(Buffer.alloc(2 ** 20)));
  const [first, large] = [crc32('first'), 2 ** 33];
  const whole = combineCrc32(first, zeros(large), large);
  const halves = combineCrc32(combineCrc32(first, zeros(large / 2), large / 2), zeros(large / 2), large / 2);
  expect(whole).toBe(halves);
});
