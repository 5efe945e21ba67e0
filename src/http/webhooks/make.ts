import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showRecord } from './replies.ts';
import { madeWebhook, webhookBody } from './schemas.ts';

/** Which scopes the app needs is in the body, so they are judged behind it. */
export function makeWebhook(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/webhooks',
    onRequest: gate({ level: 'account' }),
    schema: {
      tags: ['Webhooks'],
      operationId: 'makeWebhook',
      summary: 'Be told when requests end',
      description:
        'Messages are signed by the Standard Webhooks specification, with the secret of the reply. The webhook hears of ' +
        'the bots its app covers, whoever asked for the export, import or publish.',
      security: withToken,
      body: webhookBody,
      response: {
        200: madeWebhook,
        ...guardedFailures(
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'invalid_stream_id',
          'webhook_url_refused',
          'too_many_webhooks',
        ),
      },
    },
    handler: async (request) => {
      const { record, secret } = await botport.webhooks.create(callerOf(request), request.body);
      return { ...showRecord(record), secret };
    },
  });
}
