import { BotportError } from '../errors.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { Claim, JobKind, JobLogger, Writes } from './interfaces.ts';
import { deleteClaimed, postpone } from './lease.ts';
import type { RunProgress, WritableProgressBoard } from './progress.ts';

/** What an attempt needs of its runner. */
export interface AttemptSetting {
  readonly db: Db;
  readonly name: string;
  readonly kind: JobKind;
  readonly logger: JobLogger;
  readonly progress: WritableProgressBoard;
  readonly maxAttempts: number;
  readonly retryDelay: (attempt: number) => number;
  /** Claims the worker's next job in the transaction that ends this one, which saves a commit. */
  next(tx: Tx): Promise<Claim | undefined>;
  /** Keeps `stop` from resolving before the write is over. */
  track<T>(write: Promise<T>): Promise<T>;
}

/** How an attempt came out; `stuck` means that not even a postponement could be written, so the lease must run out. */
export type Outcome =
  | { readonly is: 'ended'; readonly next: Claim | undefined }
  | { readonly is: 'postponed'; readonly runAt: number }
  | { readonly is: 'lost' | 'stuck' };

/** Runs a claimed job once and writes how it came out. Never throws. */
export async function attempt(claim: Claim, signal: AbortSignal, setting: AttemptSetting): Promise<Outcome> {
  const progress = setting.progress.open(claim.requestId);
  try {
    return await attemptWith(progress.report, claim, signal, setting);
  } finally {
    // Not before the end is written: until then, what was reported last is how far the job is.
    progress.close();
  }
}

async function attemptWith(
  report: RunProgress['report'],
  claim: Claim,
  signal: AbortSignal,
  setting: AttemptSetting,
): Promise<Outcome> {
  const { kind, logger, maxAttempts, track } = setting;
  const { requestId } = claim;
  const fields = { kind: setting.name, requestId, attempt: claim.attempt };
  const end = (writes: Writes) => track(endJob(claim, signal, setting, writes));

  let error: unknown;
  try {
    // Claimed once more after the last attempt: the process died in each of them.
    if (claim.attempt > maxAttempts) throw new BotportError(kind.exhausted);
    const afterwards: (() => void)[] = [];
    const writes = await kind.run(requestId, {
      signal,
      attempt: claim.attempt,
      report,
      whenWritten: (action) => afterwards.push(action),
    });
    const next = await end(writes);
    for (const action of afterwards) action();
    logger.info(fields, 'job completed');
    return { is: 'ended', next };
  } catch (thrown) {
    error = thrown;
  }

  const cause = failureOf(error, claim.attempt >= maxAttempts, kind);
  if (cause && !signal.aborted && !(error instanceof JobLost)) {
    try {
      const next = await end((tx) => kind.fail(tx, requestId, cause));
      if (cause.type === kind.exhausted)
        logger.error({ ...fields, err: error }, 'job failed: attempts used up');
      else logger.info({ ...fields, failure: cause.type, detail: cause.detail }, 'job failed');
      return { is: 'ended', next };
    } catch (thrown) {
      error = thrown;
    }
  }

  try {
    if (signal.aborted || error instanceof JobLost) throw new JobLost();
    const runAt = Date.now() + setting.retryDelay(claim.attempt);
    if (!(await track(postpone(setting.db, claim, runAt)))) throw new JobLost();
    logger.warn({ ...fields, err: error, runAt }, 'job will be tried again');
    return { is: 'postponed', runAt };
  } catch (thrown) {
    if (signal.aborted || thrown instanceof JobLost) {
      const { message } = signal.aborted ? signal.reason : thrown;
      logger.warn({ ...fields, reason: message }, 'job not ended: its outcome was dropped');
      return { is: 'lost' };
    }
    logger.error({ ...fields, err: thrown }, 'job waits for its lease to run out');
    return { is: 'stuck' };
  }
}

/** Deletes the job and makes the writes, in one transaction, while the claim still holds. */
function endJob(
  claim: Claim,
  signal: AbortSignal,
  { db, next }: AttemptSetting,
  writes: Writes,
): Promise<Claim | undefined> {
  return db.transaction().execute(async (tx) => {
    // The signal is looked at here, where the transaction is under way: it may have waited for others.
    if (signal.aborted || !(await deleteClaimed(tx, claim))) throw new JobLost();
    await writes(tx);
    return next(tx);
  });
}

class JobLost extends Error {
  override readonly name = 'JobLost';
  constructor() {
    super('the job was lost');
  }
}

/** The failure to record, or `undefined` where trying again makes sense. */
function failureOf(error: unknown, last: boolean, kind: JobKind): BotportError | undefined {
  if (error instanceof BotportError) return error;
  return last ? new BotportError(kind.exhausted, undefined, { cause: error }) : undefined;
}
