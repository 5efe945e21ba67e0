import {
  type Delivery,
  delivery,
  deliveryList,
  type MadeWebhook,
  madeWebhook,
  type Webhook,
  webhook,
  webhookList,
} from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

/** What a webhook can listen to: the ends of requests. */
export type WebhookEvent =
  | 'export.succeeded'
  | 'export.failed'
  | 'import.succeeded'
  | 'import.failed'
  | 'publish.succeeded'
  | 'publish.failed';

export interface NewWebhook {
  /** Where messages are sent. */
  url: string;
  events: WebhookEvent[];
  /** Only these bots; left out: every bot the app covers. */
  bots?: string[] | undefined;
}

/** Being told of the end of every request (a Botport host only). */
export interface WebhooksClient {
  /** Makes a webhook. The reply has the secret its messages are signed with, which is never shown again. */
  make(webhook: NewWebhook, options?: CallOptions): Promise<MadeWebhook>;
  /** The webhooks of the app. */
  list(options?: CallOptions): Promise<Webhook[]>;
  get(webhookId: string, options?: CallOptions): Promise<Webhook>;
  /** Removes a webhook, and gives it as it was. */
  delete(webhookId: string, options?: CallOptions): Promise<Webhook>;
  /** Sends an event `ping`, and takes a webhook that was disabled into use again. */
  test(webhookId: string, options?: CallOptions): Promise<Delivery>;
  /** What was sent, newest first, at most 50; `before`: only deliveries before this number. */
  deliveries(
    webhookId: string,
    page?: { before?: number | undefined; limit?: number | undefined },
    options?: CallOptions,
  ): Promise<Delivery[]>;
}

export function webhooksClient(transport: Transport): WebhooksClient {
  const all = '/api/v1/webhooks';
  const path = (webhookId: string) => `${all}/${encodeURIComponent(webhookId)}`;
  return {
    make: (body, options = {}) =>
      transport.json(madeWebhook, { method: 'POST', path: all, body, ...options }),

    list: async (options = {}) => (await transport.json(webhookList, { path: all, ...options })).webhooks,

    get: (webhookId, options = {}) => transport.json(webhook, { path: path(webhookId), ...options }),

    delete: (webhookId, options = {}) =>
      transport.json(webhook, { method: 'DELETE', path: path(webhookId), ...options }),

    test: (webhookId, options = {}) =>
      transport.json(delivery, { method: 'POST', path: `${path(webhookId)}/test`, ...options }),

    async deliveries(webhookId, { before, limit } = {}, options = {}) {
      const request = { path: `${path(webhookId)}/deliveries`, query: { before, limit }, ...options };
      return (await transport.json(deliveryList, request)).deliveries;
    },
  };
}
