import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showRecord } from './replies.ts';
import { webhook, webhookParams } from './schemas.ts';

export function removeWebhook(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/webhooks/:webhookId',
    onRequest: gate({ level: 'account' }),
    schema: {
      tags: ['Webhooks'],
      operationId: 'removeWebhook',
      summary: 'Remove a webhook',
      description:
        'Answers with the webhook that is gone. What waits to be sent is not sent; what is being sent may still arrive.',
      security: withToken,
      params: webhookParams,
      response: { 200: webhook, ...guardedFailures('scope_missing', 'webhook_unknown') },
    },
    handler: async (request) =>
      showRecord(await botport.webhooks.remove(callerOf(request), request.params.webhookId)),
  });
}
