import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import about from '../../package.json' with { type: 'json' };
import type { App } from './app.ts';

/** The page loads nothing from elsewhere. Swagger UI styles its elements inline and draws icons from `data:`. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Describes every endpoint added from here on: `/openapi.json` for programs, `/docs` for people. */
export function describeApi(app: App): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Botport',
        version: about.version,
        description:
          'A self-hosted server behind the Bot Export API. Paths under `/api/public` answer as the platform’s own ' +
          'public API does (also under `/api/1.1/public`); paths under `/api/v1` are Botport’s own.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'Files', description: 'Upload what an import reads.' },
        { name: 'Import', description: 'Make a bot from an export.' },
        { name: 'Publish', description: 'Turn the draft into a version.' },
        { name: 'Export', description: 'Get a bot out as an archive.' },
        { name: 'Variables', description: 'Get variables out of a bot, and into one.' },
        { name: 'Utterances', description: 'Get the utterances of a bot out as a file.' },
        { name: 'Bots', description: 'See which bots there are.' },
        { name: 'Webhooks', description: 'Be told when requests end.' },
        { name: 'Server', description: 'The server itself.' },
      ],
      components: {
        securitySchemes: {
          token: {
            type: 'apiKey',
            in: 'header',
            name: 'auth',
            description:
              'A JWT signed with an app’s secret, its client id in the claim `appId`. No `Bearer` before it.',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    // Without this the page would ask a public validator about the document.
    uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true },
    theme: { title: 'Botport API' },
  });
}
