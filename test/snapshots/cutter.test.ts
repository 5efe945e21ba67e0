import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cutter } from '../../src/snapshots/cutter.ts';

interface Item {
  id: string;
  size: number;
}

function cut(items: readonly Item[]): Item[][] {
  const cutter = new Cutter();
  const runs: Item[][] = [];
  let open: Item[] = [];
  for (const item of items) {
    open.push(item);
    if (!cutter.endsAfter(item.id, item.size)) continue;
    runs.push(open);
    open = [];
  }
  return open.length > 0 ? [...runs, open] : runs;
}

const sizeOf = (run: readonly Item[]) => run.reduce((sum, { size }) => sum + size, 0);
const named = (runs: Item[][]) => runs.map((run) => run.map(({ id, size }) => `${id} ${size}`).join());

/** Numbers from 0 to 1 that are the same in every run of the tests (a linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const list = fc.array(fc.record({ id: fc.uuid(), size: fc.integer({ min: 2, max: 120_000 }) }), {
  minLength: 1,
  maxLength: 300,
  size: 'max',
});

describe('any list of items', () => {
  test('is cut the same way every time', () => {
    fc.assert(
      fc.property(list, (items) => {
        expect(named(cut(items))).toEqual(named(cut(items)));
      }),
    );
  });

  test('is cut into runs of 16 kB to 256 kB and one item more; only the last may be shorter', () => {
    fc.assert(
      fc.property(list, (items) => {
        const runs = cut(items);
        expect(runs.flat()).toEqual(items);
        for (const run of runs.slice(0, -1)) expect(sizeOf(run)).toBeGreaterThanOrEqual(16 * 1024);
        for (const run of runs) expect(sizeOf(run.slice(0, -1))).toBeLessThan(256 * 1024);
      }),
    );
  });
});

test('small items make runs of about 64 kB', () => {
  const items = Array.from({ length: 50_000 }, (_, n) => ({ id: `item ${n}`, size: 700 }));
  const sizes = cut(items).map(sizeOf);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  expect(mean).toBeGreaterThan(48 * 1024);
  expect(mean).toBeLessThan(96 * 1024);
});

describe('a change of one item out of 2,000', () => {
  const changes: Record<string, (items: Item[], at: number) => void> = {
    'put in': (items, at) => void items.splice(at, 0, { id: 'new', size: 1500 }),
    'taken out': (items, at) => void items.splice(at, 1),
    'made longer': (items, at) => void items.splice(at, 1, { id: items[at]?.id ?? '', size: 4000 }),
  };

  /** How many runs are new after the change, for many lists. */
  function newRuns(change: (items: Item[], at: number) => void): number[] {
    return Array.from({ length: 300 }, (_, seed) => {
      const next = numbers(seed);
      const items = Array.from({ length: 2000 }, (_, n) => ({
        id: `${seed} ${n}`,
        size: 200 + Math.floor(next() * 3000),
      }));
      const before = new Set(named(cut(items)));
      change(items, Math.floor(next() * items.length));
      return named(cut(items)).filter((run) => !before.has(run)).length;
    });
  }

  test.each(Object.entries(changes))(
    '%s changes the run around it, at times one or two more',
    (_, change) => {
      const counts = newRuns(change);
      expect(Math.max(...counts)).toBeLessThanOrEqual(3);
      expect(counts.filter((count) => count <= 1).length).toBeGreaterThan(0.9 * counts.length);
    },
  );
});
