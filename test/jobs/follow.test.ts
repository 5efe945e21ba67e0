import { expect, test } from 'vitest';
import { follow, type Standing } from '../../src/jobs/follow.ts';
import { allOf, createProgressBoard, notBegun, type Progress, progressOf } from '../../src/jobs/progress.ts';
import type { RequestStatus } from '../../src/storage/schema.ts';
import { all } from '../support/all.ts';

const at = (done: number): Progress => ({ bytes: { done, total: 9 }, items: { done: 0, total: null } });

/** A request that is read like a row, and a board beside it. */
function request(status: RequestStatus = 'pending') {
  const board = createProgressBoard();
  const leaving = new AbortController();
  const row = { status, done_bytes: 9, done_items: 3 };
  let reads = 0;
  const standings = follow({
    requestId: 'ber-1',
    board,
    signal: leaving.signal,
    read: async (): Promise<Standing<{ status: RequestStatus }>> => {
      reads += 1;
      return { record: { status: row.status }, progress: progressOf(row, board.of('ber-1')) };
    },
  });
  return {
    board,
    leave: () => leaving.abort(),
    next: async () => (await standings.next()).value,
    rest: () => all(standings),
    end(how: RequestStatus) {
      row.status = how;
      board.ended('ber-1');
    },
    reads: () => reads,
  };
}

test('who takes slowly gets the newest', async () => {
  const { board, next, rest, end } = request();
  const run = board.open('ber-1');
  run.report(at(1));
  expect(await next()).toEqual({ record: { status: 'pending' }, progress: at(1) });
  for (const done of [2, 3, 4]) run.report(at(done));
  expect(await next()).toEqual({ record: { status: 'pending' }, progress: at(4) });
  run.report(at(5));
  end('success');
  run.close();
  expect(await rest()).toEqual([{ record: { status: 'success' }, progress: allOf(9, 3) }]);
});

test('the same progress is not told twice', async () => {
  const { board, next, rest, end } = request();
  const run = board.open('ber-1');
  run.report(at(1));
  await next();
  const following = next();
  run.report(at(1));
  run.report(at(1));
  run.report(at(2));
  expect(await following).toMatchObject({ progress: at(2) });
  end('failed');
  run.close();
  expect(await rest()).toEqual([{ record: { status: 'failed' }, progress: null }]);
});

test('a run that is given up for now is back at the beginning', async () => {
  const { board, next, leave } = request();
  const run = board.open('ber-1');
  run.report(at(1));
  await next();
  run.close();
  expect(await next()).toMatchObject({ record: { status: 'pending' }, progress: notBegun });
  leave();
});

test('an end that comes while the row is read is not missed', async () => {
  const { next, end } = request();
  const first = next();
  end('success');
  const seen = [await first, await next()];
  expect(seen.filter((one) => one?.record.status === 'success')).toHaveLength(1);
});

test('progress is told without reading the row again', async () => {
  const { board, next, reads, leave } = request();
  const run = board.open('ber-1');
  await next();
  for (const done of [1, 2, 3]) {
    run.report(at(done));
    expect(await next()).toMatchObject({ progress: at(done) });
  }
  expect(reads()).toBe(1);
  leave();
});

test('who leaves gets no more', async () => {
  const { next, leave } = request();
  await next();
  const following = next();
  leave();
  expect(await following).toBeUndefined();
});
