import { newUuid } from '../ids.ts';
import { abandonIngest, beginIngest } from '../snapshots/ingests.ts';
import type { Db } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { ImportLimits } from './bot-files.ts';
import type { Ingested, IngestWork } from './ingest-protocol.ts';
import type { IngestThread } from './ingest-thread.ts';

/** Ingests what is only to be looked at, or is kept by the caller at once. */
export interface Staging {
  /**
   * Does the work of an import in a thread of its own, and gives what came of it to `action`. The segments stay until that is over;
   * then, where no snapshot has been stored meanwhile that needs them, the next collection removes them. At most
   * {@link atOnce} at a time; others wait.
   *
   * Throws what an import of the same fails with, and the reason of the signal.
   */
  use<T>(work: IngestWork, signal: AbortSignal, action: (made: Ingested) => Promise<T>): Promise<T>;
}

/** Each takes a thread, and up to some hundred megabytes. */
const atOnce = 2;

export interface StagingDeps {
  db: Db;
  segments: SegmentStore;
  ingestThread: IngestThread;
  databaseFile: string;
  limits: ImportLimits;
}

export function openStaging({ db, segments, ingestThread, databaseFile, limits }: StagingDeps): Staging {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<T>(action: () => Promise<T>): Promise<T> {
    while (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await action();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  return {
    use: (work, signal, action) =>
      inTurn(async () => {
        signal.throwIfAborted();
        const name = `staging ${newUuid()}`;
        const ingest = await beginIngest(db, name);
        try {
          const keep = (made: Parameters<SegmentStore['put']>[1]) =>
            db.transaction().execute((tx) => segments.put(tx, made, ingest));
          const { maxItem, maxUnpacked } = limits;
          const task = { databaseFile, limits: { maxItem, maxUnpacked }, work };
          return await action(await ingestThread.run(task, { signal, keep }));
        } finally {
          await abandonIngest(db, name);
        }
      }),
  };
}
