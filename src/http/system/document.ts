import { z } from 'zod';
import type { App } from '../app.ts';
import { failures } from '../replies.ts';

/** The OpenAPI document. */
export function document(app: App): void {
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: {
      tags: ['Server'],
      operationId: 'document',
      summary: 'This document',
      description: 'OpenAPI 3.1. Needs no token. `/docs` shows it as a page.',
      response: {
        200: z.looseObject({ openapi: z.string() }).meta({ description: 'The document.' }),
        ...failures(),
      },
    },
    handler: async () => ({ ...app.swagger(), openapi: '3.1.0' }),
  });
}
