import { removeOldDrafts, removeOldVersions } from '../bots/retention.ts';
import { removeOldExports } from '../exports/retention.ts';
import { failedNow } from '../failure.ts';
import { removeOldUploads } from '../imports/retention.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import { removeOldPublishes } from '../publishing/retention.ts';
import { type CollectReport, collect } from '../snapshots/collect.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import { removeOldMlExports } from '../utterances/retention.ts';
import { removeOldDeliveries } from '../webhooks/retention.ts';
import { keepDeliveries } from '../webhooks/retries.ts';

/** What a collection did: how many of each it removed, and what it froze. `exports` counts those of bots and of utterances. */
export interface HousekeepingReport extends CollectReport {
  exports: number;
  uploads: number;
  /** Webhook deliveries. */
  deliveries: number;
  drafts: number;
  versions: number;
  publishes: number;
}

export interface CollectJobOptions {
  /** Milliseconds finished export requests and uploads are kept; `null`: for ever. */
  keepExports: number | null;
  keepUploads: number | null;
  /** Drafts and versions a bot keeps; `null`: all. */
  keepDrafts: number | null;
  keepVersions: number | null;
  /** Milliseconds a snapshot that is neither draft nor published stays ready after its last use; `null`: for ever. */
  keepReady: number | null;
}

/** Finished collections that stay on record. */
const keptReports = 100;

/** Removes what is too old or not needed by anything. Its steps stand each for itself, so it can be broken off. */
export function collectJob(db: Db, snapshots: Snapshots, options: CollectJobOptions): JobKind {
  return {
    concurrency: 1,
    exhausted: 'collect_interrupted',

    async run(requestId, { signal }) {
      const now = Date.now();
      const { keepExports, keepUploads, keepDrafts, keepVersions, keepReady } = options;
      const exports =
        keepExports === null
          ? 0
          : (await removeOldExports(db, now - keepExports, { signal })) +
            (await removeOldMlExports(db, now - keepExports, { signal }));
      const uploads = keepUploads === null ? 0 : await removeOldUploads(db, now - keepUploads, { signal });
      const deliveries = await removeOldDeliveries(db, now - keepDeliveries, { signal });
      const drafts = keepDrafts === null ? 0 : await removeOldDrafts(db, keepDrafts, signal);
      const versions = keepVersions === null ? 0 : await removeOldVersions(db, keepVersions, signal);
      const report: HousekeepingReport = {
        exports,
        uploads,
        deliveries,
        drafts,
        versions,
        publishes: await removeOldPublishes(db, signal),
        ...(await collect(db, snapshots, {
          keepReadySince: keepReady === null ? 0 : now - keepReady,
          signal,
        })),
      };
      return async (tx) => {
        await tx
          .updateTable('collect_requests')
          .set({ status: 'success', report: JSON.stringify(report), finished_at: Date.now() })
          .where('id', '=', requestId)
          .execute();
        await tx
          .deleteFrom('collect_requests')
          .where('id', 'in', (eb) =>
            eb
              .selectFrom('collect_requests')
              .select('id')
              .where('status', '<>', 'pending')
              .orderBy('created_at', 'desc')
              .orderBy('id')
              .offset(keptReports)
              .limit(keptReports),
          )
          .execute();
      };
    },

    async fail(tx, requestId, cause) {
      await tx.updateTable('collect_requests').set(failedNow(cause)).where('id', '=', requestId).execute();
    },
  };
}
