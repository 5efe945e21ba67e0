import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStarted } from './replies.ts';
import { exportBody, exportFailures, exportStarted, ownExportBody } from './schemas.ts';

/** The platform's call. */
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
        ...guardedFailures(...exportFailures),
      },
    },
    handler: async (request) =>
      showStarted(await botport.exports.request(callerOf(request), request.params.botId, request.body)),
  });
}

/** Our own call: also of an earlier draft or version. */
export function startOwnExport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/bots/:botId/exports',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'bot' }),
    schema: {
      tags: ['Export'],
      operationId: 'startOwnExport',
      summary: 'Start an export, perhaps of an earlier draft or version',
      description:
        'As the public call; `number` names an earlier draft or published version. How it stands, and the link, is at ' +
        '`GET /api/v1/exports/{_id}`: an export of an earlier one is not the newest export of the public status.',
      security: withToken,
      params: botParams,
      body: ownExportBody,
      response: { 200: exportStarted, ...guardedFailures(...exportFailures, 'unknown_version') },
    },
    handler: async (request) => {
      const { number, ...body } = request.body;
      const { botId } = request.params;
      const caller = callerOf(request);
      const { exports } = botport;
      return showStarted(
        number === undefined
          ? await exports.request(caller, botId, body)
          : await exports.requestEarlier(caller, botId, number, body),
      );
    },
  });
}
