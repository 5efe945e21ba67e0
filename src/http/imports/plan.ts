import { z } from 'zod';
import type { Botport } from '../../botport.ts';
import { mostItems } from '../../imports/plan.ts';
import type { App } from '../app.ts';
import { dangling } from '../exports/explain-schemas.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';
import { untilGone } from '../until-gone.ts';
import { importIntoBody } from './schemas.ts';

const counts = z.object({
  created: z.int(),
  replaced: z.int(),
  deleted: z.int(),
  kept: z.int().describe('Stay as they are.'),
});
const state = z.enum(['new', 'changed', 'removed']);
const items = z.array(
  z.object({ id: z.string().nullable(), refId: z.string().nullable(), name: z.string() }),
);

const plan = z
  .object({
    digest: z
      .string()
      .describe('Names the plan; give it as `plan` to the import that is to do exactly this.'),
    changes: z.boolean().describe('Whether anything changes at all.'),
    counts: counts.describe('Of all items and sections that are no lists.'),
    sections: z
      .array(
        z.object({ section: z.string(), state, counts, created: items, replaced: items, deleted: items }),
      )
      .describe(`The sections that change; of each the first ${mostItems} items of a kind are named.`),
    files: z
      .array(z.object({ name: z.string(), state }))
      .describe('Files beside the definition that change.'),
    dangling: z.array(dangling).describe('References that lead to nothing afterwards, and do not now.'),
    unsetVariables: z.array(z.string()).describe('Environment variables without a value afterwards.'),
  })
  .meta({ description: 'What the import would do.' });

/** What an import into a bot would do; nothing is done. */
export function planImport(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'POST',
    url: '/api/v1/bots/:botId/import-plans',
    onRequest: gate({ scope: 'bot_definition:bot_import', level: 'bot' }),
    schema: {
      tags: ['Import'],
      operationId: 'planImport',
      summary: 'What an import into a bot would do',
      description:
        'Takes what the import takes, and changes nothing. Answers when the plan is made, which takes about as long as ' +
        'the import would. Applying it by its digest does exactly this, or is refused where the bot has moved since.',
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      security: withToken,
      params: botParams,
      body: importIntoBody,
      response: {
        200: plan,
        ...guardedFailures(
          'invalid_stream_id',
          'scope_missing',
          'invalid_arguments',
          'body_too_large',
          'invalid_file_id',
          'nothing_selected',
          'unknown_option',
          'unknown_task',
          'import_stubs',
          'import_older_platform',
          'import_other_generation',
          'definition_incomplete',
          'zip_malformed',
        ),
      },
    },
    handler: async (request, reply) => {
      const { botId } = request.params;
      return botport.imports.plan(callerOf(request), botId, request.body, untilGone(reply));
    },
  });
}
