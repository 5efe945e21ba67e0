import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showDelivery } from './replies.ts';
import { deliveryList, deliveryPage, webhookParams } from './schemas.ts';

/** What was, and is to be, sent to a webhook. */
export function deliveriesOf(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/webhooks/:webhookId/deliveries',
    onRequest: gate({ level: 'account' }),
    schema: {
      tags: ['Webhooks'],
      operationId: 'listDeliveries',
      summary: 'What was sent to a webhook',
      description:
        'The last 7 days, newest first, a page at a time: for the next page, name the last number of this one in `before`.',
      security: withToken,
      params: webhookParams,
      querystring: deliveryPage,
      response: {
        200: deliveryList,
        ...guardedFailures('scope_missing', 'webhook_unknown', 'invalid_arguments'),
      },
    },
    handler: async (request) => {
      const { webhookId } = request.params;
      const deliveries = await botport.webhooks.deliveries(callerOf(request), webhookId, request.query);
      return { deliveries: deliveries.map(showDelivery) };
    },
  });
}
