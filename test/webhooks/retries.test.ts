import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelay } from '../../src/webhooks/retries.ts';

const seconds = [5, 30, 120, 600, 3600, 21_600];

test('the delays are those of the documentation, and there are six', () => {
  expect(seconds.map((_, index) => retryDelay(index + 1, 0.5))).toEqual(seconds.map((s) => s * 1000));
  expect(retryDelay(7, 0.5)).toBeUndefined();
  expect(retryDelay(1000, 0.5)).toBeUndefined();
});

test('chance makes a delay a fifth longer or shorter at most, and never so long as the next one at its shortest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, chance) => {
        const usual = (seconds[attempts - 1] ?? 0) * 1000;
        const delay = retryDelay(attempts, chance) ?? 0;
        expect(delay).toBeGreaterThanOrEqual(usual * 0.8);
        expect(delay).toBeLessThanOrEqual(usual * 1.2);
        expect(delay).toBeLessThan(retryDelay(attempts + 1, 0) ?? Number.POSITIVE_INFINITY);
      },
    ),
  );
});
