import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStarted } from './replies.ts';
import { importBody, importStarted, ownImportBody } from './schemas.ts';

const description =
  'Names files that were uploaded before, as JSON or as a form. Answers at once; the bot is made in the background. ' +
  'Ask for the status next.';

const startFailures = ['scope_missing', 'invalid_arguments', 'body_too_large', 'invalid_file_id'] as const;
const response = { 200: importStarted, ...guardedFailures(...startFailures) };

/** The platform's call: the bot always gets a new id. */
export function startImport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/public/bot/import',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      tags: ['Import'],
      operationId: 'startImport',
      summary: 'Import a new bot',
      description,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      security: withToken,
      body: importBody,
      response,
    },
    handler: async (request) =>
      showStarted(await botport.imports.request(callerOf(request), request.body, { keepId: false })),
  });
}

/** Our own call: the bot may keep its id. */
export function startOwnImport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/imports',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      tags: ['Import'],
      operationId: 'startOwnImport',
      summary: 'Import a new bot, perhaps under its own id',
      description,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      security: withToken,
      body: ownImportBody,
      response,
    },
    handler: async (request) => {
      const { body, keepId } = request.body;
      return showStarted(await botport.imports.request(callerOf(request), body, { keepId }));
    },
  });
}

/** Our own call: an existing bot gets a new draft. */
export function replaceDraft(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/bots/:botId/imports',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      tags: ['Import'],
      operationId: 'replaceDraft',
      summary: 'Replace the draft of a bot',
      description:
        'Takes what an import of a new bot takes. The draft becomes what is in the files, whole and at once; the one ' +
        'before stays in the history of the bot.',
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      security: withToken,
      params: botParams,
      body: importBody,
      response: { ...response, ...guardedFailures('invalid_stream_id', ...startFailures) },
    },
    handler: async (request) => {
      const { botId } = request.params;
      return showStarted(await botport.imports.replace(callerOf(request), botId, request.body));
    },
  });
}
