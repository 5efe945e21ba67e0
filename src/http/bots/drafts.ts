import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, iso, withToken } from '../replies.ts';
import { draftList, draftPage } from './schemas.ts';

/** The history of a bot's draft. */
export function listDrafts(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/bots/:botId/drafts',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'listDrafts',
      summary: 'The states a bot has had',
      description:
        'Newest first, a page at a time: for the next page, name the last number of this one in `before`. Each can be ' +
        'exported by its number.',
      security: withToken,
      params: botParams,
      querystring: draftPage,
      response: {
        200: draftList,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'invalid_arguments'),
      },
    },
    handler: async (request) => {
      const drafts = await botport.bots.drafts(callerOf(request), request.params.botId, request.query);
      return { drafts: drafts.map(({ createdAt, ...draft }) => ({ ...draft, createdOn: iso(createdAt) })) };
    },
  });
}
