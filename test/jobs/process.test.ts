import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { kindOf, openWithOutcomes, outcomes, runner, temporaryFolder } from './support.ts';

const scratch = temporaryFolder();
afterEach(() => scratch.remove());

const start = (mode: string) =>
  spawn(process.execPath, [path.join(import.meta.dirname, 'job-process.ts'), scratch.folder, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

test('jobs of a killed process are ended by the next, which then exits by itself', async () => {
  let db = await openWithOutcomes(scratch.folder);
  const jobs = runner(db, { export: kindOf(() => {}) });
  for (const id of ['ber-1', 'ber-2', 'ber-3']) {
    await db.transaction().execute((tx) => jobs.add(tx, 'export', id));
  }
  await db.destroy();

  const first = start('hang');
  let running = 0;
  for await (const line of createInterface(first.stdout)) {
    if (line.startsWith('running') && ++running === 2) break;
  }
  first.kill('SIGKILL');
  await once(first, 'exit');

  const second = start('work');
  second.stdout.resume();
  expect(await once(second, 'exit')).toEqual([0, null]);

  db = await openWithOutcomes(scratch.folder);
  expect((await outcomes(db)).sort()).toEqual(['ber-1', 'ber-2', 'ber-3'].map((id) => `${id}: completed`));
  await db.destroy();
});
