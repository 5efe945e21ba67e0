import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { BotportError } from '../errors.ts';
import type { JobLogger } from '../jobs/interfaces.ts';
import { createJobs } from '../jobs/runner.ts';
import { abandonAllIngests } from '../snapshots/ingests.ts';
import { openSnapshots } from '../snapshots/snapshots.ts';
import { type Db, openExistingDatabase } from '../storage/database.ts';
import { lockDataFolder } from '../storage/lock.ts';
import { segmentsInDatabase } from '../storage/segment-store.ts';
import { collectJob, type HousekeepingReport } from './collect-job.ts';
import { type Collection, findCollection, openHousekeeping } from './housekeeping.ts';

/** How often a running server's work is looked at, in milliseconds. */
const pause = 100;

const silent: JobLogger = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Collects garbage once, from outside a server. Only one process may remove anything from a data folder: where a
 * server runs, it does the work; else this process does.
 *
 * @throws `data_folder_missing`, and whatever made the collection fail
 */
export async function collectGarbage(config: Config): Promise<HousekeepingReport> {
  const db = await openExistingDatabase(config.dataFolder);
  try {
    const snapshots = openSnapshots(db, segmentsInDatabase(db));
    const jobs = createJobs(
      db,
      { collect: collectJob(db, snapshots, config) },
      { logger: silent, soleServer: true },
    );
    const { id } = await openHousekeeping(db, jobs, silent).request();
    for (;;) {
      const lock = lockIfFree(config.dataFolder);
      if (lock) {
        try {
          // Nobody else is at work: what is under way here was broken off.
          await abandonAllIngests(db);
          await jobs.start();
          return reportOf(await untilEnded(db, id));
        } finally {
          await jobs.stop(0);
          lock.release();
        }
      }
      const collection = await findCollection(db, id);
      if (collection?.status !== 'pending') return reportOf(collection);
      await sleep(pause);
    }
  } finally {
    await db.destroy();
  }
}

function lockIfFree(dataFolder: string) {
  try {
    return lockDataFolder(dataFolder);
  } catch (error) {
    if (error instanceof BotportError && error.type === 'data_folder_in_use') return undefined;
    throw error;
  }
}

async function untilEnded(db: Db, id: string): Promise<Collection | undefined> {
  for (;;) {
    const collection = await findCollection(db, id);
    if (collection?.status !== 'pending') return collection;
    await sleep(pause);
  }
}

function reportOf(collection: Collection | undefined): HousekeepingReport {
  if (collection?.report) return collection.report;
  throw new BotportError(collection?.failure?.type ?? 'collect_interrupted', collection?.failure?.detail);
}
