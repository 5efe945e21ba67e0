import type { Botport } from '../../botport.ts';
import { BotportError } from '../../errors.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { untilGone } from '../until-gone.ts';
import { pathWords, variablesBody, variablesImported } from './schemas.ts';

/** Variables into a bot, by their keys. */
export function importVariables(app: App, botport: Botport, gate: Gate): void {
  for (const word of pathWords) {
    app.route({
      method: 'POST',
      url: `/api/public/builder/${word}/:botId/variables/import`,
      onRequest: gate({ scope: 'bot_variables:import', level: 'bot' }),
      schema: {
        hide: word === 'stream',
        tags: ['Variables'],
        operationId: 'importVariables',
        summary: 'Import variables into a bot',
        description:
          'Creates or updates each by its key; nothing is removed. Answers when the draft has all of them. The path may say ' +
          '`stream` for `bot` before the id.',
        security: withToken,
        params: botParams,
        body: variablesBody,
        response: {
          200: variablesImported,
          ...guardedFailures(
            'scope_missing',
            'invalid_stream_id',
            'invalid_arguments',
            'body_too_large',
            'variables_missing',
            'variables_too_large',
            'json_item_too_large',
            'import_running',
          ),
        },
      },
      handler: async (request, reply) => {
        const { params, body } = request;
        if (!body) throw new BotportError('variables_missing', 'the body is empty');
        await botport.variables.import(callerOf(request), params.botId, body, untilGone(reply));
        return { message: `${body.variables.length} Variables imported/updated successfully.` };
      },
    });
  }
}
