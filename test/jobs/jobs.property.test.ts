import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import type { Jobs } from '../../src/jobs/interfaces.ts';
import { addAndWake, ample, kindOf, openWithOutcomes, outcomes, runner, temporaryFolder } from './support.ts';

/** How a run comes out when it is let go. */
type Ending = 'ok' | 'refused' | 'broken';

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('add' as const), kind: fc.constantFrom('import', 'export') }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      which: fc.nat(9),
      ending: fc.constantFrom<Ending>('ok', 'ok', 'refused', 'broken'),
    }),
  },
  // A dead process: its database connection is gone. A stalled one: it wakes up later and goes on.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('breathe' as const) }) },
);

test('whatever happens, every request ends exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 40 }), async (steps) => {
      const scratch = temporaryFolder();
      let db = await openWithOutcomes(scratch.folder);
      const running: ((ending: Ending) => void)[] = [];
      let draining = false;
      const work = async () => {
        const ending = draining
          ? 'ok'
          : await new Promise<Ending>((resolve) => {
              running.push(resolve);
            });
        if (ending === 'refused') throw new BotportError('zip_malformed');
        if (ending === 'broken') throw new Error('disk full');
      };
      const all: Jobs<string>[] = [];
      const startRunner = async () => {
        const jobs = runner<string>(db, { import: kindOf(work, 1), export: kindOf(work, 2) });
        all.push(jobs);
        await jobs.start();
        return jobs;
      };
      let jobs = await startRunner();
      const ids: string[] = [];
      try {
        for (const action of steps) {
          if (action.do === 'add') {
            const id = `${action.kind}-${ids.length}`;
            ids.push(id);
            await addAndWake(db, jobs, action.kind, id);
          } else if (action.do === 'finish') {
            running.splice(action.which % Math.max(running.length, 1), 1)[0]?.(action.ending);
          } else if (action.do === 'crash') {
            await db.destroy();
            db = await openWithOutcomes(scratch.folder);
            jobs = await startRunner();
          } else if (action.do === 'stall') {
            jobs = await startRunner();
          } else {
            await new Promise(setImmediate);
          }
        }
        draining = true;
        for (const finish of running.splice(0)) finish('ok');
        // In short turns: a job ended by a stalled runner is announced to the waiters of that one only.
        for (const id of ids) {
          for (let turn = 0; !(await jobs.settled(id, 100)); turn++) expect(turn).toBeLessThan(200);
        }
        await Promise.all(all.map((each) => each.stop(ample)));
        const ended = (await outcomes(db)).map((line) => line.split(':')[0]);
        expect(ended.sort()).toEqual([...ids].sort());
        expect(await rowsLeft(db)).toBe(0);
      } finally {
        await Promise.all(all.map((each) => each.stop(0)));
        await db.destroy();
        scratch.remove();
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 40_000 },
  );
}, 120_000);

async function rowsLeft(db: Awaited<ReturnType<typeof openWithOutcomes>>): Promise<number> {
  return (await db.selectFrom('jobs').select('id').execute()).length;
}
