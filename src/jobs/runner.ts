import type { Db, Tx } from '../storage/database.ts';
import { type AttemptSetting, attempt } from './attempt.ts';
import { addJob, claimNext } from './claim.ts';
import type { AddedJob, Claim, JobKind, Jobs, JobsOptions } from './interfaces.ts';
import { freeLeases, hasJob, nextDue, renewLeases } from './lease.ts';
import { createProgressBoard } from './progress.ts';
import { createWaiters, longestDelay } from './waiters.ts';

/** One kind, as this runner works on it. */
interface Crew {
  readonly name: string;
  readonly concurrency: number;
  readonly setting: AttemptSetting;
  workers: number;
  /** Jobs claimed by their own insert that no worker has taken up yet. */
  readonly handed: Claim[];
  /** Whether due jobs may be in the table. Set by whoever announces one; cleared before a claim that finds none. */
  more: boolean;
  claiming: boolean;
}

const backoff = (attempts: number) => Math.min(200 * 4 ** (attempts - 1), 30_000);

/** Makes the runner of this process. Its kinds are given by name, as the `jobs` table has them. */
export function createJobs<K extends string>(
  db: Db,
  kinds: Record<K, JobKind>,
  options: JobsOptions,
): Jobs<K> {
  const { logger, soleServer } = options;
  const leaseTime = options.lease ?? 60_000;
  const renewEvery = leaseTime / 3;
  const poll = options.poll ?? 5_000;

  const waiters = createWaiters();
  const progress = createProgressBoard();
  /** Every claim this runner holds, by lease. */
  const held = new Map<string, AbortController>();
  /** Workers and claims under way. */
  const active = new Set<Promise<unknown>>();
  const writing = new Set<Promise<unknown>>();
  const names = Object.keys(kinds) as K[];
  const crews = new Map<string, Crew>(names.map((name) => [name, makeCrew(name, kinds[name])]));

  /** Stopping: nothing new is claimed. Halted: nothing is written either. */
  let state: 'new' | 'working' | 'stopping' | 'halted' = 'new';
  const working = () => state === 'working';
  const halted = () => state === 'halted';
  const stopping = () => state === 'stopping' || halted();
  let stopped: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let renewAt = Number.POSITIVE_INFINITY;

  function makeCrew(name: string, kind: JobKind): Crew {
    const next = async (tx: Tx) =>
      working() && crew.more && crew.handed.length === 0 ? claim(crew, tx) : undefined;
    const setting: AttemptSetting = {
      db,
      name,
      kind,
      logger,
      progress,
      maxAttempts: options.maxAttempts ?? 5,
      retryDelay: options.retryDelay ?? backoff,
      next,
      track: (write) => track(writing, write),
    };
    const crew: Crew = {
      name,
      concurrency: kind.concurrency,
      setting,
      workers: 0,
      handed: [],
      more: false,
      claiming: false,
    };
    return crew;
  }

  function crewOf(name: string): Crew {
    const crew = crews.get(name);
    if (!crew) throw new Error(`no kind of job is called ${name}`);
    return crew;
  }

  const free = (crew: Crew) => crew.concurrency - crew.workers - crew.handed.length;

  async function claim(crew: Crew, from: Db | Tx): Promise<Claim | undefined> {
    crew.more = false;
    const claimed = await track(writing, claimNext(from, crew.name, leaseTime));
    if (claimed) crew.more = true;
    return claimed;
  }

  /** Notes a claim, so that its lease is renewed and `stop` can abort it. */
  function hold(claim: Claim): void {
    held.set(claim.lease, new AbortController());
    if (held.size === 1) renewAt = Date.now() + renewEvery;
    lookBy(renewAt);
  }

  /** A worker: runs its first claim, then whatever comes next, until nothing is due. */
  async function work(crew: Crew, first: Claim): Promise<void> {
    crew.workers++;
    let current: Claim | undefined = first;
    while (current && !halted()) {
      const { lease, requestId } = current;
      const { signal } = held.get(lease) ?? new AbortController();
      const outcome = await attempt(current, signal, crew.setting);
      held.delete(lease);
      if (outcome.is === 'ended') {
        waiters.ended(requestId);
        progress.ended(requestId);
        current = outcome.next;
        if (current) hold(current);
      } else {
        if (outcome.is === 'postponed') lookBy(outcome.runAt);
        current = undefined;
      }
      if (working()) current ??= crew.handed.shift();
    }
    crew.workers--;
    // What was announced while this worker was still there found no free place.
    if (crew.more) await claimFor(crew);
  }

  function startWorker(crew: Crew, claim: Claim): void {
    void track(active, work(crew, claim));
  }

  /** Claims due jobs while the kind has free places. */
  async function claimFor(crew: Crew): Promise<void> {
    crew.more = true;
    if (crew.claiming) return;
    crew.claiming = true;
    try {
      while (crew.more && working() && free(crew) > 0) {
        // After a long pause of the process its own leases have run out; it must not claim from itself.
        if (held.size > 0 && Date.now() >= renewAt) await renew();
        const claimed = await claim(crew, db);
        if (!claimed || halted()) continue;
        hold(claimed);
        startWorker(crew, claimed);
      }
    } catch (error) {
      if (!halted()) logger.error({ err: error, kind: crew.name }, 'jobs could not be claimed');
    } finally {
      crew.claiming = false;
    }
  }

  async function renew(): Promise<void> {
    renewAt = Date.now() + renewEvery;
    const leases = [...held.keys()];
    const kept = await track(writing, renewLeases(db, leases, leaseTime));
    for (const lease of leases) {
      // A lease that has gone because the job ended meanwhile is no longer held.
      if (!kept.has(lease)) held.get(lease)?.abort(new Error('the job was lost'));
    }
  }

  /** Looks at the table no later than at this moment. */
  function lookBy(moment: number): void {
    if (!working() || moment >= timerAt) return;
    clearTimeout(timer);
    timerAt = moment;
    const delay = Math.min(Math.max(moment - Date.now(), 0), longestDelay);
    timer = setTimeout(() => void track(active, look()), delay).unref();
  }

  /** Renews leases, claims what has become due, and sets the timer for the next look. */
  async function look(): Promise<void> {
    timerAt = Number.POSITIVE_INFINITY;
    const now = Date.now();
    try {
      if (held.size > 0 && now >= renewAt) await renew();
      await Promise.all([...crews.values()].map(claimFor));
      const due = await nextDue(db, names, now);
      if (due !== null) lookBy(due);
    } catch (error) {
      if (!halted()) logger.error({ err: error }, 'the jobs table could not be read');
    }
    lookBy(now + poll);
    if (held.size > 0) lookBy(renewAt);
  }

  async function hasEnded(requestId: string): Promise<boolean> {
    if (halted()) return false;
    try {
      return !(await hasJob(db, requestId));
    } catch (error) {
      if (!stopping()) logger.error({ err: error, requestId }, 'the jobs table could not be read');
      return false;
    }
  }

  async function halt(graceMs: number): Promise<void> {
    clearTimeout(timer);
    const grace = delay(graceMs);
    const idle = (async () => {
      while (active.size > 0) await Promise.allSettled(active);
      return 'idle';
    })();
    const outcome = await Promise.race([idle, grace.over]);
    grace.clear();
    state = 'halted';
    if (outcome === 'over') {
      logger.warn({ jobs: held.size }, 'running jobs were left for the next start');
      for (const controller of held.values()) controller.abort(new Error('the server is stopping'));
      while (writing.size > 0) await Promise.allSettled(writing);
    }
    waiters.close();
  }

  return {
    progress,

    async add(tx, name, requestId): Promise<AddedJob<K>> {
      const crew = crewOf(name);
      const direct = working() && free(crew) > 0;
      return { kind: name, claim: await addJob(tx, name, requestId, direct ? leaseTime : undefined) };
    },

    wake({ kind, claim }) {
      if (!working()) return;
      const crew = crewOf(kind);
      if (!claim) void track(active, claimFor(crew));
      else {
        const place = free(crew) > 0;
        hold(claim);
        if (place) startWorker(crew, claim);
        else crew.handed.push(claim);
      }
    },

    async settled(requestId, ms) {
      const waiter = waiters.add(requestId, ms);
      // Waiting comes before looking, so that an end between the two is not missed.
      void hasEnded(requestId).then((ended) => ended && waiter.resolve(true));
      // At the end of the time one more look: another server may have ended the job.
      return (await waiter.outcome) || hasEnded(requestId);
    },

    async start() {
      if (state !== 'new') throw new Error('a runner starts once');
      const freed = soleServer ? await freeLeases(db, names) : 0;
      if (freed > 0) logger.info({ jobs: freed }, 'jobs of an earlier process are taken up again');
      if (stopping()) return;
      state = 'working';
      await look();
    },

    stop(graceMs) {
      if (!stopping()) state = 'stopping';
      stopped ??= halt(graceMs);
      return stopped;
    },
  };
}

/** Keeps a promise in a set until it settles. */
function track<T>(set: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  const entry = promise.finally(() => set.delete(entry));
  set.add(entry);
  return entry;
}

function delay(ms: number): { over: Promise<'over'>; clear(): void } {
  const { promise, resolve } = Promise.withResolvers<'over'>();
  const timer = setTimeout(() => resolve('over'), Math.min(ms, longestDelay));
  return { over: promise, clear: () => clearTimeout(timer) };
}
