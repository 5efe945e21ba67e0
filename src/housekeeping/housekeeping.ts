import { z } from 'zod';
import { parseFailure, type RequestFailure } from '../failure.ts';
import { newId } from '../ids.ts';
import type { JobLogger, Jobs } from '../jobs/interfaces.ts';
import type { Db } from '../storage/database.ts';
import type { HousekeepingReport } from './collect-job.ts';

export interface Collection {
  id: string;
  status: 'pending' | 'success' | 'failed';
  report: HousekeepingReport | null;
  failure: RequestFailure | null;
}

export interface Housekeeping {
  /** Asks for a collection, or gives the one that is still to be made. It is durable when this returns. */
  request(): Promise<Collection>;
  /** Asks for one every so many milliseconds, until `stop`; `null`: never. */
  start(every: number | null): void;
  stop(): void;
}

export function openHousekeeping(db: Db, jobs: Jobs, logger: JobLogger): Housekeeping {
  let timer: NodeJS.Timeout | undefined;

  async function request(): Promise<Collection> {
    const { collection, added } = await db.transaction().execute(async (tx) => {
      const pending = await tx
        .selectFrom('collect_requests')
        .select('id')
        .where('status', '=', 'pending')
        .executeTakeFirst();
      const id = pending?.id ?? newId('gc');
      if (!pending) {
        await tx
          .insertInto('collect_requests')
          .values({
            id,
            status: 'pending',
            report: null,
            failure: null,
            created_at: Date.now(),
            finished_at: null,
          })
          .execute();
      }
      const waiting: Collection = { id, status: 'pending', report: null, failure: null };
      return { collection: waiting, added: pending ? undefined : await jobs.add(tx, 'collect', id) };
    });
    if (added) jobs.wake(added);
    return collection;
  }

  return {
    request,
    start(every) {
      if (every === null) return;
      const ask = () =>
        request().catch((error: unknown) =>
          logger.error({ err: error }, 'a collection could not be asked for'),
        );
      timer = setInterval(() => void ask(), every).unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

const report = z.object({
  exports: z.int(),
  uploads: z.int(),
  // Reports of versions before webhooks have none.
  deliveries: z.int().default(0),
  drafts: z.int(),
  versions: z.int(),
  publishes: z.int(),
  frozen: z.int(),
  recipes: z.int(),
  snapshots: z.int(),
  segments: z.int(),
  bytes: z.int(),
});

/** How a collection stands; `undefined` where there is none of that id. */
export async function findCollection(db: Db, id: string): Promise<Collection | undefined> {
  const row = await db.selectFrom('collect_requests').selectAll().where('id', '=', id).executeTakeFirst();
  return (
    row && {
      id: row.id,
      status: row.status,
      report: row.report === null ? null : report.parse(JSON.parse(row.report)),
      failure: parseFailure(row.failure),
    }
  );
}
