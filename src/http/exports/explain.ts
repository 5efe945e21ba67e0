import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { explainedExport, exportParams, exportPlan } from './explain-schemas.ts';
import { linkOf } from './link.ts';
import { showStanding } from './replies.ts';
import { exportBody, exportFailures } from './schemas.ts';

/** What an export holds, and why. */
export function explainExport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/exports/:exportId',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'request' }),
    schema: {
      tags: ['Export'],
      operationId: 'explainExport',
      summary: 'How an export stands, what it holds, and why',
      description:
        'Its progress; every section and task, in or out; the chain of what needs each task; what dangles.',
      security: withToken,
      params: exportParams,
      response: { 200: explainedExport, ...guardedFailures('scope_missing', 'invalid_request_id') },
    },
    handler: async (request) => {
      const { exportId } = request.params;
      const { explanation, ...standing } = await botport.exports.explain(callerOf(request), exportId);
      return { ...showStanding(standing, linkOf(botport, request)), ...explanation };
    },
  });
}

/** What an export would hold: the same body as to start one, and nothing is written. */
export function planExport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/bots/:botId/export-plans',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'bot' }),
    schema: {
      tags: ['Export'],
      operationId: 'planExport',
      summary: 'Dry run of an export',
      description: 'Takes the body of an export and says what it would hold, and why. Nothing is written.',
      security: withToken,
      params: botParams,
      body: exportBody,
      response: {
        200: exportPlan,
        ...guardedFailures(...exportFailures),
      },
    },
    handler: async (request) => {
      const { botId } = request.params;
      const explanation = await botport.exports.plan(callerOf(request), botId, request.body);
      return { botId, exportType: request.body.exportType, ...explanation };
    },
  });
}
