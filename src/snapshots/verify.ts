import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Selectable, sql } from 'kysely';
import { type RecipePart, readRecipe, recipeDigest, separatorBlock } from '../archives/recipe.ts';
import type { Db } from '../storage/database.ts';
import { unpackText } from '../storage/packed-text.ts';
import type { SnapshotTable } from '../storage/schema.ts';
import { segmentsInDatabase } from '../storage/segment-store.ts';
import { applyDelta, unpackDeltas } from './delta.ts';
import { ingest, unlimited } from './ingest.ts';
import { type Manifest, parseManifest, snapshotDigest } from './manifest.ts';
import { readDigests } from './outline.ts';
import { SnapshotRuns } from './runs.ts';
import { unpackSegment } from './segment.ts';
import type { KeepSegments } from './segment-maker.ts';
import { readTextForm, type TextForm, toBotFiles } from './text-form.ts';

export interface StoreReport {
  /** What was looked at. */
  checked: { segments: number; snapshots: number; archives: number; uploads: number; requests: number };
  /** What nothing refers to: no fault, a collection removes it. */
  unreferenced: { segments: number; recipes: number };
  /** What is wrong, a sentence each; empty for a sound store. */
  faults: string[];
}

/** Lengths of a segment: of its text, and of its compressed form. */
type Lengths = { text: number; stored: number; crc32: number };

/**
 * Checks a store from end to end: the database file, every segment against its digest, every reference of snapshots
 * and archives, every upload, and that requests and jobs belong together. Reads only; may run beside a server.
 */
export function verifyStore(db: Db): Promise<StoreReport> {
  // One transaction: a server at work goes on, but moves nothing between two looks.
  return db.transaction().setAccessMode('read only').execute(verify);
}

async function verify(db: Db): Promise<StoreReport> {
  const faults = [...(await databaseFaults(db)), ...(await numberFaults(db)), ...(await botFaults(db))];
  const segments = await checkSegments(db, faults);
  const used = new Set<string>();
  const { count: snapshots, thawed } = await checkSnapshots(db, segments, used, faults);
  const archives = await checkArchives(db, segments, thawed, faults);
  const unreferenced = {
    segments: [...segments.keys()].filter((digest) => !used.has(digest)).length,
    recipes: await countOrphans(db),
  };
  const uploads = await checkUploads(db, faults);
  await checkUtteranceFiles(db, faults);
  const requests = await checkRequests(db, faults);
  return {
    checked: { segments: segments.size, snapshots, archives, uploads, requests },
    unreferenced,
    faults,
  };
}

async function databaseFaults(db: Db): Promise<string[]> {
  const { rows: pages } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  const { rows: keys } = await sql<{ table: string }>`pragma foreign_key_check`.execute(db);
  return [
    ...pages.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
    ...keys.map(({ table }) => `table ${table}: a reference leads nowhere`),
  ];
}

/** Lists are read by numbers without a gap: see auth/app-bots.ts. */
async function numberFaults(db: Db): Promise<string[]> {
  const { rows } = await sql<{ list: string }>`
    select 'account ' || account_id as list from bots
      group by account_id having min(ordinal) <> 0 or max(ordinal) <> count(*) - 1
    union all
    select 'app ' || client_id from app_bots where ordinal is not null
      group by client_id having min(ordinal) <> 0 or max(ordinal) <> count(distinct ordinal) - 1`.execute(db);
  return rows.map(({ list }) => `${list}: its bots are not numbered without a gap`);
}

/** The draft of a bot is the newest of its drafts, and what is published is one of its versions. */
async function botFaults(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string; what: string }>`
    select id, 'the newest draft is another' as what from bots where draft is not (
      select snapshots.digest from drafts join snapshots on snapshots.id = drafts.snapshot
      where drafts.bot_id = bots.id order by drafts.number desc limit 1)
    union all
    select id, 'the published version is missing' from bots where published is not null and not exists (
      select 1 from versions where versions.bot_id = bots.id and versions.number = bots.published)`.execute(
    db,
  );
  return rows.map(({ id, what }) => `bot ${id}: ${what}`);
}

async function checkSegments(db: Db, faults: string[]): Promise<Map<string, Lengths>> {
  const found = new Map<string, Lengths>();
  for await (const row of db.selectFrom('segments').selectAll().stream()) {
    found.set(row.digest, { text: row.text_length, stored: row.bytes.length, crc32: row.crc32 });
    try {
      const text = unpackSegment(row.bytes);
      if (hash('sha256', text) !== row.digest) faults.push(`segment ${row.digest}: the digest is another`);
      if (crc32(text) !== row.crc32) faults.push(`segment ${row.digest}: the CRC-32 is another`);
      if (text.length !== row.text_length) faults.push(`segment ${row.digest}: the length is another`);
    } catch {
      faults.push(`segment ${row.digest}: cannot be read`);
    }
  }
  return found;
}

async function checkSnapshots(
  db: Db,
  segments: Map<string, Lengths>,
  used: Set<string>,
  faults: string[],
): Promise<{ count: number; thawed: Thawed }> {
  const found = await db.selectFrom('snapshots').select(['id', 'digest', 'base']).execute();
  const ready = new Set<string>();
  for await (const { snapshot, bytes } of db.selectFrom('manifests').selectAll().stream()) {
    const manifest = readable(() => parseManifest(unpackText(bytes)));
    if (!manifest) {
      faults.push(`snapshot ${snapshot}: the manifest cannot be read`);
      continue;
    }
    if (snapshotDigest(manifest) !== snapshot) faults.push(`snapshot ${snapshot}: the digest is another`);
    let isWhole = true;
    for (const run of SnapshotRuns.of(manifest).all) {
      used.add(run.digest);
      const segment = segments.get(run.digest);
      const same =
        segment?.text === run.textLength &&
        segment.stored === run.storedLength &&
        segment.crc32 === run.crc32;
      if (!same) faults.push(`snapshot ${snapshot}: segment ${run.digest} is missing or another`);
      isWhole &&= same;
    }
    if (isWhole) ready.add(snapshot);
  }
  for await (const { snapshot, bytes } of db.selectFrom('outlines').selectAll().stream()) {
    const digests = readable(() => readDigests(bytes));
    if (!digests) faults.push(`snapshot ${snapshot}: the outline cannot be read`);
    for (const digest of digests ?? []) {
      used.add(digest);
      if (!segments.has(digest))
        faults.push(`snapshot ${snapshot}: segment ${digest} of the outline is missing`);
    }
  }
  const thawed = await checkFrozen(db, found, ready, faults);
  for (const { digest } of found)
    if (!ready.has(digest) && !thawed.has(digest)) faults.push(`snapshot ${digest}: cannot be read`);
  return { count: found.length, thawed };
}

/** Frozen snapshots that came out right; the runs of those with exports. */
type Thawed = Map<string, SnapshotRuns | null>;
type FoundSnapshot = Pick<Selectable<SnapshotTable>, 'id' | 'digest' | 'base'>;

/** Thaws every frozen snapshot in memory, from its base on; gives those that came out right. */
async function checkFrozen(
  db: Db,
  found: FoundSnapshot[],
  ready: ReadonlySet<string>,
  faults: string[],
): Promise<Thawed> {
  const thawed: Thawed = new Map();
  const exported = await exportedSnapshots(db);
  const children = Map.groupBy(found, ({ base }) => base);
  for (const root of children.get(null) ?? []) {
    if (!ready.has(root.digest) || !children.has(root.id)) continue;
    const waiting: [FoundSnapshot, TextForm][] = [];
    const look = (parent: FoundSnapshot, text: TextForm) => {
      for (const child of children.get(parent.id) ?? []) waiting.push([child, text]);
    };
    look(root, await readTextForm(segmentsInDatabase(db), await readManifest(db, root.digest)));
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [child, base] = next;
      const made = await thawOne(db, child, base);
      if (made) {
        thawed.set(child.digest, exported.has(child.digest) ? SnapshotRuns.of(made.manifest) : null);
        look(child, made.text);
      } else faults.push(`snapshot ${child.digest}: the delta makes another`);
    }
  }
  return thawed;
}

async function exportedSnapshots(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom('export_requests').select('snapshot').distinct().execute();
  return new Set(rows.map(({ snapshot }) => snapshot));
}

async function readManifest(db: Db, digest: string): Promise<Manifest> {
  const { bytes } = await db
    .selectFrom('manifests')
    .select('bytes')
    .where('snapshot', '=', digest)
    .executeTakeFirstOrThrow();
  return parseManifest(unpackText(bytes));
}

/** Nothing is kept: only the digest counts. */
const lengthsOf: KeepSegments = async (made) => made.map(({ bytes }) => bytes.length);

async function thawOne(
  db: Db,
  { id, digest }: FoundSnapshot,
  base: TextForm,
): Promise<{ text: TextForm; manifest: Manifest } | undefined> {
  const { delta } = await db
    .selectFrom('snapshots')
    .select('delta')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  try {
    const [read] = await unpackDeltas(delta ? [delta] : []);
    if (!read) return undefined;
    const text = applyDelta(base, read);
    const made = await ingest(toBotFiles(text), { limits: unlimited, keep: lengthsOf });
    return made.digest === digest ? { text, manifest: made.manifest } : undefined;
  } catch {
    return undefined;
  }
}

async function checkArchives(
  db: Db,
  segments: Map<string, Lengths>,
  thawed: Thawed,
  faults: string[],
): Promise<number> {
  let count = 0;
  const finished = db
    .selectFrom('export_requests')
    .leftJoin('recipes', 'recipes.digest', 'export_requests.recipe')
    .leftJoin('manifests', 'manifests.snapshot', 'export_requests.snapshot')
    .leftJoin('snapshots', 'snapshots.digest', 'export_requests.snapshot')
    .select([
      'export_requests.id',
      'recipe',
      'size',
      'recipes.bytes',
      'export_requests.snapshot',
      'manifests.bytes as manifest',
      'snapshots.base',
    ])
    .where('status', '=', 'success');
  for await (const { id, recipe: digest, size, bytes, snapshot, manifest, base } of finished.stream()) {
    count += 1;
    if (digest === null || bytes === null) {
      faults.push(`export ${id}: the recipe is missing`);
      continue;
    }
    const [parts, runs] = [
      readable(() => readRecipe(bytes)),
      manifest ? readable(() => SnapshotRuns.of(parseManifest(unpackText(manifest)))) : thawed.get(snapshot),
    ];
    if (!parts) {
      faults.push(`export ${id}: the recipe cannot be read`);
      continue;
    }
    // What is wrong with a manifest is said of its snapshot.
    if (!runs) continue;
    const isOfRuns = recipeDigest(bytes, runs.digest) === digest;
    // Another zlib thaws the snapshot than made it: the archive is made anew when somebody asks for it.
    if (!isOfRuns && base !== null) continue;
    // The segments of a frozen snapshot are made when it is thawed.
    const stored = manifest ? segments : undefined;
    const found = checkParts(parts, runs, stored, (sentence) => faults.push(`export ${id}: ${sentence}`));
    if (found !== size) faults.push(`export ${id}: the size is another`);
    if (!isOfRuns) faults.push(`export ${id}: the digest is another`);
  }
  return count;
}

/** Recipes of exports that were removed. */
async function countOrphans(db: Db): Promise<number> {
  const { orphans } = await db
    .selectFrom('recipes')
    .select((eb) => eb.fn.countAll<number>().as('orphans'))
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('export_requests').select('id').whereRef('recipe', '=', 'recipes.digest'))),
    )
    .executeTakeFirstOrThrow();
  return orphans;
}

/** Looks at every run an archive takes, and gives the size of the archive. */
function checkParts(
  parts: readonly RecipePart[],
  { all }: SnapshotRuns,
  segments: Map<string, Lengths> | undefined,
  fault: (sentence: string) => void,
): number {
  let size = 0;
  for (const part of parts) {
    if (Buffer.isBuffer(part)) {
      size += part.length;
      continue;
    }
    const runs = all.slice(part.from, part.from + part.count);
    if (runs.length === 0 || runs.length < part.count) fault('a reference leads nowhere');
    for (const { digest, storedLength } of runs) {
      size += storedLength;
      if (segments && segments.get(digest)?.stored !== storedLength)
        fault(`segment ${digest} is missing or another`);
    }
    size += (runs.length - 1) * separatorBlock.length;
  }
  return size;
}

/** What parsing gives; undefined where it fails, so that one bad row does not hide the others. */
function readable<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

async function checkUploads(db: Db, faults: string[]): Promise<number> {
  const { rows } = await sql<{ id: string; size: number; held: number }>`
    select uploads.id, uploads.size, coalesce(sum(length(upload_chunks.bytes)), 0) as held
    from uploads left join upload_chunks on upload_chunks.upload_id = uploads.id
    where uploads.complete = 1
    group by uploads.id, uploads.size`.execute(db);
  for (const { id, size, held } of rows) if (size !== held) faults.push(`upload ${id}: bytes are missing`);
  return rows.length;
}

async function checkUtteranceFiles(db: Db, faults: string[]): Promise<void> {
  const { rows } = await sql<{ id: string; size: number; held: number }>`
    select ml_exports.id, ml_exports.size, coalesce(sum(length(ml_export_chunks.bytes)), 0) as held
    from ml_exports left join ml_export_chunks on ml_export_chunks.content = ml_exports.content
    where ml_exports.content is not null
    group by ml_exports.id, ml_exports.size`.execute(db);
  for (const { id, size, held } of rows) if (size !== held) faults.push(`export ${id}: bytes are missing`);
}

const requestTables = [
  'import_requests',
  'export_requests',
  'publish_requests',
  'ml_exports',
  'collect_requests',
] as const;

/** A request is pending exactly as long as it has a job. */
async function checkRequests(db: Db, faults: string[]): Promise<number> {
  const jobs = new Set(
    (await db.selectFrom('jobs').select('request_id').execute()).map((job) => job.request_id),
  );
  let count = 0;
  for (const table of requestTables) {
    for await (const { id, status } of db.selectFrom(table).select(['id', 'status']).stream()) {
      count += 1;
      if (status === 'pending' && !jobs.has(id))
        faults.push(`request ${id}: pending, but nobody works on it`);
      if (status !== 'pending' && jobs.has(id)) faults.push(`request ${id}: ended, but still has a job`);
      jobs.delete(id);
    }
  }
  for (const id of jobs) faults.push(`job of ${id}: there is no such request`);
  return count;
}
