import { BotportError } from '../errors.ts';
import type { Db, Tx } from '../storage/database.ts';
import { type ChangeKind, noteChange } from './changes.ts';

/** A published version of a bot. */
export interface Version {
  /** Counted from 1. A number is never given again. */
  number: number;
  /** What somebody calls it; no two versions of a bot are called the same. */
  label: string | null;
  /** A pinned version is not removed, neither by hand nor for its age. */
  pinned: boolean;
  comment: string;
  /** Digest of its snapshot. */
  digest: string;
  /** Whether it is the newest: what an export of the published copy takes. */
  current: boolean;
  /** The newest draft with the same content; `null` if there is none. */
  draft: number | null;
  /** A hint at its size: bytes of text, and items in lists; `null` for one published before they were counted. */
  bytes: number | null;
  items: number | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

/** What may change about a version; what is left out stays. */
export interface VersionChange {
  /** `null` takes the label away. */
  label?: string | null | undefined;
  pinned?: boolean | undefined;
}

/** Versions of a bot, newest first: `limit` of them, those before the number `before` if that is given. */
export async function listVersions(
  db: Db,
  botId: string,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Version[]> {
  const rows = await select(db, botId)
    .where('versions.number', '<', before ?? Number.MAX_SAFE_INTEGER)
    .orderBy('versions.number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toVersion);
}

/** Labels or pins a version, and notes what that changed. Throws `unknown_version`, `label_taken`. */
export async function changeVersion(
  db: Db,
  botId: string,
  number: number,
  change: VersionChange,
  createdBy: string,
): Promise<Version> {
  return db.transaction().execute(async (tx) => {
    const before = await find(tx, botId, number);
    const { label = before.label, pinned = before.pinned } = change;
    if (label !== before.label) {
      if (label !== null) await refuseTaken(tx, botId, label);
      await note(tx, botId, number, 'version-labelled', createdBy);
    }
    if (pinned !== before.pinned) {
      await note(tx, botId, number, pinned ? 'version-pinned' : 'version-unpinned', createdBy);
    }
    await tx
      .updateTable('versions')
      .set({ label, pinned: pinned ? 1 : 0 })
      .where('bot_id', '=', botId)
      .where('number', '=', number)
      .execute();
    return { ...before, label, pinned };
  });
}

/**
 * Removes a version; its content goes with the next collection, where nothing else needs it. Throws `unknown_version`,
 * `version_pinned`, `version_published`.
 */
export async function deleteVersion(db: Db, botId: string, number: number, createdBy: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { pinned, current } = await find(tx, botId, number);
    if (current) throw new BotportError('version_published', String(number));
    if (pinned) throw new BotportError('version_pinned', String(number));
    await tx.deleteFrom('versions').where('bot_id', '=', botId).where('number', '=', number).execute();
    await note(tx, botId, number, 'version-deleted', createdBy);
  });
}

async function find(tx: Tx, botId: string, number: number): Promise<Version> {
  const row = await select(tx, botId).where('versions.number', '=', number).executeTakeFirst();
  if (!row) throw new BotportError('unknown_version', `version ${number}`);
  return toVersion(row);
}

async function refuseTaken(tx: Tx, botId: string, label: string): Promise<void> {
  const taken = await tx
    .selectFrom('versions')
    .select('number')
    .where('bot_id', '=', botId)
    .where('label', '=', label)
    .executeTakeFirst();
  if (taken) throw new BotportError('label_taken', `version ${taken.number} is called "${label}"`);
}

function note(tx: Tx, botId: string, number: number, kind: ChangeKind, createdBy: string): Promise<void> {
  return noteChange(tx, botId, { kind, detail: String(number), createdBy });
}

function select(db: Db, botId: string) {
  return db
    .selectFrom('versions')
    .innerJoin('bots', 'bots.id', 'versions.bot_id')
    .innerJoin('snapshots', 'snapshots.digest', 'versions.snapshot')
    .select([
      'versions.number',
      'label',
      'pinned',
      'comment',
      'versions.snapshot as digest',
      'bots.published',
      'bytes',
      'items',
      'versions.created_by as createdBy',
      'versions.created_at as createdAt',
    ])
    .select(({ selectFrom }) =>
      selectFrom('drafts')
        .select(({ fn }) => fn.max('drafts.number').as('number'))
        .where('drafts.bot_id', '=', botId)
        .whereRef('drafts.snapshot', '=', 'snapshots.id')
        .as('draft'),
    )
    .where('versions.bot_id', '=', botId);
}

type VersionRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toVersion({ published, pinned, ...row }: VersionRow): Version {
  return { ...row, pinned: pinned === 1, current: row.number === published };
}
