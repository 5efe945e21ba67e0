import { z } from 'zod';
import { mostScripts } from '../../archives/members.ts';
import type { Botport } from '../../botport.ts';
import { newHexId } from '../../ids.ts';
import type { App } from '../app.ts';
import { optionalText, text } from '../fields.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, iso, isoTime, version, withToken } from '../replies.ts';
import { untilGone } from '../until-gone.ts';

const file = z.object(
  {
    fileId: text('the fileId of an uploaded file'),
    fileName: optionalText().describe('What the bot is to call it. Left out: as it was uploaded.'),
  },
  { error: 'an object with `fileId` and `fileName`' },
);

const one = z.array(file, { error: 'a list of files' }).min(1, { error: 'one file at least' });

/** A list of files; a single one may stand without the list. */
const functionsBody = z
  .preprocess(
    (sent) => (isSingle(sent) ? [sent] : sent),
    one.max(mostScripts, { error: `${mostScripts} files at most` }),
  )
  .meta({
    ...z.toJSONSchema(one, { io: 'input' }),
    $schema: undefined,
    examples: [[{ fileName: 'BotFunctions.js', fileId: '5c9e3f2a7b1d4e6f8a0b2c4d' }]],
  });

function isSingle(sent: unknown): boolean {
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent);
}

const functionsImported = z
  .object({
    requestType: z.literal('BotImport'),
    status: z.literal('Success'),
    createdOn: isoTime,
    _id: z.string().describe('24 hexadecimal digits.'),
    createdBy: z.string().describe('Who asked: `u-…`.'),
    __v: version,
    fileId: z.string().describe('The file, or the first of several.'),
    fileName: z.string(),
  })
  .meta({
    description: 'The bot has the functions.',
    examples: [
      {
        requestType: 'BotImport',
        status: 'Success',
        createdOn: '2025-01-31T09:26:53.589Z',
        _id: '6565d9c378438bc41a6cf0a1',
        createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
        __v: 0,
        fileId: '5c9e3f2a7b1d4e6f8a0b2c4d',
        fileName: 'BotFunctions.js',
      },
    ],
  });

/** Bot functions alone. */
export function importFunctions(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/public/bot/:botId/import/botfunctions',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      tags: ['Import'],
      operationId: 'importFunctions',
      summary: 'Import bot functions',
      description:
        'Each file takes the place of the one of the same name, or comes behind. Answers when the bot has them.',
      security: withToken,
      params: botParams,
      body: functionsBody,
      response: {
        200: functionsImported,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'invalid_file_id',
          'script_invalid',
          'json_item_too_large',
          'import_running',
        ),
      },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { botId } = request.params;
      const [first] = await botport.functions.import(caller, botId, request.body, untilGone(reply));
      if (!first) throw new Error('functions without a file');
      return {
        requestType: 'BotImport' as const,
        status: 'Success' as const,
        createdOn: iso(Date.now()),
        _id: newHexId(),
        createdBy: caller.userId,
        __v: 0 as const,
        ...first,
      };
    },
  });
}
