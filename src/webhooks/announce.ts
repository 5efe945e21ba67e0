import { parseFailure } from '../failure.ts';
import { newId } from '../ids.ts';
import type { Tx } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { RequestStatus } from '../storage/schema.ts';
import { type EventName, kindOf } from './events.ts';
import { dueAtOnce } from './outbox.ts';

/**
 * Writes down for every webhook that is to hear of it that a request has ended, in the transaction that ends it: whoever
 * sees the end can rely on the messages being sent. The request's row must say the end already.
 */
export type Announce = (tx: Tx, event: EventName, requestId: string) => Promise<void>;

/** `wake` is called when there is something to send; the transaction is not committed then. */
export function createAnnounce(wake: () => void): Announce {
  return async (tx, event, requestId) => {
    // All that an event costs to which nobody listens.
    if (!(await listener.first(tx, { event }))) return;
    const { accountId, clientId, ...ended } = await endedRequest(tx, event, requestId);
    const { botId } = ended.data;
    const added = await addDeliveries.run(tx, {
      event,
      accountId,
      botId: botId ?? '',
      // Of what has no bot, such as an import that failed to make one, only its own app and those that cover all hear.
      ownClientId: botId === null ? clientId : '',
      messageId: newId('msg'),
      body: JSON.stringify({ type: event, ...ended }),
      now: Date.now(),
    });
    if (added > 0) wake();
  };
}

const listener = prepared((db, value: { event: string }) =>
  db.selectFrom('webhook_events').select('webhook_id').where('event', '=', value.event).limit(1),
);

interface NewDeliveries {
  event: string;
  accountId: string;
  botId: string;
  ownClientId: string;
  messageId: string;
  body: string;
  now: number;
}

const addDeliveries = prepared((db, value: NewDeliveries) =>
  db
    .insertInto('webhook_deliveries')
    .columns(['webhook_id', 'message_id', 'event', 'body', 'status', 'attempts', 'due_at', 'created_at'])
    .expression(({ selectFrom }) =>
      selectFrom('webhook_events')
        .innerJoin('webhooks', 'webhooks.id', 'webhook_events.webhook_id')
        .innerJoin('apps', 'apps.client_id', 'webhooks.client_id')
        .select(({ val }) => [
          'webhooks.id',
          val(value.messageId).as('message_id'),
          'webhook_events.event',
          val(value.body).as('body'),
          val<RequestStatus>('pending').as('status'),
          val(0).as('attempts'),
          val(dueAtOnce).as('due_at'),
          val(value.now).as('created_at'),
        ])
        .where('webhook_events.event', '=', value.event)
        .where('webhooks.disabled_at', 'is', null)
        .where('apps.account_id', '=', value.accountId)
        .where('apps.revoked_at', 'is', null)
        .where(({ or, eb, exists, selectFrom }) =>
          or([
            eb('apps.limited', '=', 0),
            eb('apps.client_id', '=', value.ownClientId),
            exists(
              selectFrom('app_bots')
                .select('app_bots.bot_id')
                .whereRef('app_bots.client_id', '=', 'apps.client_id')
                .where('app_bots.bot_id', '=', value.botId),
            ),
          ]),
        )
        .where(({ or, eb, exists, selectFrom }) =>
          or([
            eb('webhooks.limited', '=', 0),
            exists(
              selectFrom('webhook_bots')
                .select('webhook_bots.bot_id')
                .whereRef('webhook_bots.webhook_id', '=', 'webhooks.id')
                .where('webhook_bots.bot_id', '=', value.botId),
            ),
          ]),
        ),
    ),
);

/** What is told of a request that has ended: nothing that is secret, and nothing of what is in the bot. */
async function endedRequest(tx: Tx, event: EventName, id: string) {
  switch (kindOf(event)) {
    case 'export': {
      const row = await endedExport.first(tx, { id });
      return tell(id, row, { exportType: row?.export_type });
    }
    case 'publish': {
      const row = await endedPublish.first(tx, { id });
      return tell(id, row, { version: row?.version });
    }
    case 'import': {
      const row = await endedImport.first(tx, { id });
      // Its row names the bot it made, or made another of, only once it has succeeded.
      return tell(id, row && { ...row, bot_id: row.bot_id ?? row.target }, {});
    }
  }
}

interface EndedRow {
  account_id: string;
  client_id?: string;
  bot_id: string | null;
  status: RequestStatus;
  failure: string | null;
  created_by: string;
  created_at: number;
  finished_at: number | null;
}

function tell(id: string, row: EndedRow | undefined, more: object) {
  if (!row || row.finished_at === null) throw new Error(`${id} has not ended`);
  const finishedOn = iso(row.finished_at);
  return {
    accountId: row.account_id,
    clientId: row.client_id ?? '',
    timestamp: finishedOn,
    data: {
      id,
      botId: row.bot_id,
      status: row.status,
      // Not its detail, which may name what is in the bot.
      failure: parseFailure(row.failure)?.type ?? null,
      createdBy: row.created_by,
      createdOn: iso(row.created_at),
      finishedOn,
      ...more,
    },
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

const endedExport = prepared((db, value: { id: string }) =>
  db
    .selectFrom('export_requests')
    .innerJoin('bots', 'bots.id', 'export_requests.bot_id')
    .select(['account_id', 'bot_id', 'status', 'failure', 'export_type', 'finished_at'])
    .select(['export_requests.created_by', 'export_requests.created_at'])
    .where('export_requests.id', '=', value.id),
);

const endedPublish = prepared((db, value: { id: string }) =>
  db
    .selectFrom('publish_requests')
    .innerJoin('bots', 'bots.id', 'publish_requests.bot_id')
    .select(['account_id', 'bot_id', 'status', 'failure', 'version', 'finished_at'])
    .select(['publish_requests.created_by', 'publish_requests.created_at'])
    .where('publish_requests.id', '=', value.id),
);

const endedImport = prepared((db, value: { id: string }) =>
  db
    .selectFrom('import_requests')
    .select(['account_id', 'client_id', 'bot_id', 'target', 'status', 'failure', 'finished_at'])
    .select(['created_by', 'created_at'])
    .where('id', '=', value.id),
);
