import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { collectGarbage } from '../../src/housekeeping/collect-garbage.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from '../storage/support.ts';
import { stateIn, stateOf } from '../support/history.ts';
import { isKilled } from '../support/killed.ts';
import {
  type Caller,
  callerOf,
  createApp,
  exportBot,
  exportEarlier,
  importBot,
  importedBot,
  type Json,
  replaceDraft,
} from '../support/server.ts';

/*
 * A server that collects all the time is killed again and again, while drafts are replaced and states, present and
 * earlier, are exported. What is read must be right all the time, and the store sound.
 */

const kills = 20;
const newFolder = temporaryFolders();
let last: ChildProcess | undefined;
afterEach(() => last?.kill('SIGKILL'));

async function startProcess(dataFolder: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'collecting-server.ts')], {
    env: { ...process.env, BOTPORT_DATA: dataFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  last = child;
  for await (const url of createInterface(child.stdout)) return { child, url };
  throw new Error('the server ended before it listened');
}

/** The states a bot's draft has had, oldest first, as its archives say it. */
async function historyOf(admin: Caller, bot: string): Promise<number[]> {
  const { body } = await admin.get(`/api/v1/bots/${bot}/drafts?limit=100`);
  const states: number[] = [];
  for (const { number } of (body.drafts as Json[]).reverse()) {
    states.push(await stateIn(await exportEarlier(admin, bot, number as number)));
  }
  return states;
}

async function inStore<T>(dataFolder: string, action: (db: Db) => Promise<T>): Promise<T> {
  const db = await openDatabase(dataFolder);
  try {
    return await action(db);
  } finally {
    await db.destroy();
  }
}

test(`a collection killed ${kills} times leaves a sound store and loses nothing`, async () => {
  const dataFolder = newFolder();
  const app = await createApp(dataFolder);
  let state = 0;
  let bot = '';
  /** States whose import was said to have ended well. */
  const ended: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const { child, url } = await startProcess(dataFolder);
    const admin = await callerOf({ url }, app);
    if (kill === 0) {
      bot = await importedBot({ url }, admin, stateOf(0));
      ended.push(0);
    }
    const replaced = Promise.withResolvers<void>();
    const works = [
      async () => {
        state += 1;
        const n = state;
        const { status } = await replaceDraft({ url }, admin, bot, stateOf(n));
        // Refused while the import that was killed before is taken up again.
        if (status !== 'success') return;
        ended.push(n);
        replaced.resolve();
      },
      async () => void (await importBot({ url }, admin, stateOf(Math.floor(Math.random() * 20)))),
      async () => void (await stateIn((await exportBot(admin, bot)).archive)),
      async () => {
        const number = 1 + Math.floor(Math.random() * ended.length);
        await stateIn(await exportEarlier(admin, bot, number));
      },
    ];
    const busy = works.map(async (work) => {
      try {
        for (;;) await work();
      } catch (error) {
        if (!isKilled(error)) throw error;
      }
    });
    // Not before it has done something.
    await Promise.race([replaced.promise, ...busy]);
    await sleep(Math.random() * 100);
    child.kill('SIGKILL');
    await Promise.all(busy);
    if (child.signalCode === null) await once(child, 'exit');
    expect((await inStore(dataFolder, verifyStore)).faults).toEqual([]);
  }

  const { child, url } = await startProcess(dataFolder);
  const history = await historyOf(await callerOf({ url }, app), bot);
  expect(history.filter((n) => ended.includes(n))).toEqual(ended);
  expect(ended.length).toBeGreaterThan(kills);
  child.kill('SIGKILL');
  await once(child, 'exit');

  await collectGarbage({ ...loadConfig({}), dataFolder, keepReady: 0, keepExports: 1 });
  const { faults, unreferenced } = await inStore(dataFolder, verifyStore);
  expect({ faults, unreferenced }).toEqual({ faults: [], unreferenced: { segments: 0, recipes: 0 } });
  const frozen = await inStore(dataFolder, (db) =>
    db.selectFrom('snapshots').select('id').where('base', 'is not', null).execute(),
  );
  expect(frozen.length).toBeGreaterThan(kills / 2);
}, 300_000);
