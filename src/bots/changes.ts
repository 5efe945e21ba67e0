import type { Db, Tx } from '../storage/database.ts';

/*
 * The change log of a bot: what happened to it, who did it, and when. Written in the transaction that does it.
 */

/** What can happen to a bot. */
export const changeKinds = [
  'import',
  'publish',
  'rollback',
  'variables',
  'functions',
  'version-labelled',
  'version-pinned',
  'version-unpinned',
  'version-deleted',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface Change {
  /** Counted from 1 for each bot. */
  number: number;
  kind: ChangeKind;
  /** What it was about: the number of the draft or version it made or was done to; `null` where there is none. */
  detail: string | null;
  /** Who did it: `u-…`. */
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

/** Notes that something happened to a bot. */
export async function noteChange(
  tx: Tx,
  botId: string,
  change: { kind: ChangeKind; detail: string | null; createdBy: string },
): Promise<void> {
  const last = await tx
    .selectFrom('changes')
    .select('number')
    .where('bot_id', '=', botId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  await tx
    .insertInto('changes')
    .values({
      bot_id: botId,
      number: (last?.number ?? 0) + 1,
      kind: change.kind,
      detail: change.detail,
      created_by: change.createdBy,
      created_at: Date.now(),
    })
    .execute();
}

/** A change, with what the one is called who did it. */
export interface ShownChange extends Change {
  /** Name of the app; `null` where it is not known. */
  doneBy: string | null;
}

export interface ChangePage {
  /** So many are passed over. */
  offset: number;
  limit: number;
  /** Only what happened between these moments (epoch milliseconds), both included. */
  from?: number | undefined;
  to?: number | undefined;
}

/** What happened to a bot, newest first. */
export async function listChanges(
  db: Db,
  botId: string,
  { offset, limit, from, to }: ChangePage,
): Promise<ShownChange[]> {
  const rows = await db
    .selectFrom('changes')
    .selectAll()
    .select(({ selectFrom }) =>
      selectFrom('apps')
        .select(({ fn }) => fn.min('apps.name').as('name'))
        .whereRef('apps.user_id', '=', 'changes.created_by')
        .as('done_by'),
    )
    .where('bot_id', '=', botId)
    .where('created_at', '>=', from ?? 0)
    .where('created_at', '<=', to ?? Number.MAX_SAFE_INTEGER)
    .orderBy('number', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows.map(({ number, kind, detail, created_by, created_at, done_by }) => ({
    number,
    kind: kind as ChangeKind,
    detail,
    createdBy: created_by,
    createdAt: created_at,
    doneBy: done_by,
  }));
}
