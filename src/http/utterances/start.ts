import { z } from 'zod';
import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStarted } from './replies.ts';
import { exportQuery, exportStarted } from './schemas.ts';

export function startUtteranceExport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/public/bot/:botId/mlexport',
    onRequest: gate({ scope: 'test_and_train:ml_export', level: 'bot' }),
    schema: {
      tags: ['Utterances'],
      operationId: 'startUtteranceExport',
      summary: 'Start an export of the utterances',
      description: 'Answers at once; the file is made in the background. Ask for the status next.',
      security: withToken,
      params: botParams,
      querystring: exportQuery,
      body: z.unknown().meta({ description: 'Not looked at.' }),
      response: {
        200: exportStarted,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'no_published_version',
        ),
      },
    },
    handler: async (request) => {
      const { params, query } = request;
      return showStarted(await botport.utterances.request(callerOf(request), params.botId, query));
    },
  });
}
