import { afterEach, expect, test, vi } from 'vitest';
import {
  addAndWake,
  gate,
  kindOf,
  openWithOutcomes,
  outcomes,
  runner,
  temporaryFolder,
} from '../jobs/support.ts';

afterEach(() => vi.useRealTimers());

test('a clock that is set back holds no waiting job up', async () => {
  const { folder, remove } = temporaryFolder();
  const db = await openWithOutcomes(folder);
  const { wait, open } = gate();
  const jobs = runner(db, { work: kindOf(() => wait) });
  await jobs.start();
  await addAndWake(db, jobs, 'work', 'first');
  await addAndWake(db, jobs, 'work', 'second');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  open();
  expect(await jobs.settled('second', 3_000)).toBe(true);
  expect(await outcomes(db)).toEqual(['first: completed', 'second: completed']);
  await jobs.stop(0);
  await db.destroy();
  remove();
});
