import type { Staging } from '../imports/staging.ts';
import type { BotEdit } from '../snapshots/edited-files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import { type ChangeKind, noteChange } from './changes.ts';
import { draftOf, keepDraft } from './drafts.ts';
import { refuseWhileImporting } from './running-import.ts';

/** A change of some of a bot, of what the bot's name and languages do not come from. */
export interface DraftChange {
  kind: ChangeKind;
  createdBy: string;
  /** The edit of the state the draft has; `undefined` where nothing is to change. Asked again where the draft has moved. */
  edit(draft: Manifest): Promise<BotEdit | undefined>;
}

export interface DraftEditor {
  /**
   * Gives a bot the next draft: its present one with an edit. All of it or nothing is done, and nothing where it comes out as it
   * was. Edits of the same bot wait for each other. Throws `import_running`, what the edit throws, and what an import
   * of its content would fail with.
   */
  edit(botId: string, change: DraftChange, signal: AbortSignal): Promise<void>;
}

export interface DraftEditorDeps {
  db: Db;
  snapshots: Snapshots;
  staging: Staging;
}

export function openDraftEditor({ db, snapshots, staging }: DraftEditorDeps): DraftEditor {
  /** The last edit of each bot that is under way. */
  const running = new Map<string, Promise<void>>();

  /** False where the draft moved meanwhile: then nothing was done. */
  async function tryEdit(botId: string, change: DraftChange, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    // Looked at first as well: what is refused needs no work.
    await refuseWhileImporting(db, botId);
    const before = await draftOf(db, botId);
    return snapshots.useState(before, async ({ manifest }) => {
      const edit = await change.edit(manifest);
      if (!edit) return true;
      return staging.use({ type: 'edit', bot: manifest, edit }, signal, ({ snapshot }) =>
        db.transaction().execute(async (tx) => {
          await refuseWhileImporting(tx, botId);
          if ((await draftOf(tx, botId)) !== before) return false;
          const id = await snapshots.put(tx, snapshot);
          await tx.updateTable('bots').set({ draft: snapshot.digest }).where('id', '=', botId).execute();
          const number = await keepDraft(tx, botId, id, change.createdBy);
          if (number !== undefined) {
            const { kind, createdBy } = change;
            await noteChange(tx, botId, { kind, detail: String(number), createdBy });
          }
          return true;
        }),
      );
    });
  }

  return {
    async edit(botId, change, signal) {
      const earlier = running.get(botId) ?? Promise.resolve();
      const work = earlier.then(async () => {
        while (!(await tryEdit(botId, change, signal)));
      });
      // Whoever comes next waits for this one, and does not hear how it ended.
      const settled = work.catch(() => undefined);
      running.set(botId, settled);
      try {
        await work;
      } finally {
        if (running.get(botId) === settled) running.delete(botId);
      }
    },
  };
}
