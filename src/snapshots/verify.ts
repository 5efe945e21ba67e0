import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sql } from 'kysely';
import { type RecipePart, readRecipe, recipeDigest, separatorBlock } from '../archives/recipe.ts';
import type { Db } from '../storage/database.ts';
import { parseManifest, snapshotDigest } from './manifest.ts';
import { SnapshotRuns } from './runs.ts';
import { unpackSegment } from './segment.ts';

export interface StoreReport {
  /** What was looked at. */
  checked: { segments: number; snapshots: number; archives: number; uploads: number; requests: number };
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
  const faults = await databaseFaults(db);
  const segments = await checkSegments(db, faults);
  const used = new Set<string>();
  const snapshots = await checkSnapshots(db, segments, used, faults);
  const archives = await checkArchives(db, segments, faults);
  for (const digest of segments.keys())
    if (!used.has(digest)) faults.push(`segment ${digest}: nothing refers to it`);
  const uploads = await checkUploads(db, faults);
  const requests = await checkRequests(db, faults);
  return { checked: { segments: segments.size, snapshots, archives, uploads, requests }, faults };
}

async function databaseFaults(db: Db): Promise<string[]> {
  const { rows: pages } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  const { rows: keys } = await sql<{ table: string }>`pragma foreign_key_check`.execute(db);
  return [
    ...pages.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
    ...keys.map(({ table }) => `table ${table}: a reference leads nowhere`),
  ];
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
): Promise<number> {
  let count = 0;
  for await (const { digest, manifest: text } of db.selectFrom('snapshots').selectAll().stream()) {
    count += 1;
    const manifest = readable(() => parseManifest(text));
    if (!manifest) {
      faults.push(`snapshot ${digest}: the manifest cannot be read`);
      continue;
    }
    if (snapshotDigest(manifest) !== digest) faults.push(`snapshot ${digest}: the digest is another`);
    for (const run of SnapshotRuns.of(manifest).all) {
      used.add(run.digest);
      const segment = segments.get(run.digest);
      const same =
        segment?.text === run.textLength &&
        segment.stored === run.storedLength &&
        segment.crc32 === run.crc32;
      if (!same) faults.push(`snapshot ${digest}: segment ${run.digest} is missing or another`);
    }
  }
  return count;
}

async function checkArchives(db: Db, segments: Map<string, Lengths>, faults: string[]): Promise<number> {
  let count = 0;
  const finished = db
    .selectFrom('export_requests')
    .leftJoin('recipes', 'recipes.digest', 'export_requests.recipe')
    .innerJoin('snapshots', 'snapshots.digest', 'export_requests.snapshot')
    .select(['id', 'recipe', 'size', 'bytes', 'manifest'])
    .where('status', '=', 'success');
  for await (const { id, recipe: digest, size, bytes, manifest } of finished.stream()) {
    count += 1;
    if (digest === null || bytes === null) {
      faults.push(`export ${id}: the recipe is missing`);
      continue;
    }
    const [parts, runs] = [
      readable(() => readRecipe(bytes)),
      readable(() => SnapshotRuns.of(parseManifest(manifest))),
    ];
    if (!parts) {
      faults.push(`export ${id}: the recipe cannot be read`);
      continue;
    }
    // What is wrong with a manifest is said of its snapshot.
    if (!runs) continue;
    const found = checkParts(parts, runs, segments, (sentence) => faults.push(`export ${id}: ${sentence}`));
    if (found !== size) faults.push(`export ${id}: the size is another`);
    if (recipeDigest(bytes, runs.digest) !== digest) faults.push(`export ${id}: the digest is another`);
  }
  const orphans = db
    .selectFrom('recipes')
    .select('digest')
    .where('digest', 'not in', (query) =>
      query.selectFrom('export_requests').select('recipe').where('recipe', 'is not', null),
    );
  for (const { digest } of await orphans.execute()) faults.push(`recipe ${digest}: nothing refers to it`);
  return count;
}

/** Looks at every run an archive takes, and gives the size of the archive. */
function checkParts(
  parts: readonly RecipePart[],
  { all }: SnapshotRuns,
  segments: Map<string, Lengths>,
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
      if (segments.get(digest)?.stored !== storedLength) fault(`segment ${digest} is missing or another`);
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

/** A request is pending exactly as long as it has a job. */
async function checkRequests(db: Db, faults: string[]): Promise<number> {
  const jobs = new Set(
    (await db.selectFrom('jobs').select('request_id').execute()).map((job) => job.request_id),
  );
  let count = 0;
  for (const table of ['import_requests', 'export_requests', 'publish_requests'] as const) {
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
