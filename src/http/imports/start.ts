import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { showStarted } from './replies.ts';
import { importBody, importIntoBody, importStarted, ownImportBody, ownImportIntoBody } from './schemas.ts';

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

const into = {
  params: botParams,
  consumes: ['application/json', 'application/x-www-form-urlencoded'],
  security: withToken,
};
const intoFailures = [
  'invalid_stream_id',
  ...startFailures,
  'nothing_selected',
  'unknown_option',
  'unknown_task',
  'import_running',
] as const;

/** The platform's call: a file, or parts of it, into an existing bot. */
export function startImportInto(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/public/bot/:botId/import',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      ...into,
      tags: ['Import'],
      operationId: 'startImportInto',
      summary: 'Import into a bot',
      description: `${description} Without \`importOptions\` the file takes the place of all the bot is.`,
      body: importIntoBody,
      response: { 200: importStarted, ...guardedFailures(...intoFailures) },
    },
    handler: async (request) => {
      const { botId } = request.params;
      return showStarted(await botport.imports.requestInto(callerOf(request), botId, request.body));
    },
  });
}

/** Our own call: the same, and perhaps exactly what a plan says. */
export function startOwnImportInto(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/bots/:botId/imports',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      ...into,
      tags: ['Import'],
      operationId: 'startOwnImportInto',
      summary: 'Import into a bot, perhaps as planned',
      description:
        'Takes what the platform’s call takes. The draft becomes another at once, or not at all; the one before stays ' +
        'in the history of the bot. With `plan` exactly what that says is done, or nothing.',
      body: ownImportIntoBody,
      response: { 200: importStarted, ...guardedFailures(...intoFailures, 'plan_outdated') },
    },
    handler: async (request) => {
      const { botId } = request.params;
      return showStarted(await botport.imports.requestInto(callerOf(request), botId, request.body));
    },
  });
}
