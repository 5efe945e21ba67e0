import { noteChange } from '../bots/changes.ts';
import { failedNow } from '../failure.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import { countItems } from '../snapshots/manifest.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import { textSize } from '../snapshots/text-form.ts';
import type { Db } from '../storage/database.ts';
import type { Announce } from '../webhooks/announce.ts';

/** Makes the bot's next published version of the snapshot that was its draft when it was asked for. */
export function publishJob(db: Db, snapshots: Snapshots, announce: Announce): JobKind {
  return {
    concurrency: 1,
    exhausted: 'publish_interrupted',

    async run(requestId) {
      const request = await db
        .selectFrom('publish_requests')
        .selectAll()
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const manifest = await snapshots.manifest(request.snapshot);
      return async (tx) => {
        const { published } = await tx
          .selectFrom('bots')
          .select('published')
          .where('id', '=', request.bot_id)
          .executeTakeFirstOrThrow();
        const number = (published ?? 0) + 1;
        await tx
          .insertInto('versions')
          .values({
            bot_id: request.bot_id,
            number,
            snapshot: request.snapshot,
            comment: request.comment,
            created_by: request.created_by,
            created_at: request.created_at,
            bytes: textSize(manifest),
            items: countItems(manifest),
          })
          .execute();
        await noteChange(tx, request.bot_id, {
          kind: 'publish',
          detail: String(number),
          createdBy: request.created_by,
        });
        await tx.updateTable('bots').set({ published: number }).where('id', '=', request.bot_id).execute();
        await tx
          .updateTable('publish_requests')
          .set({ status: 'success', version: number, finished_at: Date.now() })
          .where('id', '=', requestId)
          .execute();
        await announce(tx, 'publish.succeeded', requestId);
      };
    },

    async fail(tx, requestId, cause) {
      await tx.updateTable('publish_requests').set(failedNow(cause)).where('id', '=', requestId).execute();
      await announce(tx, 'publish.failed', requestId);
    },
  };
}
