import { z } from 'zod';
import type { Botport } from '../../botport.ts';
import { report } from '../../diffs/report.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { difference, diffQuery } from './schemas.ts';

/** What one bot has other than another. */
export function compareBots(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/diff',
    onRequest: gate({ scope: 'bot_definition:bot_export', level: 'account' }),
    schema: {
      tags: ['Bots'],
      operationId: 'compareBots',
      summary: 'What differs between two of draft, version, export and uploaded file',
      description:
        'Items that were added, removed, changed or moved, and the fields that changed in them, in the words of those who ' +
        'build bots. Noise, such as renewed ids and times, is counted apart. Nothing is changed.',
      security: withToken,
      querystring: diffQuery,
      response: {
        200: {
          description: 'What `to` has other than `from`.',
          content: {
            'application/json': { schema: difference },
            'text/plain': { schema: z.string() },
          },
        },
        ...guardedFailures(
          'scope_missing',
          'invalid_arguments',
          'invalid_side',
          'invalid_stream_id',
          'no_published_version',
          'unknown_version',
          'invalid_request_id',
          'export_not_ready',
          'invalid_file_id',
          'json_malformed',
          'definition_incomplete',
          'zip_malformed',
          'zip_members',
          'difference_too_large',
        ),
      },
    },
    handler: async (request, reply) => {
      const { from, to, limit, format } = request.query;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const compared = await botport.diffs.diff(callerOf(request), { from, to }, limit, gone.signal);
      if ((format ?? accepted(request.headers.accept)) === 'text') {
        return reply.type('text/plain; charset=utf-8').send(report(compared));
      }
      const { difference, ...sides } = compared;
      return { ...sides, ...difference };
    },
  });
}

/** RFC 9110, 12.5.1, as far as there is a choice: text for who asks for it and not for JSON. */
function accepted(header: string | undefined): 'json' | 'text' {
  const types = (header ?? '').split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  return types.includes('text/plain') && !types.includes('application/json') ? 'text' : 'json';
}
