import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { type FollowSetting, followReplies, sendStandings } from '../events/follow.ts';
import { callerOf, type Gate } from '../gate.ts';
import { withToken } from '../replies.ts';
import { exportParams } from './explain-schemas.ts';
import { linkOf } from './link.ts';
import { showStanding } from './replies.ts';

/** The progress and the end of an export, as they happen. */
export function followExport(app: App, botport: Botport, gate: Gate, setting: FollowSetting): void {
  app.route({
    method: 'GET',
    url: '/api/v1/exports/:exportId/events',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'request' }),
    schema: {
      tags: ['Export'],
      operationId: 'followExport',
      summary: 'Progress and end of an export, as they happen',
      description:
        'Begins with how the export stands. The last event holds what `GET` of the export has, without the explanation.',
      security: withToken,
      params: exportParams,
      response: followReplies,
    },
    handler: (request, reply) => {
      const { exportId } = request.params;
      const caller = callerOf(request);
      const follow = (signal: AbortSignal) => botport.exports.follow(caller, exportId, signal);
      const link = linkOf(botport, request);
      return sendStandings(setting, request, reply, follow, (standing) => showStanding(standing, link));
    },
  });
}
