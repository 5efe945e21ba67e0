import { randomBytes } from 'node:crypto';
import type { Db, Tx } from '../storage/database.ts';
import type { Claim } from './interfaces.ts';

/** Adds a job that is due at once; with a lease time, claimed by its own insert. */
export async function addJob(
  tx: Tx,
  kind: string,
  requestId: string,
  leaseTime: number | undefined,
): Promise<Claim | undefined> {
  const lease = leaseTime === undefined ? null : newLease();
  const { id } = await tx
    .insertInto('jobs')
    .values({
      kind,
      request_id: requestId,
      attempts: lease === null ? 0 : 1,
      // No moment of the clock: one that is set back must not hold the job up.
      run_at: 0,
      lease,
      lease_until: leaseTime === undefined ? null : Date.now() + leaseTime,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return lease === null ? undefined : { id, requestId, attempt: 1, lease };
}

/**
 * Claims the oldest due job of a kind. One statement, so one commit, and none at all where nothing is due. A single
 * writer cannot claim a job twice; a database with several needs `for update skip locked` in the inner query.
 */
export async function claimNext(db: Db | Tx, kind: string, leaseTime: number): Promise<Claim | undefined> {
  const now = Date.now();
  const lease = newLease();
  const row = await db
    .updateTable('jobs')
    .set((eb) => ({ lease, lease_until: now + leaseTime, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('jobs')
        .select('id')
        .where('kind', '=', kind)
        .where('run_at', '<=', now)
        .where((due) => due.or([due('lease', 'is', null), due('lease_until', '<=', now)]))
        .orderBy('id')
        .limit(1),
    )
    .returning(['id', 'request_id', 'attempts'])
    .executeTakeFirst();
  return row && { id: row.id, requestId: row.request_id, attempt: row.attempts, lease };
}

function newLease(): string {
  return randomBytes(12).toString('hex');
}
