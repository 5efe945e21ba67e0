import { z } from 'zod';
import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import type { Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { pathWords, variableList } from './schemas.ts';

/** The variables of a bot, for an import of them. */
export function exportVariables(app: App, botport: Botport, gate: Gate): void {
  for (const word of pathWords) {
    app.route({
      method: 'POST',
      url: `/api/public/builder/${word}/:botId/variables/export`,
      onRequest: gate({ scope: 'bot_variables:export', level: 'bot' }),
      schema: {
        hide: word === 'stream',
        tags: ['Variables'],
        operationId: 'exportVariables',
        summary: 'Export the variables of a bot',
        description:
          'Those of the environment and of the content, of the draft. Values of secured variables are empty. The path may say `stream` ' +
          'for `bot` before the id.',
        security: withToken,
        params: botParams,
        body: z.unknown().meta({ description: 'Not looked at.' }),
        response: {
          200: variableList,
          ...guardedFailures('scope_missing', 'invalid_stream_id', 'variables_too_large'),
        },
      },
      handler: async (request) => {
        const { variables, collections, collectionValues } = await botport.variables.export(
          request.params.botId,
        );
        if (collections.length === 0 && collectionValues.length === 0) return [...variables];
        return {
          botVariables: [...variables],
          botCollections: [...collections],
          botCollectionVariables: [...collectionValues],
        };
      },
    });
  }
}
