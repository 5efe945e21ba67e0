import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStarted } from './replies.ts';
import { publishBody, publishStarted } from './schemas.ts';

export function startPublish(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/public/bot/:botId/publish',
    onRequest: gate({ scope: 'bot_publish:publish_request', level: 'bot' }),
    schema: {
      tags: ['Publish'],
      operationId: 'startPublish',
      summary: 'Publish a bot',
      description: 'Turns the draft into the next version. Answers at once; ask for the status next.',
      security: withToken,
      params: botParams,
      body: publishBody,
      response: {
        200: publishStarted,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'invalid_arguments', 'body_too_large'),
      },
    },
    handler: async (request) =>
      showStarted(await botport.publishing.request(callerOf(request), request.params.botId, request.body)),
  });
}
