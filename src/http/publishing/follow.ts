import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { type FollowSetting, followReplies, sendStandings } from '../events/follow.ts';
import { callerOf, type Gate } from '../gate.ts';
import { withToken } from '../replies.ts';
import { showOwnStatus } from './replies.ts';
import { publishParams } from './schemas.ts';

/** The end of a publish, as it happens. */
export function followPublish(app: App, botport: Botport, gate: Gate, setting: FollowSetting): void {
  app.route({
    method: 'GET',
    url: '/api/v1/publishes/:requestId/events',
    onRequest: gate({ scope: 'bot_publish:publish_status', level: 'request' }),
    schema: {
      tags: ['Publish'],
      operationId: 'followPublish',
      summary: 'End of a publish, as it happens',
      description:
        'A publish has no progress but that it has not ended. The last event holds what `GET` of the publish has.',
      security: withToken,
      params: publishParams,
      response: followReplies,
    },
    handler: (request, reply) => {
      const { requestId } = request.params;
      const caller = callerOf(request);
      const follow = (signal: AbortSignal) => botport.publishing.follow(caller, requestId, signal);
      return sendStandings(setting, request, reply, follow, ({ record }) => showOwnStatus(record));
    },
  });
}
