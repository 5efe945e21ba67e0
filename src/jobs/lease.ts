import type { Db, Tx } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { Claim } from './interfaces.ts';

/** Deletes the claimed job; false where it is lost, and then nothing may be written. */
export async function deleteClaimed(tx: Tx, claim: Claim): Promise<boolean> {
  return (await deleteJob.run(tx, claim)) > 0;
}

const deleteJob = prepared((db, claim: Claim) =>
  db
    .deleteFrom('jobs')
    .where('id', '=', claim.id)
    .where('lease', '=', claim.lease)
    .where('attempts', '=', claim.attempt),
);

/** Gives the lease back; the job is due again at `runAt`. False where it is lost. */
export async function postpone(db: Db, claim: Claim, runAt: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ lease: null, lease_until: null, run_at: runAt })
    .where('id', '=', claim.id)
    .where('lease', '=', claim.lease)
    .where('attempts', '=', claim.attempt)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Renews the leases in one commit, and says which of them are still there. */
export async function renewLeases(db: Db, leases: string[], leaseTime: number): Promise<Set<string | null>> {
  const rows = await db
    .updateTable('jobs')
    .set({ lease_until: Date.now() + leaseTime })
    .where('lease', 'in', leases)
    .returning('lease')
    .execute();
  return new Set(rows.map((row) => row.lease));
}

/** Frees every lease of these kinds: their holders are dead. Gives back how many there were. */
export async function freeLeases(db: Db, kinds: string[]): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ lease: null, lease_until: null })
    .where('kind', 'in', kinds)
    .where('lease', 'is not', null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** When the next postponed job of these kinds is due, if any is. */
export async function nextDue(db: Db, kinds: string[], now: number): Promise<number | null> {
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min('run_at').as('run_at'))
    .where('kind', 'in', kinds)
    .where('run_at', '>', now)
    .where('lease', 'is', null)
    .executeTakeFirst();
  return row?.run_at ?? null;
}

/** Whether the request still has a job. */
export async function hasJob(db: Db, requestId: string): Promise<boolean> {
  return (await jobOf.first(db, { requestId })) !== undefined;
}

const jobOf = prepared((db, value: { requestId: string }) =>
  db.selectFrom('jobs').select('id').where('request_id', '=', value.requestId),
);
