import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { claimNext } from '../../src/jobs/claim.ts';
import type { JobKind, Jobs } from '../../src/jobs/interfaces.ts';
import { deleteClaimed, freeLeases, postpone } from '../../src/jobs/lease.ts';
import type { Db } from '../../src/storage/database.ts';
import {
  addAndWake,
  ample,
  commitsInLog,
  gate,
  kindOf,
  openWithOutcomes,
  outcomes,
  recordingLogger,
  runner,
  temporaryFolder,
  writeOutcome,
} from './support.ts';

let scratch: ReturnType<typeof temporaryFolder>;
let db: Db;
const started: Jobs[] = [];

beforeEach(async () => {
  scratch = temporaryFolder();
  db = await openWithOutcomes(scratch.folder);
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((jobs) => jobs.stop(0)));
  await db.destroy();
  scratch.remove();
});

async function startRunner<K extends string>(...args: Parameters<typeof runner<K>>): Promise<Jobs<K>> {
  const jobs = runner(...args);
  started.push(jobs as Jobs);
  await jobs.start();
  return jobs;
}

const rows = () => db.selectFrom('jobs').selectAll().orderBy('id').execute();

describe('add and wake', () => {
  test('run the job and end it once', async () => {
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    await addAndWake(db, jobs, 'export', 'ber-1');
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
    expect(await rows()).toEqual([]);
  });

  test('claim the job in its own insert while a worker is free', async () => {
    const opened = gate();
    const jobs = await startRunner(db, { export: kindOf(() => opened.wait) });
    const first = await db.transaction().execute((tx) => jobs.add(tx, 'export', 'ber-1'));
    expect((await rows())[0]).toMatchObject({ attempts: 1, lease: first.claim?.lease });
    jobs.wake(first);
    const second = await db.transaction().execute((tx) => jobs.add(tx, 'export', 'ber-2'));
    expect(second.claim).toBeUndefined();
    jobs.wake(second);
    opened.open();
    await jobs.settled('ber-2', ample);
    expect(await outcomes(db)).toEqual(['ber-1: completed', 'ber-2: completed']);
  });

  test('of jobs added together for one free worker lose none', async () => {
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    const added = await db
      .transaction()
      .execute(async (tx) => [
        await jobs.add(tx, 'export', 'ber-1'),
        await jobs.add(tx, 'export', 'ber-2'),
        await jobs.add(tx, 'export', 'ber-3'),
      ]);
    for (const job of added) jobs.wake(job);
    for (const id of ['ber-1', 'ber-2', 'ber-3']) expect(await jobs.settled(id, ample)).toBe(true);
    expect((await outcomes(db)).sort()).toEqual(['ber-1', 'ber-2', 'ber-3'].map((id) => `${id}: completed`));
  });

  test('leave nothing behind when the transaction is rolled back', async () => {
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    const rolledBack = db.transaction().execute(async (tx) => {
      await jobs.add(tx, 'export', 'ber-1');
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await rows()).toEqual([]);
    await addAndWake(db, jobs, 'export', 'ber-2');
    expect(await jobs.settled('ber-2', ample)).toBe(true);
  });

  test('a job that nobody announced is found by the next look', async () => {
    const jobs = await startRunner(db, { export: kindOf(() => {}) }, { poll: 5 });
    const opened = runner(db, { export: kindOf(() => {}) });
    await db.transaction().execute((tx) => opened.add(tx, 'export', 'ber-1'));
    expect(await jobs.settled('ber-1', ample)).toBe(true);
  });

  test('what waits for the writes is done when they are on the disk, and not where they fail', async () => {
    const done: string[] = [];
    const other = await openWithOutcomes(scratch.folder);
    const kind: JobKind = {
      ...kindOf(() => {}),
      async run(requestId, { whenWritten }) {
        whenWritten(() => done.push(requestId));
        return async (tx) => {
          await writeOutcome(tx, requestId, 'completed');
          if (requestId === 'ber-1') throw new BotportError('export_interrupted');
        };
      },
    };
    const jobs = await startRunner(db, { export: kind });
    for (const requestId of ['ber-1', 'ber-2']) {
      await addAndWake(db, jobs, 'export', requestId);
      await jobs.settled(requestId, ample);
    }
    expect(done).toEqual(['ber-2']);
    expect(await outcomes(other)).toEqual(['ber-1: export_interrupted', 'ber-2: completed']);
    await other.destroy();
  });

  test('a request has one job only', async () => {
    const jobs = runner(db, { export: kindOf(() => {}) });
    await db.transaction().execute((tx) => jobs.add(tx, 'export', 'ber-1'));
    await expect(db.transaction().execute((tx) => jobs.add(tx, 'export', 'ber-1'))).rejects.toThrow(/UNIQUE/);
  });
});

describe('attempts', () => {
  test('an error is tried again', async () => {
    const attempts: number[] = [];
    const kind = kindOf((_, attempt) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('disk full');
    });
    const logger = recordingLogger();
    const jobs = await startRunner(db, { export: kind }, { logger });
    await addAndWake(db, jobs, 'export', 'ber-1');
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(attempts).toEqual([1, 2, 3]);
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
    expect(logger.entries.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn job will be tried again',
      'warn job will be tried again',
      'info job completed',
    ]);
  });

  test('when used up, the job fails as exhausted and the cause is logged', async () => {
    const kind = kindOf(() => {
      throw new Error('disk full');
    });
    const logger = recordingLogger();
    const jobs = await startRunner(db, { export: kind }, { logger, maxAttempts: 3 });
    await addAndWake(db, jobs, 'export', 'ber-1');
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['ber-1: export_interrupted']);
    expect(logger.entries.at(-1)).toMatchObject({
      level: 'error',
      fields: { requestId: 'ber-1', attempt: 3, err: new Error('disk full') },
    });
  });

  test('a BotportError fails at once, with its cause', async () => {
    const run = vi.fn(() => {
      throw new BotportError('zip_malformed', 'cut off');
    });
    const jobs = await startRunner(db, { import: kindOf(run) });
    await addAndWake(db, jobs, 'import', 'bir-1');
    expect(await jobs.settled('bir-1', ample)).toBe(true);
    expect(run).toHaveBeenCalledOnce();
    expect(await outcomes(db)).toEqual(['bir-1: zip_malformed']);
  });

  test('a BotportError of the completing writes rolls them back and fails the request', async () => {
    const kind = kindOf(() => {});
    const jobs = await startRunner(db, {
      import: {
        ...kind,
        run: async () => async (tx) => {
          await writeOutcome(tx, 'bir-1', 'completed');
          throw new BotportError('bot_id_taken');
        },
      },
    });
    await addAndWake(db, jobs, 'import', 'bir-1');
    expect(await jobs.settled('bir-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['bir-1: bot_id_taken']);
  });

  test('a failure that cannot be written is tried again', async () => {
    let broken = 2;
    const kind = kindOf(() => {
      throw new BotportError('zip_malformed');
    });
    const jobs = await startRunner(db, {
      import: {
        ...kind,
        fail: async (tx, requestId, cause) => {
          await kind.fail(tx, requestId, cause);
          if (broken-- > 0) throw new Error('disk full');
        },
      },
    });
    await addAndWake(db, jobs, 'import', 'bir-1');
    expect(await jobs.settled('bir-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['bir-1: zip_malformed']);
  });

  test('of a process that died each time end as exhausted without another run', async () => {
    const run = vi.fn();
    const before = runner(db, { export: kindOf(run) });
    await db.transaction().execute((tx) => before.add(tx, 'export', 'ber-1'));
    for (let death = 0; death < 5; death++) {
      await claimNext(db, 'export', 60_000);
      await freeLeases(db, ['export']);
    }
    const jobs = await startRunner(db, { export: kindOf(run) });
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(run).not.toHaveBeenCalled();
    expect(await outcomes(db)).toEqual(['ber-1: export_interrupted']);
  });

  test('a postponed job waits for its moment, also across a restart', async () => {
    const idle = runner(db, { export: kindOf(() => {}) });
    await db.transaction().execute((tx) => idle.add(tx, 'export', 'ber-1'));
    const claim = await claimNext(db, 'export', 60_000);
    if (!claim) throw new Error('nothing claimed');
    const runAt = Date.now() + 300;
    expect(await postpone(db, claim, runAt)).toBe(true);
    let ranAt = 0;
    const jobs = await startRunner(db, {
      export: kindOf(() => {
        ranAt = Date.now();
      }),
    });
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(ranAt).toBeGreaterThanOrEqual(runAt);
  });
});

describe('a lost lease', () => {
  test('keeps the worker from writing, and another worker ends the job', async () => {
    const reached = gate();
    const opened = gate();
    const logger = recordingLogger();
    const jobs = await startRunner(
      db,
      {
        export: kindOf(async (_, attempt) => {
          if (attempt > 1) return;
          reached.open();
          await opened.wait;
        }),
      },
      { logger },
    );
    await addAndWake(db, jobs, 'export', 'ber-1');
    await reached.wait;
    await freeLeases(db, ['export']);
    const other = await startRunner(db, { export: kindOf(() => {}) });
    expect(await other.settled('ber-1', ample)).toBe(true);
    opened.open();
    await jobs.stop(ample);
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
    expect(logger.entries.map((entry) => entry.message)).toEqual(['job not ended: its outcome was dropped']);
  });

  test('is noticed when renewing, and aborts the job', async () => {
    const aborted = gate();
    const jobs = await startRunner(
      db,
      {
        export: kindOf(async (_, attempt, signal) => {
          if (attempt > 1) return;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          aborted.open();
        }),
      },
      { lease: 30, soleServer: false },
    );
    await addAndWake(db, jobs, 'export', 'ber-1');
    await freeLeases(db, ['export']);
    await aborted.wait;
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
  });

  test('does not happen while the lease is renewed', async () => {
    const run = vi.fn(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
    const settings = { lease: 1_000, poll: 10, soleServer: false };
    const jobs = await startRunner(db, { export: kindOf(run) }, settings);
    await startRunner(db, { export: kindOf(run) }, settings);
    await addAndWake(db, jobs, 'export', 'ber-1');
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(run).toHaveBeenCalledOnce();
  });

  test('an old claim ends nothing, even when the same lease returned', async () => {
    const idle = runner(db, { export: kindOf(() => {}) });
    await db.transaction().execute((tx) => idle.add(tx, 'export', 'ber-1'));
    const claim = await claimNext(db, 'export', 60_000);
    if (!claim) throw new Error('nothing claimed');
    await db.updateTable('jobs').set({ attempts: 2 }).execute();
    expect(await db.transaction().execute((tx) => deleteClaimed(tx, claim))).toBe(false);
    expect(await postpone(db, claim, 0)).toBe(false);
    expect(await rows()).toHaveLength(1);
  });
});

describe('concurrency', () => {
  test('never exceeds the kind’s limit, and reaches it', async () => {
    let now = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
    };
    const jobs = await startRunner(db, { export: kindOf(work, 3) });
    const ids = Array.from({ length: 40 }, (_, index) => `ber-${index}`);
    await Promise.all(ids.map((id) => addAndWake(db, jobs, 'export', id)));
    await Promise.all(ids.map((id) => jobs.settled(id, ample)));
    expect(most).toBe(3);
    expect((await outcomes(db)).sort()).toEqual(ids.map((id) => `${id}: completed`).sort());
  });

  test('is the kind’s own: exports do not wait for imports', async () => {
    const opened = gate();
    const jobs = await startRunner(db, {
      import: kindOf(() => opened.wait, 2),
      export: kindOf(() => {}),
    });
    for (const id of ['bir-1', 'bir-2', 'bir-3']) await addAndWake(db, jobs, 'import', id);
    await addAndWake(db, jobs, 'export', 'ber-1');
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
    opened.open();
    expect(await jobs.settled('bir-3', ample)).toBe(true);
  });

  test('waiting jobs are claimed oldest first, in the commit that ends the one before', async () => {
    const before = runner(db, { export: kindOf(() => {}) });
    const ids = ['ber-1', 'ber-2', 'ber-3', 'ber-4'];
    for (const id of ids) await db.transaction().execute((tx) => before.add(tx, 'export', id));
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    expect(await jobs.settled('ber-4', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(ids.map((id) => `${id}: completed`));
  });
});

describe('commits', () => {
  test('of a job that finds a free worker: one to add it, one to end it', async () => {
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    const before = commitsInLog(scratch.folder);
    for (const id of ['ber-1', 'ber-2', 'ber-3']) {
      await addAndWake(db, jobs, 'export', id);
      await jobs.settled(id, ample);
    }
    await jobs.stop(ample);
    expect(commitsInLog(scratch.folder) - before).toBe(6);
  });

  test('of waiting jobs: one to claim the first, one to end each', async () => {
    const idle = runner(db, { export: kindOf(() => {}) });
    for (let n = 0; n < 10; n++) await db.transaction().execute((tx) => idle.add(tx, 'export', `ber-${n}`));
    const before = commitsInLog(scratch.folder);
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    expect(await jobs.settled('ber-9', ample)).toBe(true);
    await jobs.stop(ample);
    expect(commitsInLog(scratch.folder) - before).toBe(11);
  });

  test('of a runner with nothing to do: none', async () => {
    const before = commitsInLog(scratch.folder);
    const jobs = await startRunner(db, { export: kindOf(() => {}) }, { poll: 1, lease: 3 });
    await jobs.settled('ber-none', ample);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await jobs.stop(ample);
    expect(commitsInLog(scratch.folder) - before).toBe(0);
  });
});

describe('start', () => {
  test('of the sole server frees leases that are left', async () => {
    const before = runner(db, { export: kindOf(() => {}) });
    await db.transaction().execute((tx) => before.add(tx, 'export', 'ber-1'));
    await claimNext(db, 'export', 3_600_000);
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    expect(await jobs.settled('ber-1', ample)).toBe(true);
  });

  test('beside other servers waits until a lease runs out', async () => {
    const before = runner(db, { export: kindOf(() => {}) });
    for (const id of ['ber-1', 'ber-2']) await db.transaction().execute((tx) => before.add(tx, 'export', id));
    await claimNext(db, 'export', 50);
    await claimNext(db, 'export', 3_600_000);
    const jobs = await startRunner(db, { export: kindOf(() => {}) }, { soleServer: false, poll: 5 });
    expect(await jobs.settled('ber-1', ample)).toBe(true);
    expect(await rows()).toMatchObject([{ request_id: 'ber-2', attempts: 1 }]);
  });

  test('leaves kinds it does not know alone', async () => {
    const before = runner(db, { unknown: kindOf(() => {}) });
    await db.transaction().execute((tx) => before.add(tx, 'unknown', 'x-1'));
    await claimNext(db, 'unknown', 60_000);
    await startRunner(db, { export: kindOf(() => {}) });
    expect(await rows()).toMatchObject([{ request_id: 'x-1', attempts: 1, lease: expect.any(String) }]);
  });
});

describe('stop', () => {
  test('lets running jobs finish and claims nothing more', async () => {
    const reached = gate();
    const opened = gate();
    const jobs = await startRunner(db, {
      export: kindOf(() => {
        reached.open();
        return opened.wait;
      }),
    });
    for (const id of ['ber-1', 'ber-2']) await addAndWake(db, jobs, 'export', id);
    await reached.wait;
    const stopped = jobs.stop(ample);
    opened.open();
    await stopped;
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
    expect(await rows()).toMatchObject([{ request_id: 'ber-2', attempts: 0 }]);
  });

  test('after the grace aborts what runs, writes nothing of it, and leaves it to the next start', async () => {
    const reached = gate();
    const opened = gate();
    let signal: AbortSignal | undefined;
    const jobs = await startRunner(db, {
      export: kindOf((_, __, given) => {
        signal = given;
        reached.open();
        return opened.wait;
      }),
    });
    await addAndWake(db, jobs, 'export', 'ber-1');
    await reached.wait;
    const waiting = jobs.settled('ber-1', ample);
    expect(signal?.aborted).toBe(false);
    await jobs.stop(5);
    expect(signal?.aborted).toBe(true);
    expect(await waiting).toBe(false);
    opened.open();
    await new Promise(setImmediate);
    expect(await outcomes(db)).toEqual([]);
    expect(await rows()).toMatchObject([{ request_id: 'ber-1', attempts: 1, lease: expect.any(String) }]);

    const next = await startRunner(db, { export: kindOf(() => {}) });
    expect(await next.settled('ber-1', ample)).toBe(true);
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
  });

  test('waits for writes that are under way, even without grace', async () => {
    const reached = gate();
    const opened = gate();
    const kind = kindOf(() => {});
    const jobs = await startRunner(db, {
      export: {
        ...kind,
        run: async (requestId) => async (tx) => {
          reached.open();
          await opened.wait;
          await writeOutcome(tx, requestId, 'completed');
        },
      },
    });
    await addAndWake(db, jobs, 'export', 'ber-1');
    await reached.wait;
    let stopped = false;
    const stopping = jobs.stop(0).then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stopped).toBe(false);
    opened.open();
    await stopping;
    expect(await outcomes(db)).toEqual(['ber-1: completed']);
    expect(await rows()).toEqual([]);
  });

  test('a job added while stopping waits for the next start', async () => {
    const jobs = await startRunner(db, { export: kindOf(() => {}) });
    const stopped = jobs.stop(ample);
    await addAndWake(db, jobs, 'export', 'ber-1');
    await stopped;
    expect(await rows()).toMatchObject([{ request_id: 'ber-1', attempts: 0, lease: null }]);
    expect(await jobs.settled('ber-1', ample)).toBe(false);
  });

  test('of a runner that never started, and a second time', async () => {
    const jobs = runner(db, { export: kindOf(() => {}) });
    await jobs.stop(ample);
    await jobs.stop(ample);
    await expect(jobs.start()).rejects.toThrow('starts once');
  });
});

describe('settled', () => {
  test('is true at once where there is no job', async () => {
    const jobs = runner(db, { export: kindOf(() => {}) });
    expect(await jobs.settled('ber-none', ample)).toBe(true);
  });

  test('is false after the time given', async () => {
    const jobs = runner(db, { export: kindOf(() => {}) });
    await db.transaction().execute((tx) => jobs.add(tx, 'export', 'ber-1'));
    expect(await jobs.settled('ber-1', 1)).toBe(false);
    expect(await jobs.settled('ber-1', 0)).toBe(false);
  });

  test('tells thousands of waiters, in whatever order waiting, looking and ending happen', async () => {
    const opened = gate();
    const jobs = await startRunner(db, { export: kindOf(() => opened.wait, 2) });
    await addAndWake(db, jobs, 'export', 'ber-1');
    const waiting = Array.from({ length: 5_000 }, () => jobs.settled('ber-1', ample));
    opened.open();
    waiting.push(...Array.from({ length: 5_000 }, () => jobs.settled('ber-1', ample)));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([true]));
  });
});
