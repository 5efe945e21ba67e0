import type { AppKind, Scope } from './scopes.ts';

/** Who asks: a verified app. */
export interface Caller {
  clientId: string;
  accountId: string;
  kind: AppKind;
  /** The bots the app covers; `null` stands for every bot of the account. */
  bots: ReadonlySet<string> | null;
  scopes: ReadonlySet<Scope>;
  /** The `u-…` id that stands as `createdBy` in what this app starts. */
  userId: string;
}

/** Whether the app covers a bot of its account. */
export function covers(caller: Caller, botId: string): boolean {
  return caller.bots === null || caller.bots.has(botId);
}
