import type { Botport } from '../../botport.ts';
import type { ExportRecord } from '../../exports/exports.ts';
import type { App } from '../app.ts';
import type { Gate } from '../gate.ts';
import { linkBase } from '../origin.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { unlessStopping } from '../shutdown.ts';
import { showStatus } from './replies.ts';
import { exportStatus } from './schemas.ts';

export function exportStatusOf(app: App, botport: Botport, gate: Gate, stopping: AbortSignal): void {
  app.route({
    method: 'GET',
    url: '/api/public/bot/:botId/export/status',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'request' }),
    schema: {
      tags: ['Export'],
      operationId: 'exportStatus',
      summary: 'Status of the newest export',
      description:
        'Waits a moment for an export that is about to finish, then answers with what there is. While `status` is ' +
        '`pending`, ask again. A body and query keys are ignored.',
      security: withToken,
      params: botParams,
      response: {
        200: exportStatus,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'no_export'),
      },
    },
    handler: async (request) => {
      const record = await newest(botport, request.params.botId, stopping);
      const link = record.status === 'success' ? botport.exports.link(record) : undefined;
      return showStatus(record, link, linkBase(request, botport.config.publicUrl));
    },
  });
}

/** A server that stops does not wait for the export. */
function newest({ exports, config }: Botport, botId: string, stopping: AbortSignal): Promise<ExportRecord> {
  return unlessStopping(stopping, exports.newest(botId, config.statusHold), () => exports.newest(botId, 0));
}
