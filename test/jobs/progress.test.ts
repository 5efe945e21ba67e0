import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobContext, JobKind, Jobs } from '../../src/jobs/interfaces.ts';
import { allOf, createProgressBoard, type Progress } from '../../src/jobs/progress.ts';
import type { Db } from '../../src/storage/database.ts';
import {
  addAndWake,
  ample,
  gate,
  openWithOutcomes,
  runner,
  temporaryFolder,
  writeOutcome,
} from './support.ts';

const half: Progress = { bytes: { done: 50, total: 100 }, items: { done: 1, total: 2 } };

describe('the board', () => {
  test('has what a run reported last, until the run is closed', () => {
    const board = createProgressBoard();
    expect(board.of('ber-1')).toBeUndefined();
    const run = board.open('ber-1');
    expect(board.of('ber-1')).toBeUndefined();
    run.report(half);
    run.report(allOf(100, 2));
    expect(board.of('ber-1')).toEqual(allOf(100, 2));
    run.close();
    expect(board.of('ber-1')).toBeUndefined();
  });

  test('drops what a run reports that is closed or has a successor', () => {
    const board = createProgressBoard();
    const lost = board.open('ber-1');
    const successor = board.open('ber-1');
    lost.report(half);
    expect(board.of('ber-1')).toBeUndefined();
    successor.report(allOf(1, 1));
    lost.close();
    expect(board.of('ber-1')).toEqual(allOf(1, 1));
    successor.close();
    successor.report(half);
    expect(board.of('ber-1')).toBeUndefined();
  });

  test('tells those who subscribed to the request, and no others', () => {
    const board = createProgressBoard();
    const heard: string[] = [];
    const listen = (name: string) => () => void heard.push(name);
    const leave = board.subscribe('ber-1', listen('a'));
    board.subscribe('ber-1', listen('b'));
    board.subscribe('ber-2', listen('c'));
    const run = board.open('ber-1');
    run.report(half);
    leave();
    board.ended('ber-1');
    expect(heard).toEqual(['a', 'b', 'b']);
  });
});

describe('a runner', () => {
  let scratch: ReturnType<typeof temporaryFolder>;
  let db: Db;
  let jobs: Jobs | undefined;
  beforeEach(async () => {
    scratch = temporaryFolder();
    db = await openWithOutcomes(scratch.folder);
  });
  afterEach(async () => {
    await jobs?.stop(0);
    await db.destroy();
    scratch.remove();
  });

  const kind = (run: (context: JobContext) => Promise<void>): JobKind => ({
    concurrency: 1,
    exhausted: 'export_interrupted',
    async run(requestId, context) {
      await run(context);
      return (tx) => writeOutcome(tx, requestId, 'completed');
    },
    fail: (tx, requestId, cause) => writeOutcome(tx, requestId, cause.type),
  });

  test('shows what its run reports, and nothing once the job has ended', async () => {
    const reported = gate();
    const opened = gate();
    const runs = kind(async ({ report }) => {
      report?.(half);
      reported.open();
      await opened.wait;
    });
    jobs = runner(db, { export: runs }) as Jobs;
    await jobs.start();
    await addAndWake(db, jobs, 'export', 'ber-1');
    await reported.wait;
    expect(jobs.progress.of('ber-1')).toEqual(half);
    opened.open();
    await jobs.settled('ber-1', ample);
    expect(jobs.progress.of('ber-1')).toBeUndefined();
  });

  test('begins anew with each attempt', async () => {
    const again = gate();
    const opened = gate();
    const runs = kind(async ({ report, attempt }) => {
      if (attempt === 1) {
        report?.(half);
        throw new Error('not yet');
      }
      again.open();
      await opened.wait;
    });
    jobs = runner(db, { export: runs }) as Jobs;
    await jobs.start();
    await addAndWake(db, jobs, 'export', 'ber-1');
    await again.wait;
    expect(jobs.progress.of('ber-1')).toBeUndefined();
    opened.open();
    await jobs.settled('ber-1', ample);
  });

  test('tells subscribers of the end when it can be read from the database', async () => {
    const opened = gate();
    jobs = runner(db, { export: kind(() => opened.wait) }) as Jobs;
    await jobs.start();
    await addAndWake(db, jobs, 'export', 'ber-1');
    const told = gate();
    jobs.progress.subscribe('ber-1', told.open);
    opened.open();
    await told.wait;
    expect(await db.selectFrom('jobs').selectAll().execute()).toEqual([]);
  });
});
