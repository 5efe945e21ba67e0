import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import type { Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStatus } from './replies.ts';
import { publishStatus } from './schemas.ts';

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
