import type { Db, Tx } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import { ping } from './events.ts';
import { mostFailing, retryDelay } from './retries.ts';
import type { Outcome } from './send.ts';

/*
 * Words:
 *
 * - message: what is sent when a request has ended; it has one id, whichever webhooks it goes to
 * - delivery: a message to one webhook; a row, written by the transaction that ends the request (announce.ts)
 * - due: the delivery is to be sent as soon as there is a place for it
 * - attempt: sending a delivery once
 * - given up: no attempt is left
 *
 * Only one server works on a data folder (storage/lock.ts), so nothing is written when an attempt begins: what a crash
 * interrupts is due as before. So every message is sent at least once, and some twice.
 */

/** No moment of the clock: one that is set back must not hold a delivery up. */
export const dueAtOnce = 0;

/** A webhook that has deliveries to be sent. */
export interface WaitingWebhook {
  id: string;
  url: string;
  sealed_secret: string;
}

export interface DueDelivery {
  number: number;
  webhook_id: string;
  message_id: string;
  event: string;
  body: string;
  attempts: number;
}

/** The webhooks that have deliveries to be sent now. One that is disabled, or whose app was revoked, gets nothing. */
export function waitingWebhooks(tx: Tx, now: number): Promise<WaitingWebhook[]> {
  return waiting.all(tx, { now });
}

const waiting = prepared((db, value: { now: number }) =>
  db
    .selectFrom('webhooks')
    .innerJoin('apps', 'apps.client_id', 'webhooks.client_id')
    .select(['webhooks.id', 'webhooks.url', 'webhooks.sealed_secret'])
    .where('apps.revoked_at', 'is', null)
    .where('webhooks.disabled_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_deliveries')
          .select('number')
          .whereRef('webhook_id', '=', 'webhooks.id')
          .where('due_at', '<=', value.now),
      ),
    ),
);

/** The oldest deliveries of a webhook that are to be sent now, `limit` of them. */
export function dueDeliveries(tx: Tx, webhookId: string, now: number, limit: number): Promise<DueDelivery[]> {
  return dueOf.all(tx, { webhookId, now, limit });
}

const dueOf = prepared((db, value: { webhookId: string; now: number; limit: number }) =>
  db
    .selectFrom('webhook_deliveries')
    .select(['number', 'webhook_id', 'message_id', 'event', 'body', 'attempts'])
    .where('webhook_id', '=', value.webhookId)
    .where('due_at', '<=', value.now)
    .orderBy('due_at')
    .orderBy('number')
    .limit(value.limit),
);

/** When the next delivery is due that is not yet. */
export async function nextDue(tx: Tx, now: number): Promise<number | null> {
  return (await next.first(tx, { now }))?.due_at ?? null;
}

const next = prepared((db, value: { now: number }) =>
  db
    .selectFrom('webhook_deliveries')
    .select(({ fn }) => fn.min('due_at').as('due_at'))
    .where('due_at', '>', value.now),
);

/** How an attempt left its delivery. */
export type Ending = 'taken' | 'to be tried again' | 'given up' | 'given up, webhook disabled';

/** Writes what an attempt came to. `chance` is from 0 to 1. Where the webhook is gone meanwhile, nobody sees it. */
export async function endAttempt(
  db: Db,
  delivery: DueDelivery,
  outcome: Outcome,
  { now, chance }: { now: number; chance: number },
): Promise<Ending> {
  const { webhook_id: id, number } = delivery;
  const status = 'status' in outcome ? outcome.status : 0;
  const isTaken = status >= 200 && status <= 299;
  const attempts = delivery.attempts + 1;
  // The receiver wants no more of it (RFC 9110, 15.5.11), as Standard Webhooks has it.
  const isGone = status === 410;
  // A test is sent once: whoever asked for it looks at the answer.
  const delay = isTaken || isGone || delivery.event === ping ? undefined : retryDelay(attempts, chance);

  return db.transaction().execute(async (tx) => {
    await update.run(tx, {
      number,
      status: isTaken ? 'success' : delay === undefined ? 'failed' : 'pending',
      attempts,
      dueAt: delay === undefined ? null : now + delay,
      outcome: 'status' in outcome ? String(status) : outcome.error,
      now,
    });
    if (isTaken) {
      await noteTaken.run(tx, { id });
      return 'taken';
    }
    if (delivery.event === ping) return 'given up';
    await noteFailing.run(tx, { id, now });
    if (delay !== undefined) return 'to be tried again';
    const since = isGone ? now : now - mostFailing;
    return (await disable.run(tx, { id, now, since })) > 0 ? 'given up, webhook disabled' : 'given up';
  });
}

interface AttemptEnd {
  number: number;
  status: 'success' | 'failed' | 'pending';
  attempts: number;
  dueAt: number | null;
  outcome: string;
  now: number;
}

const update = prepared((db, value: AttemptEnd) =>
  db
    .updateTable('webhook_deliveries')
    .set({
      status: value.status,
      attempts: value.attempts,
      due_at: value.dueAt,
      outcome: value.outcome,
      attempted_at: value.now,
    })
    .where('number', '=', value.number),
);

const noteTaken = prepared((db, value: { id: string }) =>
  db
    .updateTable('webhooks')
    .set({ failing_since: null })
    .where('id', '=', value.id)
    .where('failing_since', 'is not', null),
);

const noteFailing = prepared((db, value: { id: string; now: number }) =>
  db
    .updateTable('webhooks')
    .set({ failing_since: value.now })
    .where('id', '=', value.id)
    .where('failing_since', 'is', null),
);

/** Where it has been failing since that moment or longer. */
const disable = prepared((db, value: { id: string; now: number; since: number }) =>
  db
    .updateTable('webhooks')
    .set({ disabled_at: value.now })
    .where('id', '=', value.id)
    .where('failing_since', '<=', value.since)
    .where('disabled_at', 'is', null),
);
