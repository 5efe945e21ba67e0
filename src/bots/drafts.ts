import type { Db, Tx } from '../storage/database.ts';

/** A state the draft of a bot has, or once had. */
export interface Draft {
  /** Counted from 1. */
  number: number;
  /** Digest of its snapshot: states with the same content have the same. */
  digest: string;
  /** The newest version published of this content; `null` if there is none. */
  published: number | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

/** Digest of the draft a bot has now. */
export async function draftOf(db: Db | Tx, botId: string): Promise<string> {
  const { draft } = await db
    .selectFrom('bots')
    .select('draft')
    .where('id', '=', botId)
    .executeTakeFirstOrThrow();
  return draft;
}

/**
 * Adds a state to the history of a bot's draft, and gives its number; `undefined` if it is the one the draft has
 * already.
 */
export async function keepDraft(
  tx: Tx,
  botId: string,
  snapshot: number,
  createdBy: string,
): Promise<number | undefined> {
  const last = await tx
    .selectFrom('drafts')
    .select(['number', 'snapshot'])
    .where('bot_id', '=', botId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.snapshot === snapshot) return undefined;
  const number = (last?.number ?? 0) + 1;
  await tx
    .insertInto('drafts')
    .values({
      bot_id: botId,
      number,
      snapshot,
      created_by: createdBy,
      created_at: Date.now(),
    })
    .execute();
  return number;
}

/** States of a bot's draft, newest first: `limit` of them, those before the number `before` if that is given. */
export async function listDrafts(
  db: Db,
  botId: string,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Draft[]> {
  const rows = await db
    .selectFrom('drafts')
    .innerJoin('snapshots', 'snapshots.id', 'drafts.snapshot')
    .select(['drafts.number', 'digest', 'drafts.created_by', 'drafts.created_at'])
    .select(({ selectFrom }) =>
      selectFrom('versions')
        .select(({ fn }) => fn.max('versions.number').as('number'))
        .where('versions.bot_id', '=', botId)
        .whereRef('versions.snapshot', '=', 'snapshots.digest')
        .as('published'),
    )
    .where('drafts.bot_id', '=', botId)
    .where('drafts.number', '<', before ?? Number.MAX_SAFE_INTEGER)
    .orderBy('drafts.number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ number, digest, published, created_by, created_at }) => ({
    number,
    digest,
    published,
    createdBy: created_by,
    createdAt: created_at,
  }));
}
