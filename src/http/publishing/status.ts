import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showOwnStatus, showStatus } from './replies.ts';
import { ownPublishStatus, publishParams, publishStatus } from './schemas.ts';

/** The platform's call. */
export function publishStatusOf(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/public/bot/:botId/publish/status',
    onRequest: gate({ scope: 'bot_publish:publish_status', level: 'request' }),
    schema: {
      tags: ['Publish'],
      operationId: 'publishStatus',
      summary: 'Status of the newest publish',
      description: 'While `status` is `inprogress`, ask again.',
      security: withToken,
      params: botParams,
      response: {
        200: publishStatus,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'no_publish'),
      },
    },
    handler: async (request) => showStatus(await botport.publishing.newest(request.params.botId)),
  });
}

/** Our own call: a publish by its id. */
export function ownPublishStatusOf(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/publishes/:requestId',
    onRequest: gate({ scope: 'bot_publish:publish_status', level: 'request' }),
    schema: {
      tags: ['Publish'],
      operationId: 'ownPublishStatus',
      summary: 'Status of a publish',
      description: 'Any publish, by its id, and the version it made.',
      security: withToken,
      params: publishParams,
      response: { 200: ownPublishStatus, ...guardedFailures('scope_missing', 'invalid_request_id') },
    },
    handler: async (request) =>
      showOwnStatus(await botport.publishing.get(callerOf(request), request.params.requestId)),
  });
}
