import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { urlOf } from '../exports/replies.ts';
import type { Gate } from '../gate.ts';
import { linkBase } from '../origin.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { unlessStopping } from '../shutdown.ts';
import { showStatus } from './replies.ts';
import { exportStatus } from './schemas.ts';

export function utteranceExportStatusOf(
  app: App,
  { utterances, config }: Botport,
  gate: Gate,
  stopping: AbortSignal,
): void {
  app.route({
    method: 'GET',
    url: '/api/public/bot/:botId/mlexport/status',
    onRequest: gate({ scope: 'test_and_train:ml_export', level: 'request' }),
    schema: {
      tags: ['Utterances'],
      operationId: 'utteranceExportStatus',
      summary: 'Status of the newest export of utterances',
      description:
        'Waits a moment for an export that is about to finish. While `status` is `IN_PROGRESS`, ask again.',
      security: withToken,
      params: botParams,
      response: {
        200: exportStatus,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'no_ml_export'),
      },
    },
    handler: async (request) => {
      const { botId } = request.params;
      // A server that stops does not wait for the export.
      const record = await unlessStopping(stopping, utterances.newest(botId, config.statusHold), () =>
        utterances.newest(botId, 0),
      );
      const base = linkBase(request, config.publicUrl);
      return showStatus(
        record,
        record.status === 'success' ? urlOf(utterances.link(record), base) : undefined,
      );
    },
  });
}
