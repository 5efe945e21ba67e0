import { randomBytes } from 'node:crypto';
import type { Db, Tx } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { Claim } from './interfaces.ts';

/** Adds a job that is due at once; with a lease time, claimed by its own insert. */
export async function addJob(
  tx: Tx,
  kind: string,
  requestId: string,
  leaseTime: number | undefined,
): Promise<Claim | undefined> {
  const lease = leaseTime === undefined ? null : newLease();
  const row = await insertJob.first(tx, {
    kind,
    requestId,
    attempts: lease === null ? 0 : 1,
    lease,
    leaseUntil: leaseTime === undefined ? null : Date.now() + leaseTime,
  });
  if (!row) throw new Error('the insert gave no id');
  return lease === null ? undefined : { id: row.id, requestId, attempt: 1, lease };
}

interface NewJob {
  kind: string;
  requestId: string;
  attempts: number;
  lease: string | null;
  leaseUntil: number | null;
}

const insertJob = prepared((db, job: NewJob) =>
  db
    .insertInto('jobs')
    .values({
      kind: job.kind,
      request_id: job.requestId,
      attempts: job.attempts,
      // No moment of the clock: one that is set back must not hold the job up.
      run_at: 0,
      lease: job.lease,
      lease_until: job.leaseUntil,
    })
    .returning('id'),
);

/**
 * Claims the oldest due job of a kind. One statement, so one commit, and none at all where nothing is due. A single
 * writer cannot claim a job twice; a database with several needs `for update skip locked` in the inner query.
 */
export async function claimNext(db: Db | Tx, kind: string, leaseTime: number): Promise<Claim | undefined> {
  const now = Date.now();
  const lease = newLease();
  const row = await claimOldest.first(db, { kind, lease, leaseUntil: now + leaseTime, now });
  return row && { id: row.id, requestId: row.request_id, attempt: row.attempts, lease };
}

interface NewClaim {
  kind: string;
  lease: string;
  leaseUntil: number;
  now: number;
}

const claimOldest = prepared((db, claim: NewClaim) =>
  db
    .updateTable('jobs')
    .set((eb) => ({
      lease: claim.lease,
      lease_until: claim.leaseUntil,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('jobs')
        .select('id')
        .where('kind', '=', claim.kind)
        .where('run_at', '<=', claim.now)
        .where((due) => due.or([due('lease', 'is', null), due('lease_until', '<=', claim.now)]))
        .orderBy('id')
        .limit(1),
    )
    .returning(['id', 'request_id', 'attempts']),
);

function newLease(): string {
  return randomBytes(12).toString('hex');
}
