import { METHODS } from 'node:http';
import { BotportError } from '../errors.ts';
import type { App } from './app.ts';

/** `CONNECT` never becomes a request in Node. */
const methods = METHODS.filter((method) => method !== 'CONNECT');

/** Lets Fastify route every method Node can parse, so that each gets the documented answer. */
export function acceptEveryMethod(app: App): void {
  for (const method of methods) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
}

/** The paths of all routes added from here on, with their methods. */
export function collectPaths(app: App): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>();
  app.addHook('onRoute', (route) => {
    const names = paths.get(route.url) ?? new Set<string>();
    paths.set(route.url, names);
    for (const method of [route.method].flat()) names.add(method);
  });
  return paths;
}

/**
 * Answers 405 with `Allow` where the path is known and the method is not. Must come behind the last route. The hook
 * runs before any other check: a wrong method is refused even with a bad token.
 */
export function refuseOtherMethods(app: App, paths: Map<string, Set<string>>): void {
  app.register(async (last) => {
    for (const [url, names] of [...paths]) {
      const allow = [...names].sort().join(', ');
      last.route({
        method: methods.filter((method) => !names.has(method)),
        url,
        schema: { hide: true },
        onRequest: async (_request, reply) => {
          reply.header('allow', allow);
          throw new BotportError('method_not_allowed', `this path takes ${allow}`);
        },
        handler: () => undefined,
      });
    }
  });
}
