import { failedNow } from '../failure.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import type { Db } from '../storage/database.ts';
import type { Announce } from '../webhooks/announce.ts';
import type { MadeArchives } from './made-archives.ts';
import { type ArchiveDeps, keepRecipe, makeArchive } from './make-archive.ts';

/** Turns an export request into the recipe of its archive. */
export function exportJob(db: Db, deps: ArchiveDeps, made: MadeArchives, announce: Announce): JobKind {
  return {
    concurrency: 4,
    exhausted: 'export_interrupted',

    async run(requestId, { report, whenWritten }) {
      const request = await db
        .selectFrom('export_requests')
        .select(['bot_id', 'body', 'snapshot'])
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const archive = await makeArchive(deps, request, report);
      whenWritten(() => made.keep(request.bot_id, request.snapshot, request.body, archive.made));
      return async (tx) => {
        await keepRecipe(tx, archive.recipe);
        await tx
          .updateTable('export_requests')
          .set({ status: 'success', ...archive.made, finished_at: Date.now() })
          .where('id', '=', requestId)
          .execute();
        await announce(tx, 'export.succeeded', requestId);
      };
    },

    async fail(tx, requestId, cause) {
      await tx.updateTable('export_requests').set(failedNow(cause)).where('id', '=', requestId).execute();
      await announce(tx, 'export.failed', requestId);
    },
  };
}
