import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sql } from 'kysely';
import { parseRecipe, type Recipe } from '../archives/recipe.ts';
import type { Db } from '../storage/database.ts';
import { manifestRuns, parseManifest, snapshotDigest } from './manifest.ts';
import { unpackSegment } from './segment.ts';

export interface StoreReport {
  /** What was looked at. */
  checked: { segments: number; snapshots: number; archives: number; uploads: number; requests: number };
  /** Segments nothing refers to: left by imports that were broken off or are under way, and collected in time. */
  unreferenced: number;
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
  const archives = await checkArchives(db, segments, used, faults);
  const unreferenced = [...segments.keys()].filter((digest) => !used.has(digest)).length;
  const uploads = await checkUploads(db, faults);
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
    for (const run of manifestRuns(manifest)) {
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

async function checkArchives(
  db: Db,
  segments: Map<string, Lengths>,
  used: Set<string>,
  faults: string[],
): Promise<number> {
  let count = 0;
  const finished = db
    .selectFrom('export_requests')
    .select(['id', 'recipe', 'size'])
    .where('status', '=', 'success');
  for await (const { id, recipe: text, size } of finished.stream()) {
    count += 1;
    if (text === null) {
      faults.push(`export ${id}: the recipe is missing`);
      continue;
    }
    const recipe = readable(() => parseRecipe(text));
    if (!recipe) {
      faults.push(`export ${id}: the recipe cannot be read`);
      continue;
    }
    for (const part of recipe.parts) {
      if (!('segment' in part)) continue;
      used.add(part.segment);
      if (segments.get(part.segment)?.stored !== part.length) {
        faults.push(`export ${id}: segment ${part.segment} is missing or another`);
      }
    }
    if (sizeOf(recipe) !== recipe.size || recipe.size !== size)
      faults.push(`export ${id}: the size is another`);
    if (digestOf(recipe) !== recipe.digest) faults.push(`export ${id}: the digest is another`);
  }
  return count;
}

/** What parsing gives; undefined where it fails, so that one bad row does not hide the others. */
function readable<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function sizeOf({ parts }: Recipe): number {
  return parts.reduce(
    (sum, part) => sum + ('segment' in part ? part.length : Buffer.byteLength(part.literal, 'base64')),
    0,
  );
}

/** As the writer of archives makes it. */
function digestOf({ parts }: Recipe): string {
  const lines = parts.map((part) => ('segment' in part ? part.segment : `=${part.literal}`));
  return hash('sha256', lines.map((line) => `${line}\n`).join(''));
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
