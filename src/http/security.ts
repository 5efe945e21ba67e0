import helmet from '@fastify/helmet';
import fastify from 'fastify';
import type { App } from './app.ts';

/** Headers of every reply. Replies hold data and links meant for one client only, so no cache may keep them. */
export function secureReplies(app: App): void {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  app.addHook('onReady', async () => {
    Object.assign(headers, await headersOfHelmet());
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id);
    done();
  });
}

/** Helmet makes its headers anew for each reply, though they are always the same: here it makes them for one. */
async function headersOfHelmet(): Promise<Record<string, string>> {
  const probe = fastify();
  probe.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    // Botport speaks plain HTTP; whether its public name is HTTPS only is for the proxy before it to say.
    strictTransportSecurity: false,
  });
  probe.addHook('onRequest', async (_request, reply) => {
    reply.header('made-by-helmet', Object.keys(reply.raw.getHeaders()).join());
  });
  const { headers } = await probe.inject('/');
  await probe.close();
  const names = String(headers['made-by-helmet']).split(',');
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}
