import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { showStatus } from './replies.ts';
import { importParams, importStatus } from './schemas.ts';

/** The same answer under the platform's path and under ours. */
export function importStatusOf(app: App, botport: Botport, gate: Gate): void {
  for (const [operationId, url] of [
    ['importStatus', '/api/public/bot/import/status/:requestId'],
    ['ownImportStatus', '/api/v1/imports/:requestId'],
  ] as const) {
    app.route({
      method: 'GET',
      url,
      onRequest: gate({ scope: 'bot_definition:bot_import', level: 'request' }),
      schema: {
        tags: ['Import'],
        operationId,
        summary: 'Status of an import',
        description: 'While `status` is `pending`, ask again. `streamId` is the new bot.',
        security: withToken,
        params: importParams,
        response: { 200: importStatus, ...guardedFailures('scope_missing', 'invalid_request_id') },
      },
      handler: async (request) =>
        showStatus(await botport.imports.get(callerOf(request), request.params.requestId)),
    });
  }
}
