import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStarted } from './replies.ts';
import { exportBody, exportStarted } from './schemas.ts';

export function startExport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/public/bot/:botId/export',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'bot' }),
    schema: {
      tags: ['Export'],
      operationId: 'startExport',
      summary: 'Start an export',
      description: 'Answers at once; the archive is made in the background. Ask for the status next.',
      security: withToken,
      params: botParams,
      body: exportBody,
      response: {
        200: exportStarted,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'nothing_selected',
          'unknown_option',
          'unknown_task',
          'no_published_version',
        ),
      },
    },
    handler: async (request) =>
      showStarted(await botport.exports.request(callerOf(request), request.params.botId, request.body)),
  });
}
