import type { FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.ts';
import { requireBotOfApp, requireScope } from '../auth/permissions.ts';
import type { Scope } from '../auth/scopes.ts';
import type { Botport } from '../botport.ts';
import type { Level, TakeTurn } from './rate-limits.ts';

/** Who may call an endpoint, and what its requests are counted by. */
export interface Rule {
  /** Left out: any app of the account. */
  scope?: Scope;
  level: Level;
}

/** Makes the `onRequest` hook of an endpoint. */
export type Gate = (rule: Rule) => (request: FastifyRequest) => Promise<void>;

const callers = new WeakMap<FastifyRequest, Caller>();

/** The app behind a request that has passed its gate. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error(`${request.routeOptions.url} has no gate`);
  return caller;
}

/**
 * All checks between the method and the body, in the platform's order. They run before a byte of the body is read, so
 * that whoever may not send one cannot make the server hold it.
 */
export function createGate(botport: Botport, takeTurn: TakeTurn): Gate {
  return (rule) => async (request) => {
    const caller = await botport.apps.authenticate(firstOf(request.headers.auth));
    callers.set(request, caller);
    const botId = parameter(request, 'botId');
    if (botId !== undefined) await requireBotOfApp(botport.apps, caller, botId);
    if (rule.scope !== undefined) requireScope(caller, rule.scope);
    if (botId !== undefined) await botport.bots.get(caller, botId);
    await takeTurn(request, rule.level, countedBy(rule.level, request, caller));
  };
}

/** A call about no single bot is counted by its account. */
function countedBy(level: Level, request: FastifyRequest, { accountId }: Caller): string {
  const botId = parameter(request, 'botId');
  if (level === 'bot') return botId ?? accountId;
  if (level === 'account') return accountId;
  // The request asked about is named by its id, or is the newest one of its kind and bot.
  const named = parameter(request, 'requestId') ?? parameter(request, 'exportId');
  return `${request.routeOptions.url} ${accountId} ${named ?? botId}`;
}

function parameter(request: FastifyRequest, name: string): string | undefined {
  const { params } = request;
  if (typeof params !== 'object' || params === null) return undefined;
  const value: unknown = Reflect.get(params, name);
  return typeof value === 'string' ? value : undefined;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
