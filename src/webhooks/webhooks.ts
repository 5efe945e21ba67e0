import type { Caller } from '../auth/caller.ts';
import { requireScope } from '../auth/permissions.ts';
import type { Bots } from '../bots/bots.ts';
import { BotportError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { RequestStatus, WebhookTable } from '../storage/schema.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import { namesPrivateAddress } from './addresses.ts';
import { type EventName, isEventName, ping, scopeOf } from './events.ts';
import { dueAtOnce } from './outbox.ts';
import { newSecret } from './signature.ts';

/** Webhooks one app may have. */
export const mostWebhooks = 20;

/** The body of `POST /api/v1/webhooks`, as far as its form goes. */
export interface WebhookBody {
  url: string;
  events: EventName[];
  /** Left out: every bot the app covers. */
  bots?: string[] | undefined;
}

export interface WebhookRecord {
  id: string;
  url: string;
  events: EventName[];
  /** `null`: every bot the app covers. */
  bots: string[] | null;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Since when nothing was taken; `null`: what was sent last was. */
  failingSince: number | null;
  /** When it was disabled, as nothing had been taken for long. */
  disabledAt: number | null;
}

/** One message on its way to one webhook. */
export interface DeliveryRecord {
  /** Counts deliveries; a later one has a higher number. */
  number: number;
  /** The id of the message, which is sent with it. */
  id: string;
  event: string;
  status: RequestStatus;
  attempts: number;
  /** What the last attempt came to: an HTTP status, or why there is none. */
  outcome: string | null;
  createdAt: number;
  attemptedAt: number | null;
  /** When it is sent next; `null` once it has ended. */
  dueAt: number | null;
}

/**
 * The webhooks of the caller's own app. Throws `scope_missing` for apps that are no admin apps, and `webhook_unknown`
 * where the app has none of that id.
 */
export interface Webhooks {
  /**
   * Makes one, and gives the signing secret, which is never shown again. Throws also `webhook_url_refused`,
   * `too_many_webhooks`, `invalid_stream_id`, and `scope_missing` where the app may not ask for what an event tells.
   */
  create(caller: Caller, body: WebhookBody): Promise<{ record: WebhookRecord; secret: string }>;
  /** Oldest first. */
  list(caller: Caller): Promise<WebhookRecord[]>;
  get(caller: Caller, id: string): Promise<WebhookRecord>;
  /** Removes one. What is under way may still arrive; what waits does not. */
  remove(caller: Caller, id: string): Promise<WebhookRecord>;
  /** Has a `ping` sent. A webhook that was disabled is in use again from then on. */
  test(caller: Caller, id: string): Promise<DeliveryRecord>;
  /** Deliveries, newest first; those before the number `before`. */
  deliveries(
    caller: Caller,
    id: string,
    page: { before?: number | undefined; limit: number },
  ): Promise<DeliveryRecord[]>;
}

export interface WebhooksDeps {
  db: Db;
  bots: Bots;
  secretBox: SecretBox;
  /** Whether addresses may be named that are not public. */
  allowPrivate: boolean;
  /** Has what is due sent. */
  wake(): void;
}

export function openWebhooks({ db, bots, secretBox, allowPrivate, wake }: WebhooksDeps): Webhooks {
  async function find(from: Db | Tx, caller: Caller, id: string): Promise<WebhookRecord> {
    requireAdmin(caller);
    const row = await from
      .selectFrom('webhooks')
      .selectAll()
      .where('id', '=', id)
      .where('client_id', '=', caller.clientId)
      .executeTakeFirst();
    if (!row) throw new BotportError('webhook_unknown');
    return toRecord(from, row);
  }

  return {
    async create(caller, { url, events, bots: listed }) {
      requireAdmin(caller);
      for (const event of events) requireScope(caller, scopeOf(event));
      if (!allowPrivate && namesPrivateAddress(new URL(url))) throw new BotportError('webhook_url_refused');
      for (const bot of listed ?? []) await bots.get(caller, bot);
      const id = newId('wh');
      const secret = newSecret();
      const row: WebhookTable = {
        id,
        client_id: caller.clientId,
        url,
        sealed_secret: secretBox.seal(secret, id),
        limited: listed ? 1 : 0,
        created_at: Date.now(),
        failing_since: null,
        disabled_at: null,
      };
      await db.transaction().execute(async (tx) => {
        await refuseTooMany(tx, caller.clientId);
        await tx.insertInto('webhooks').values(row).execute();
        await tx
          .insertInto('webhook_events')
          .values(events.map((event) => ({ webhook_id: id, event })))
          .execute();
        if (!listed) return;
        await tx
          .insertInto('webhook_bots')
          .values(listed.map((bot_id) => ({ webhook_id: id, bot_id })))
          .execute();
      });
      return { record: await find(db, caller, id), secret };
    },

    async list(caller) {
      requireAdmin(caller);
      const rows = await db
        .selectFrom('webhooks')
        .selectAll()
        .where('client_id', '=', caller.clientId)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return Promise.all(rows.map((row) => toRecord(db, row)));
    },

    get: (caller, id) => find(db, caller, id),

    remove: (caller, id) =>
      db.transaction().execute(async (tx) => {
        const record = await find(tx, caller, id);
        await tx.deleteFrom('webhooks').where('id', '=', id).execute();
        return record;
      }),

    async test(caller, id) {
      const now = Date.now();
      const body = JSON.stringify({ type: ping, timestamp: new Date(now).toISOString(), data: {} });
      const row = await db.transaction().execute(async (tx) => {
        await find(tx, caller, id);
        await tx.updateTable('webhooks').set({ disabled_at: null }).where('id', '=', id).execute();
        return tx
          .insertInto('webhook_deliveries')
          .values({
            webhook_id: id,
            message_id: newId('msg'),
            event: ping,
            body,
            status: 'pending',
            attempts: 0,
            due_at: dueAtOnce,
            outcome: null,
            created_at: now,
            attempted_at: null,
          })
          .returning(deliveryColumns)
          .executeTakeFirstOrThrow();
      });
      wake();
      return toDelivery(row);
    },

    async deliveries(caller, id, { before, limit }) {
      await find(db, caller, id);
      const rows = await db
        .selectFrom('webhook_deliveries')
        .select(deliveryColumns)
        .where('webhook_id', '=', id)
        .where('number', '<', before ?? Number.MAX_SAFE_INTEGER)
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toDelivery);
    },
  };
}

function requireAdmin({ kind }: Caller): void {
  if (kind !== 'admin') throw new BotportError('scope_missing', 'only an admin app can have webhooks');
}

async function refuseTooMany(tx: Tx, clientId: string): Promise<void> {
  const { count } = await tx
    .selectFrom('webhooks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow();
  if (count >= mostWebhooks) throw new BotportError('too_many_webhooks', `the app has ${mostWebhooks}`);
}

async function toRecord(db: Db | Tx, row: WebhookTable): Promise<WebhookRecord> {
  const { id } = row;
  const events = await db
    .selectFrom('webhook_events')
    .select('event')
    .where('webhook_id', '=', id)
    .orderBy('event')
    .execute();
  const bots = await db
    .selectFrom('webhook_bots')
    .select('bot_id')
    .where('webhook_id', '=', id)
    .orderBy('bot_id')
    .execute();
  return {
    id,
    url: row.url,
    events: events.map(({ event }) => event).filter(isEventName),
    bots: row.limited === 1 ? bots.map(({ bot_id }) => bot_id) : null,
    createdAt: row.created_at,
    failingSince: row.failing_since,
    disabledAt: row.disabled_at,
  };
}

const deliveryColumns = [
  'number',
  'message_id',
  'event',
  'status',
  'attempts',
  'outcome',
  'created_at',
  'attempted_at',
  'due_at',
] as const;

interface DeliveryRow {
  number: number;
  message_id: string;
  event: string;
  status: RequestStatus;
  attempts: number;
  outcome: string | null;
  created_at: number;
  attempted_at: number | null;
  due_at: number | null;
}

function toDelivery(row: DeliveryRow): DeliveryRecord {
  return {
    number: row.number,
    id: row.message_id,
    event: row.event,
    status: row.status,
    attempts: row.attempts,
    outcome: row.outcome,
    createdAt: row.created_at,
    attemptedAt: row.attempted_at,
    dueAt: row.due_at === null ? null : Math.max(row.due_at, row.created_at),
  };
}
