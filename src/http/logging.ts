import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { App } from './app.ts';
import { withoutQuery } from './urls.ts';

/** Logger settings under which no token and no download link reaches the log. */
export function loggerOptions(level: Config['logLevel']) {
  return {
    level,
    // Headers hold tokens. The parser of uploads would log all it was given.
    redact: ['headers', '*.headers'],
    serializers: {
      req: ({ method, url }: FastifyRequest) => ({ method, path: withoutQuery(url) }),
    },
  };
}

/** One line per request, after its reply: never its headers, its query or its body. */
export function logRequests(app: App): void {
  app.addHook('onResponse', (request, reply, done) => {
    request.log.info(
      {
        method: request.method,
        path: withoutQuery(request.originalUrl),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
    done();
  });
}
