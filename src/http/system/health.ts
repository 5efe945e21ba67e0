import { z } from 'zod';
import type { App } from '../app.ts';
import { failures } from '../replies.ts';

/** Answers once the server can serve, for those who watch over it. */
export function health(app: App): void {
  for (const method of ['GET', 'HEAD'] as const) {
    app.route({
      method,
      url: '/healthz',
      schema: {
        hide: method === 'HEAD',
        tags: ['Server'],
        operationId: 'health',
        summary: 'Whether the server is ready',
        description: 'Needs no token and is not rate-limited.',
        response: {
          200: z
            .object({ status: z.literal('ok') })
            .meta({ description: 'It is.', examples: [{ status: 'ok' }] }),
          ...failures(),
        },
      },
      handler: async () => ({ status: 'ok' as const }),
    });
  }
}
