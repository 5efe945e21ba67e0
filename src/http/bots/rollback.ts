import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { rollbackBody, rollbackReply } from './schemas.ts';

/** Back to an earlier state of a bot, in one call. */
export function rollBackBot(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/bots/:botId/rollback',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'rollBackBot',
      summary: 'Go back to an earlier draft or version',
      description:
        'The bot gets a new draft with the old content: nothing of its history goes, and the rollback can itself be rolled ' +
        'back. Published versions stay as they are.',
      security: withToken,
      params: botParams,
      body: rollbackBody,
      response: {
        200: rollbackReply,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'unknown_version',
          'import_running',
        ),
      },
    },
    handler: (request) => botport.bots.rollBack(callerOf(request), request.params.botId, request.body),
  });
}
