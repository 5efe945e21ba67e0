import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pauseBefore, readRetryAfter } from '../../src/client/retry.ts';

const now = Date.parse('2025-01-31T09:26:53Z');

test.each<[string | null, number | undefined]>([
  ['0', 0],
  [' 120 ', 120],
  ['Fri, 31 Jan 2025 09:27:53 GMT', 60],
  ['Fri, 31 Jan 2025 09:00:00 GMT', 0],
  ['Friday, 31-Jan-25 09:27:53 GMT', 60],
  ['-5', undefined],
  ['1.5', undefined],
  ['12345678901', undefined],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After: %s asks for %s seconds', (header, seconds) => {
  expect(readRetryAfter(header, now)).toBe(seconds);
});

test('pauses double up to half a minute, and never come to nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1000 }), (attempt, first) => {
      const most = Math.min(first * 2 ** (attempt - 1), 30_000);
      const pause = pauseBefore(attempt, first);
      expect(pause).toBeGreaterThanOrEqual(most / 2);
      expect(pause).toBeLessThanOrEqual(most);
    }),
  );
});
