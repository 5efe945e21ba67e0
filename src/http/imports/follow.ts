import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { type FollowSetting, followReplies, sendStandings } from '../events/follow.ts';
import { callerOf, type Gate } from '../gate.ts';
import { withToken } from '../replies.ts';
import { showStanding } from './replies.ts';
import { importParams } from './schemas.ts';

/** The progress and the end of an import, as they happen. */
export function followImport(app: App, botport: Botport, gate: Gate, setting: FollowSetting): void {
  app.route({
    method: 'GET',
    url: '/api/v1/imports/:requestId/events',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'request' }),
    schema: {
      tags: ['Import'],
      operationId: 'followImport',
      summary: 'Progress and end of an import, as they happen',
      description: 'Begins with how the import stands. The last event holds what `GET` of the import has.',
      security: withToken,
      params: importParams,
      response: followReplies,
    },
    handler: (request, reply) => {
      const { requestId } = request.params;
      const caller = callerOf(request);
      const follow = (signal: AbortSignal) => botport.imports.follow(caller, requestId, signal);
      return sendStandings(setting, request, reply, follow, showStanding);
    },
  });
}
