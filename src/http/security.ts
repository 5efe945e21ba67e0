import helmet from '@fastify/helmet';
import type { App } from './app.ts';

/** Headers of every reply. Replies hold data and links meant for one client only, so no cache may keep them. */
export function secureReplies(app: App): void {
  app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    // Botport speaks plain HTTP; whether its public name is HTTPS only is for the proxy before it to say.
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('cache-control', 'no-store');
  });
}
