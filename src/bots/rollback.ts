import { BotportError } from '../errors.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db, Tx } from '../storage/database.ts';
import { noteChange } from './changes.ts';
import { keepDraft } from './drafts.ts';
import { refuseWhileImporting } from './running-import.ts';
import { snapshotOf } from './states.ts';

/** Where a rollback goes: an earlier draft, or a published version, by its number. */
export type RollbackTarget = { draft: number } | { version: number };

/** What a rollback did. */
export interface Rollback {
  /** Number of the draft the bot has now: a new one, with the old content. */
  draft: number;
  /** Digest of its content. */
  digest: string;
  /** Number of the draft it had before: going back to that undoes the rollback. */
  before: number;
  /** False where the draft had that content already: then nothing was done. */
  changed: boolean;
}

/**
 * Gives a bot the content of an earlier draft or version, as a new draft: nothing of the history goes, and a rollback
 * can itself be rolled back. Throws `unknown_version`, `import_running`.
 */
export async function rollBack(
  deps: { db: Db; snapshots: Snapshots },
  botId: string,
  target: RollbackTarget,
  createdBy: string,
): Promise<Rollback> {
  const { db, snapshots } = deps;
  const digest = await find(db, botId, target);
  const named = await nameOfDraft(deps, botId);
  // Ready before anybody sees it, and held so that it is not frozen meanwhile.
  return snapshots.use(digest, async ({ profile }) =>
    db.transaction().execute(async (tx) => {
      await refuseWhileImporting(tx, botId);
      const before = await newestDraft(tx, botId);
      if (before.digest === digest)
        return { draft: before.number, digest, before: before.number, changed: false };
      await tx
        .updateTable('bots')
        .set({
          draft: digest,
          ...(named.isOwn ? { name: profile.name } : {}),
          description: profile.description,
          type: profile.type,
          purpose: profile.purpose,
          default_language: profile.defaultLanguage,
        })
        .where('id', '=', botId)
        .execute();
      const { id } = await tx
        .selectFrom('snapshots')
        .select('id')
        .where('digest', '=', digest)
        .executeTakeFirstOrThrow();
      const draft = (await keepDraft(tx, botId, id, createdBy)) ?? before.number;
      const detail = 'draft' in target ? `draft ${target.draft}` : `version ${target.version}`;
      await noteChange(tx, botId, { kind: 'rollback', detail, createdBy });
      return { draft, digest, before: before.number, changed: true };
    }),
  );
}

/** Digest of the snapshot that is meant. */
async function find(db: Db, botId: string, target: RollbackTarget): Promise<string> {
  const digest = await ('draft' in target
    ? snapshotOf(db, botId, 'latest', target.draft)
    : snapshotOf(db, botId, 'published', target.version));
  if (digest === undefined) throw new BotportError('unknown_version', JSON.stringify(target));
  return digest;
}

/** Whether the bot is called as its draft says, and not by a name that somebody gave it beside that. */
async function nameOfDraft(
  { db, snapshots }: { db: Db; snapshots: Snapshots },
  botId: string,
): Promise<{ isOwn: boolean }> {
  const { name, draft } = await db
    .selectFrom('bots')
    .select(['name', 'draft'])
    .where('id', '=', botId)
    .executeTakeFirstOrThrow();
  return { isOwn: (await snapshots.manifest(draft)).profile.name === name };
}

async function newestDraft(tx: Tx, botId: string): Promise<{ number: number; digest: string }> {
  return tx
    .selectFrom('drafts')
    .innerJoin('snapshots', 'snapshots.id', 'drafts.snapshot')
    .select(['number', 'digest'])
    .where('bot_id', '=', botId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
}
