import { z } from 'zod';
import { readOptions } from '../definition/options.ts';
import { failedNow } from '../failure.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { ExportWork } from './export-work.ts';
import type { MadeArchive, MadeArchives } from './made-archives.ts';
import { makeRecipe } from './make-recipe.ts';
import { resolve } from './resolve.ts';

/** The stored body of a request, as far as resolving it needs. */
const storedBody = z.object({
  exportType: z.enum(['latest', 'published']),
  exportOptions: z.record(z.string(), z.unknown()).optional(),
  subTasks: z.record(z.string(), z.array(z.string())).optional(),
  IncludeDependentTasks: z.boolean().optional(),
  IncludeFormDependentTasks: z.boolean().optional(),
  customDashboards: z.boolean().optional(),
});

export function parseStoredBody(column: string) {
  return storedBody.parse(JSON.parse(column));
}

/** Turns an export request into the recipe of its archive. */
export function exportJob(db: Db, snapshots: Snapshots, segments: SegmentStore, made: MadeArchives): JobKind {
  return {
    concurrency: 4,
    exhausted: 'export_interrupted',

    async run(requestId, { report, whenWritten }) {
      const request = await db
        .selectFrom('export_requests')
        .select(['bot_id', 'body', 'snapshot'])
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const options = readOptions(parseStoredBody(request.body));
      const { recipe, work } = await snapshots.use(request.snapshot, async (manifest) => {
        const resolved = await resolve(options, manifest, () => snapshots.references(request.snapshot));
        const work = new ExportWork(manifest, resolved.selection, report);
        return { work, recipe: await makeRecipe(request.bot_id, manifest, resolved, segments, work) };
      });
      const { digest, bytes, size } = recipe;
      const archive: MadeArchive = {
        recipe: digest,
        size,
        done_bytes: work.total.bytes,
        done_items: work.total.items,
      };
      whenWritten(() => made.keep(request.bot_id, request.snapshot, request.body, archive));
      return async (tx) => {
        await tx
          .insertInto('recipes')
          .values({ digest, sha256: null, bytes })
          .onConflict((conflict) => conflict.column('digest').doNothing())
          .execute();
        await tx
          .updateTable('export_requests')
          .set({ status: 'success', ...archive, finished_at: Date.now() })
          .where('id', '=', requestId)
          .execute();
      };
    },

    async fail(tx, requestId, cause) {
      await tx.updateTable('export_requests').set(failedNow(cause)).where('id', '=', requestId).execute();
    },
  };
}
