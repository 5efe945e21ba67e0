import type { z } from 'zod';
import type { Botport } from '../../botport.ts';
import type { Version } from '../../bots/versions.ts';
import { BotportError } from '../../errors.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, iso, withToken } from '../replies.ts';
import {
  changedVersion,
  deletedVersion,
  type version,
  versionChange,
  versionList,
  versionPage,
  versionParams,
} from './version-schemas.ts';

/** The history of what a bot has published. */
export function listVersions(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/bots/:botId/versions',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'listVersions',
      summary: 'The published versions of a bot',
      description:
        'Newest first, a page at a time: for the next page, name the last number of this one in `before`. Each can be ' +
        'exported by its number.',
      security: withToken,
      params: botParams,
      querystring: versionPage,
      response: {
        200: versionList,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'invalid_arguments'),
      },
    },
    handler: async (request) => {
      const versions = await botport.bots.versions(callerOf(request), request.params.botId, request.query);
      return { versions: versions.map(show) };
    },
  });
}

/** Who may publish may also say what the versions are called, and which stay. */
export function changeVersion(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'PATCH',
    url: '/api/v1/bots/:botId/versions/:number',
    onRequest: gate({ scope: 'bot_publish:publish_request', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'changeVersion',
      summary: 'Label or pin a version',
      description: 'What is left out stays as it is. A pinned version is never removed.',
      security: withToken,
      params: versionParams,
      body: versionChange,
      response: {
        200: changedVersion,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'unknown_version',
          'label_taken',
        ),
      },
    },
    handler: async (request) => {
      const { botId, number } = request.params;
      return show(await botport.bots.changeVersion(callerOf(request), botId, numberIn(number), request.body));
    },
  });
}

/** Neither a pinned version goes, nor the published one. */
export function deleteVersion(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/bots/:botId/versions/:number',
    onRequest: gate({ scope: 'bot_publish:publish_request', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'deleteVersion',
      summary: 'Delete a version',
      description:
        'Its number is never given again. Drafts with the same content stay, and so do exports that were made of it. ' +
        'Refused for a pinned version and for the newest.',
      security: withToken,
      params: versionParams,
      response: {
        200: deletedVersion,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'unknown_version',
          'version_pinned',
          'version_published',
        ),
      },
    },
    handler: async (request) => {
      const number = numberIn(request.params.number);
      await botport.bots.deleteVersion(callerOf(request), request.params.botId, number);
      return { number };
    },
  });
}

/** A number that is none is answered as an unknown one. */
function numberIn(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new BotportError('unknown_version', `version ${text.slice(0, 20)}`);
}

function show({ createdAt, ...kept }: Version): z.input<typeof version> {
  return { ...kept, createdOn: iso(createdAt) };
}
