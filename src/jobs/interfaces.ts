import type { BotportError, ErrorName } from '../errors.ts';
import type { Tx } from '../storage/database.ts';
import type { Progress, ProgressBoard } from './progress.ts';

/*
 * Words:
 *
 * - request: what a client asked for; a row of its own table, with a status
 * - job: a row of the `jobs` table: the work one request still needs. It is there exactly as long as the request
 *   is pending: the transaction that makes the request adds it, the one that ends the request deletes it
 * - kind: what a job does; a name, and a `JobKind` behind it
 * - runner: the part of a server process that runs jobs, made by `createJobs`
 * - worker: what runs one job after another; a runner has at most `concurrency` of them per kind
 * - claim: to take a job for a worker; also what the worker then holds: the job's id, attempt and lease
 * - lease: the random token a claim puts into the job's row, and the moment until which it counts unless renewed
 * - attempt: one claim of a job, counted from 1
 * - end: the job is deleted and its request completed or failed, in one transaction
 * - postpone: the lease is given back and the job is due again later
 * - due: free of a lease (or the lease has run out), and its moment has come
 * - lost: the job's row no longer carries the claim's lease; whatever the worker made is dropped
 */

/** What a kind of job does. */
export interface JobKind {
  /** How many of this kind run at once. */
  readonly concurrency: number;
  /** The failure recorded when the attempts are used up, e.g. `import_interrupted`. */
  readonly exhausted: ErrorName;
  /**
   * Does the work and writes nothing that anyone could see; gives back the writes that complete the request, to be made in one
   * transaction with the end of the job. Both may throw: a `BotportError` for a failure that trying again will not
   * mend, anything else is tried again.
   */
  run(requestId: string, context: JobContext): Promise<Writes>;
  /** Writes that the request has failed, and why. */
  fail(tx: Tx, requestId: string, cause: BotportError): Promise<void>;
}

/** Writes made in the transaction they are given, and only through it: others would wait for it for ever. */
export type Writes = (tx: Tx) => Promise<void>;

export interface JobContext {
  /** Aborted when the job is lost or the server stops: nothing the run gives back would be written any more. */
  readonly signal: AbortSignal;
  /** Counted from 1. */
  readonly attempt: number;
  /** Says how far the run is, for whoever watches. Costs next to nothing, and may be called as often as there is news. */
  report?(progress: Progress): void;
  /** Says what to do once the writes are on the disk; nothing is done where they fail. */
  whenWritten(action: () => void): void;
}

/** A worker's hold on a job. Every later write is made only while the row still carries this lease and attempt. */
export interface Claim {
  readonly id: number;
  readonly requestId: string;
  readonly attempt: number;
  readonly lease: string;
}

/** A job whose transaction is still to be committed; given to `wake` afterwards. */
export interface AddedJob<K extends string = string> {
  readonly kind: K;
  /** Set when a worker was free: the job is claimed in the same commit that adds it. */
  readonly claim: Claim | undefined;
}

/**
 * Runs jobs.
 *
 * ```ts
 * const added = await db.transaction().execute(async (tx) => {
 *   await tx.insertInto('export_requests').values(request).execute();
 *   return jobs.add(tx, 'export', request.id);
 * });
 * jobs.wake(added);
 * await jobs.settled(request.id, 2_000);
 * ```
 */
export interface Jobs<K extends string = string> {
  /** How far the jobs are that this process runs. */
  readonly progress: ProgressBoard;
  /** Adds a job inside the transaction that makes its request; `wake` is called after the commit. */
  add(tx: Tx, kind: K, requestId: string): Promise<AddedJob<K>>;
  /** Starts work on an added job at once. Without it the job waits for the next look at the table. */
  wake(added: AddedJob<K>): void;
  /**
   * Resolves when the request's job has ended (at once if there is none), or after `ms` milliseconds, or when the
   * runner stops; true if it has ended.
   */
  settled(requestId: string, ms: number): Promise<boolean>;
  /** Takes up what an earlier process left, then works. */
  start(): Promise<void>;
  /**
   * Claims nothing more and lets running jobs finish for `graceMs` milliseconds, then aborts them. What has not
   * ended keeps its row, for the next start. Nothing is written after this resolves.
   */
  stop(graceMs: number): Promise<void>;
}

export interface JobsOptions {
  readonly logger: JobLogger;
  /**
   * Whether no other process runs jobs on this database (storage/lock.ts sees to that): leases found at start are
   * then those of dead processes, and are freed at once instead of when they run out.
   */
  readonly soleServer: boolean;
  /** How long a lease counts unless renewed, in milliseconds; it is renewed after a third of that. Default: 60 s. */
  readonly lease?: number;
  /** Most milliseconds between two looks for due jobs that nobody announced. Default: 5 s. */
  readonly poll?: number;
  /** Attempts after which a job ends as failed. Default: 5. */
  readonly maxAttempts?: number;
  /** Milliseconds until the next attempt. Default: 0.2 s, then four times as long each time, 30 s at most. */
  readonly retryDelay?: (attempt: number) => number;
}

/** The part of a pino logger that is used. */
export interface JobLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
