import { z } from 'zod';
import { select } from '../definition/selection.ts';
import { formatFailure } from '../failure.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import { makeRecipe } from './make-recipe.ts';

/** The stored body of a request, as far as a selection needs it. */
const storedBody = z.object({
  exportOptions: z.record(z.string(), z.unknown()).optional(),
  subTasks: z.record(z.string(), z.array(z.string())).optional(),
  IncludeDependentTasks: z.boolean().optional(),
});

/** Turns an export request into the recipe of its archive. */
export function exportJob(db: Db, snapshots: Snapshots): JobKind {
  return {
    concurrency: 4,
    exhausted: 'export_interrupted',

    async run(requestId) {
      const request = await db
        .selectFrom('export_requests')
        .select(['bot_id', 'body', 'snapshot'])
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const manifest = await snapshots.manifest(request.snapshot);
      const selection = select(storedBody.parse(JSON.parse(request.body)));
      const recipe = makeRecipe(request.bot_id, manifest, selection);
      return async (tx) => {
        await tx
          .updateTable('export_requests')
          .set({
            status: 'success',
            recipe: JSON.stringify(recipe),
            size: recipe.size,
            finished_at: Date.now(),
          })
          .where('id', '=', requestId)
          .execute();
      };
    },

    async fail(tx, requestId, cause) {
      await tx
        .updateTable('export_requests')
        .set({ status: 'failed', failure: formatFailure(cause), finished_at: Date.now() })
        .where('id', '=', requestId)
        .execute();
    },
  };
}
