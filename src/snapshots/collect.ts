import { sql } from 'kysely';
import type { Db } from '../storage/database.ts';
import { unpackText } from '../storage/packed-text.ts';
import { Turns } from '../turns.ts';
import { abandonIngest, beginIngest } from './ingests.ts';
import { manifestRuns, parseManifest } from './manifest.ts';
import { readDigests } from './outline.ts';
import type { Snapshots } from './snapshots.ts';

/*
 * Garbage collection: what is seldom asked for is frozen, what nobody needs goes.
 *
 * - A snapshot is needed by a bot's drafts and versions, by export requests (a recipe needs only segments of the
 *   snapshot its request is pinned to), publish requests and exports of utterances, and by snapshots frozen against it.
 * - A segment is needed by the manifests and outlines that name it, and by imports under way, which store theirs before there is a
 *   manifest.
 *
 * Each step is a transaction of its own that leaves a whole store, so the process may be killed at any moment; what is
 * needed is looked at in the same transaction that removes, or by a rule that outlasts the time between (see `sweep`).
 */

export interface CollectOptions {
  /** Snapshots used after this moment (epoch milliseconds) are not frozen. */
  keepReadySince: number;
  /** Stops between two steps. */
  signal?: AbortSignal;
}

/** How many were frozen and removed, and the compressed bytes of the segments removed. */
export interface CollectReport {
  frozen: number;
  recipes: number;
  snapshots: number;
  segments: number;
  bytes: number;
}

/** Freezes what is seldom asked for, and removes what nobody needs. May run beside imports and exports. */
export async function collect(
  db: Db,
  snapshots: Snapshots,
  { keepReadySince, signal }: CollectOptions,
): Promise<CollectReport> {
  const frozen =
    (await freezeOld(db, snapshots, keepReadySince, signal)) +
    (await freezeLeft(db, snapshots, keepReadySince, signal));
  const recipes = await removeRecipes(db, signal);
  const removed = await removeSnapshots(db, snapshots, signal);
  return { frozen, recipes, snapshots: removed, ...(await sweep(db, signal)) };
}

/** So many rows are looked at in one go. */
const batch = 200;

/** A draft that another has followed, each with the snapshot that came next and the present one. */
interface Old {
  bot_id: string;
  number: number;
  digest: string;
  next: string;
  present: string;
}

async function freezeOld(db: Db, snapshots: Snapshots, since: number, signal?: AbortSignal): Promise<number> {
  let frozen = 0;
  let [bot, number] = ['', 0];
  for (;;) {
    const { rows } = await sql<Old>`
      select old.bot_id, old.number, snapshots.digest, next_snapshot.digest as next, bots.draft as present
      from drafts old
        join drafts next on next.bot_id = old.bot_id and next.number = old.number + 1
        join snapshots on snapshots.id = old.snapshot
        join snapshots next_snapshot on next_snapshot.id = next.snapshot
        join bots on bots.id = old.bot_id
        join manifests on manifests.snapshot = snapshots.digest
      where (old.bot_id, old.number) > (${bot}, ${number})
        and next.snapshot <> old.snapshot
        and next.created_at <= ${since}
        and ${unused(since)}
      order by old.bot_id, old.number limit ${batch}`.execute(db);
    for (const row of rows) {
      signal?.throwIfAborted();
      const done =
        (await snapshots.freeze(row.digest, row.next)) || (await snapshots.freeze(row.digest, row.present));
      if (done) frozen += 1;
      [bot, number] = [row.bot_id, row.number];
    }
    if (rows.length < batch) return frozen;
  }
}

/**
 * Freezes what no draft has any more, and is there for a version or for those frozen against it: against the draft of a
 * bot that needs it.
 */
async function freezeLeft(
  db: Db,
  snapshots: Snapshots,
  since: number,
  signal?: AbortSignal,
): Promise<number> {
  let frozen = 0;
  for (let after = 0; ; ) {
    const { rows } = await sql<{ id: number; digest: string }>`
      select snapshots.id, snapshots.digest
      from snapshots join manifests on manifests.snapshot = snapshots.digest
      where snapshots.id > ${after}
        and not exists (select 1 from drafts where drafts.snapshot = snapshots.id)
        and not exists (select 1 from versions where versions.snapshot = snapshots.digest
          and not exists (select 1 from versions next where next.bot_id = versions.bot_id
            and next.number > versions.number and next.created_at <= ${since}))
        and ${unused(since)}
      order by snapshots.id limit ${batch}`.execute(db);
    for (const { id, digest } of rows) {
      signal?.throwIfAborted();
      after = id;
      const draft = await draftUpon(db, id);
      if (draft !== undefined && (await snapshots.freeze(digest, draft))) frozen += 1;
    }
    if (rows.length < batch) return frozen;
  }
}

/** The draft of a bot that needs a snapshot, for a version or draft that has it or stands upon it. */
async function draftUpon(db: Db, id: number): Promise<string | undefined> {
  const { rows } = await sql<{ draft: string }>`
    with recursive upon (id, digest) as (
      select id, digest from snapshots where id = ${id}
      union select child.id, child.digest from upon join snapshots child on child.base = upon.id
    )
    select draft from bots where id in (
      select bot_id from upon join versions on versions.snapshot = upon.digest
      union select bot_id from upon join drafts on drafts.snapshot = upon.id
    ) order by id limit 1`.execute(db);
  return rows[0]?.draft;
}

/** True for a row of `snapshots` that is nobody's draft, nor published, and was not exported since. */
function unused(since: number) {
  return sql<boolean>`
    not exists (select 1 from bots live where live.draft = snapshots.digest)
    and not exists (select 1 from versions join bots live
      on live.id = versions.bot_id and live.published = versions.number
      where versions.snapshot = snapshots.digest)
    and not exists (select 1 from export_requests asked where asked.snapshot = snapshots.digest
      and (asked.status = 'pending' or asked.finished_at > ${since}))`;
}

/** Recipes of exports that were removed. */
async function removeRecipes(db: Db, signal?: AbortSignal): Promise<number> {
  let removed = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await sql`
      delete from recipes where digest in (
        select digest from recipes
        where not exists (select 1 from export_requests where export_requests.recipe = recipes.digest)
        limit ${batch}
      ) returning digest`.execute(db);
    removed += rows.length;
    if (rows.length < batch) return removed;
  }
}

/** True for a row of `snapshots` that nothing in the store needs. */
const unneeded = sql<boolean>`
  not exists (select 1 from bots where bots.draft = snapshots.digest)
  and not exists (select 1 from drafts where drafts.snapshot = snapshots.id)
  and not exists (select 1 from versions where versions.snapshot = snapshots.digest)
  and not exists (select 1 from export_requests where export_requests.snapshot = snapshots.digest)
  and not exists (select 1 from publish_requests where publish_requests.snapshot = snapshots.digest)
  and not exists (select 1 from ml_exports where ml_exports.snapshot = snapshots.digest)
  and not exists (select 1 from snapshots child where child.base = snapshots.id)`;

async function removeSnapshots(db: Db, snapshots: Snapshots, signal?: AbortSignal): Promise<number> {
  let removed = 0;
  let after = 0;
  for (;;) {
    const { rows } = await sql<{ id: number; digest: string; base: number | null }>`
      select id, digest, base from snapshots where id > ${after} and ${unneeded} order by id limit ${batch}`.execute(
      db,
    );
    for (const row of rows) {
      after = row.id;
      // With the last snapshot frozen against it, the base may have become unneeded.
      for (let one: typeof row | undefined = row; one; one = await baseOf(db, one.base)) {
        signal?.throwIfAborted();
        if (!(await removeOne(db, snapshots, one))) break;
        removed += 1;
      }
    }
    if (rows.length < batch) return removed;
  }
}

async function baseOf(db: Db, id: number | null) {
  if (id === null) return undefined;
  return db.selectFrom('snapshots').select(['id', 'digest', 'base']).where('id', '=', id).executeTakeFirst();
}

async function removeOne(
  db: Db,
  snapshots: Snapshots,
  { id, digest }: { id: number; digest: string },
): Promise<boolean> {
  let gone = false;
  await snapshots.remove(digest, () =>
    db.transaction().execute(async (tx) => {
      const { rows } = await sql`select 1 from snapshots where id = ${id} and ${unneeded}`.execute(tx);
      if (rows.length === 0) return;
      // Manifest and outline go with it.
      await tx.deleteFrom('snapshots').where('id', '=', id).execute();
      gone = true;
    }),
  );
  return gone;
}

/** In the place of a request's id: no request is called so. */
const sweeping = 'collect';

/**
 * Removes segments that no manifest names. Whoever stores a segment, or finds it stored, marks it with the number of
 * its ingest before a manifest names it (ingests.ts). So what an ingest that was under way when this began, or
 * began later, may need, carries a number from `limit` on, and what all others need stands in the manifests read after
 * that: neither is removed, whatever is committed meanwhile.
 */
async function sweep(db: Db, signal?: AbortSignal): Promise<Pick<CollectReport, 'segments' | 'bytes'>> {
  // A number of its own keeps the limit where it is, also while no ingest is under way. Always under the same name, it
  // takes the place of one that an earlier collection left when it was broken off.
  await beginIngest(db, sweeping);
  try {
    const { limit } = await db
      .selectFrom('ingests')
      .select((eb) => eb.fn.min<number>('id').as('limit'))
      .executeTakeFirstOrThrow();
    return await removeSegments(db, await neededSegments(db, signal), limit, signal);
  } finally {
    await abandonIngest(db, sweeping);
  }
}

async function removeSegments(
  db: Db,
  needed: ReadonlySet<number>,
  limit: number,
  signal?: AbortSignal,
): Promise<Pick<CollectReport, 'segments' | 'bytes'>> {
  const report = { segments: 0, bytes: 0 };
  const turns = new Turns();
  for (let after = ''; ; ) {
    signal?.throwIfAborted();
    const rows = await db
      .selectFrom('segments')
      .select(['digest', sql<number>`length(bytes)`.as('size')])
      .where('digest', '>', after)
      .where('ingest', '<', limit)
      .orderBy('digest')
      .limit(batch)
      .execute();
    const dead = new Map(
      rows.filter(({ digest }) => !needed.has(mark(digest))).map((row) => [row.digest, row.size]),
    );
    if (dead.size > 0) {
      const removed = await db
        .deleteFrom('segments')
        .where('digest', 'in', [...dead.keys()])
        .where('ingest', '<', limit)
        .returning('digest')
        .execute();
      report.segments += removed.length;
      for (const { digest } of removed) report.bytes += dead.get(digest) ?? 0;
    }
    const last = rows.at(-1);
    if (!last || rows.length < batch) return report;
    after = last.digest;
    await turns.next();
  }
}

/** Every segment a manifest or an outline names, by its mark: twelve digits tell enough, and a chance likeness only keeps one. */
async function neededSegments(db: Db, signal?: AbortSignal): Promise<Set<number>> {
  const needed = new Set<number>();
  const turns = new Turns();
  for (let after = ''; ; ) {
    signal?.throwIfAborted();
    const rows = await db
      .selectFrom('manifests')
      .leftJoin('outlines', 'outlines.snapshot', 'manifests.snapshot')
      .select(['manifests.snapshot', 'manifests.bytes', 'outlines.bytes as outline'])
      .where('manifests.snapshot', '>', after)
      .orderBy('manifests.snapshot')
      .limit(batch)
      .execute();
    for (const { bytes, outline } of rows) {
      for (const { digest } of manifestRuns(parseManifest(unpackText(bytes)))) needed.add(mark(digest));
      for (const digest of outline ? readDigests(outline) : []) needed.add(mark(digest));
      await turns.next();
    }
    const last = rows.at(-1);
    if (!last || rows.length < batch) return needed;
    after = last.snapshot;
  }
}

function mark(digest: string): number {
  return Number.parseInt(digest.slice(0, 12), 16);
}
