import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { JobKind, JobLogger, Jobs, JobsOptions } from '../../src/jobs/interfaces.ts';
import { createJobs } from '../../src/jobs/runner.ts';
import { type Db, databaseFile, openDatabase, type Tx } from '../../src/storage/database.ts';

/** How each request ended, in a table of its own without any key, so that a second end would be seen. */
interface Outcomes {
  outcomes: { request_id: string; outcome: string; attempt: number };
}

export function temporaryFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-jobs-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function openWithOutcomes(folder: string): Promise<Db> {
  const db = await openDatabase(folder);
  await sql`create table if not exists outcomes (request_id text, outcome text, attempt integer)`.execute(db);
  return db;
}

export async function writeOutcome(tx: Tx, requestId: string, outcome: string, attempt = 0): Promise<void> {
  await (tx as unknown as Kysely<Outcomes>)
    .insertInto('outcomes')
    .values({ request_id: requestId, outcome, attempt })
    .execute();
}

/** `request: outcome` for every end, in order. */
export async function outcomes(db: Db): Promise<string[]> {
  const rows = await (db as unknown as Kysely<Outcomes>).selectFrom('outcomes').selectAll().execute();
  return rows.map((row) => `${row.request_id}: ${row.outcome}`);
}

/** A kind that records its ends; its work is `run`. */
export function kindOf(
  run: (requestId: string, attempt: number, signal: AbortSignal) => unknown,
  concurrency = 1,
): JobKind {
  return {
    concurrency,
    exhausted: 'export_interrupted',
    async run(requestId, { attempt, signal }) {
      await run(requestId, attempt, signal);
      return (tx) => writeOutcome(tx, requestId, 'completed', attempt);
    },
    fail: (tx, requestId, cause) => writeOutcome(tx, requestId, cause.type),
  };
}

export async function addAndWake<K extends string>(
  db: Db,
  jobs: Jobs<K>,
  kind: K,
  requestId: string,
): Promise<void> {
  jobs.wake(await db.transaction().execute((tx) => jobs.add(tx, kind, requestId)));
}

/** How many transactions the write-ahead log holds (https://www.sqlite.org/fileformat2.html#walformat). */
export function commitsInLog(folder: string): number {
  const log = readFileSync(`${databaseFile(folder)}-wal`);
  // Nothing was written since the database was opened.
  if (log.length === 0) return 0;
  const frame = 24 + log.readUInt32BE(8);
  const salts = log.subarray(16, 24);
  let commits = 0;
  for (let at = 32; at + frame <= log.length; at += frame) {
    if (log.subarray(at + 8, at + 16).equals(salts) && log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

/** A gate that many may wait at; opening it lets them all through. */
export function gate(): { wait: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: promise, open: resolve };
}

export interface LogEntry {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

export function recordingLogger(): JobLogger & { entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const write = (level: LogEntry['level']) => (fields: object, message: string) =>
    void entries.push({ level, message, fields: fields as Record<string, unknown> });
  return { entries, info: write('info'), warn: write('warn'), error: write('error') };
}

/** A runner with settings for tests: no delay before another attempt, and no poll that would cover up a lost wake. */
export function runner<K extends string>(
  db: Db,
  kinds: Record<K, JobKind>,
  options: Partial<JobsOptions> = {},
): Jobs<K> {
  return createJobs(db, kinds, {
    logger: recordingLogger(),
    soleServer: true,
    retryDelay: () => 1,
    poll: 3_600_000,
    ...options,
  });
}

/** Longer than anything here takes: a test that waits this long has failed. */
export const ample = 30_000;
