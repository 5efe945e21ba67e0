import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showRecord } from './replies.ts';
import { webhook, webhookList, webhookParams } from './schemas.ts';

/** The webhooks of the app. */
export function listWebhooks(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/webhooks',
    onRequest: gate({ level: 'account' }),
    schema: {
      tags: ['Webhooks'],
      operationId: 'listWebhooks',
      summary: 'The webhooks of the app',
      description: 'Those the app made itself. Their secrets are not shown.',
      security: withToken,
      response: { 200: webhookList, ...guardedFailures('scope_missing') },
    },
    handler: async (request) => ({
      webhooks: (await botport.webhooks.list(callerOf(request))).map(showRecord),
    }),
  });
}

/** One webhook of the app. */
export function showWebhook(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/webhooks/:webhookId',
    onRequest: gate({ level: 'account' }),
    schema: {
      tags: ['Webhooks'],
      operationId: 'showWebhook',
      summary: 'A webhook',
      description: 'Also whether what is sent is taken, and whether it was disabled.',
      security: withToken,
      params: webhookParams,
      response: { 200: webhook, ...guardedFailures('scope_missing', 'webhook_unknown') },
    },
    handler: async (request) =>
      showRecord(await botport.webhooks.get(callerOf(request), request.params.webhookId)),
  });
}
