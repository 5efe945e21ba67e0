import type { AppKind, Scope } from './scopes.ts';

/** Who asks: a verified app. */
export interface Caller {
  clientId: string;
  accountId: string;
  kind: AppKind;
  /** Whether the app covers only the bots it was given (app-bots.ts); else every bot of the account. */
  limited: boolean;
  scopes: ReadonlySet<Scope>;
  /** The `u-…` id that stands as `createdBy` in what this app starts. */
  userId: string;
}
