import { BotportError } from '../errors.ts';
import type { Caller } from './caller.ts';
import { canHold, heldByOthers, printedScope, type Scope } from './scopes.ts';

/*
 * What an authenticated app may do, in the order the platform judges it: a builder app's bot, then the scope. Whether
 * an admin app's bot exists and is covered comes after both (`Bots.get`), with an answer of its own.
 */

/** A builder app knows its own bot only: any other, even one that does not exist, is `invalid_credentials`. */
export async function requireBotOfApp(
  apps: { covers(caller: Caller, botId: string): Promise<boolean> },
  caller: Caller,
  botId: string,
): Promise<void> {
  if (caller.kind === 'builder' && !(await apps.covers(caller, botId))) {
    throw new BotportError('invalid_credentials', 'a builder app reaches no bot but its own');
  }
}

/** Throws `scope_missing`, naming the scope as the person who set up the app knows it. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.has(scope)) return;
  const { kind } = caller;
  throw new BotportError(
    'scope_missing',
    canHold(scope, kind)
      ? `the app lacks the scope "${printedScope(scope, kind)}"`
      : heldByOthers(scope, kind),
  );
}
