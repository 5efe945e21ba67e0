import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showDelivery } from './replies.ts';
import { delivery, webhookParams } from './schemas.ts';

/** Takes no body. */
export function testWebhook(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/:webhookId/test',
    onRequest: gate({ level: 'account' }),
    schema: {
      tags: ['Webhooks'],
      operationId: 'testWebhook',
      summary: 'Send a test',
      description:
        'Sends an event `ping`, once; the deliveries say what came of it. Takes a webhook that was disabled into use again.',
      security: withToken,
      params: webhookParams,
      response: { 200: delivery, ...guardedFailures('scope_missing', 'webhook_unknown') },
    },
    handler: async (request) =>
      showDelivery(await botport.webhooks.test(callerOf(request), request.params.webhookId)),
  });
}
