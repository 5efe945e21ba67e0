import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showStanding, showStatus } from './replies.ts';
import { importParams, importStatus, ownImportStatus } from './schemas.ts';

const description = 'While `status` is `pending`, ask again. `streamId` is the new bot.';
const failures = guardedFailures('scope_missing', 'invalid_request_id');

/** The platform's call. */
export function importStatusOf(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/public/bot/import/status/:requestId',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'request' }),
    schema: {
      tags: ['Import'],
      operationId: 'importStatus',
      summary: 'Status of an import',
      description,
      security: withToken,
      params: importParams,
      response: { 200: importStatus, ...failures },
    },
    handler: async (request) =>
      showStatus((await botport.imports.get(callerOf(request), request.params.requestId)).record),
  });
}

/** Our own call: the same answer, and the progress. */
export function ownImportStatusOf(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/imports/:requestId',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'request' }),
    schema: {
      tags: ['Import'],
      operationId: 'ownImportStatus',
      summary: 'Status and progress of an import',
      description,
      security: withToken,
      params: importParams,
      response: { 200: ownImportStatus, ...failures },
    },
    handler: async (request) =>
      showStanding(await botport.imports.get(callerOf(request), request.params.requestId)),
  });
}
