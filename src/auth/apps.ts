import type { Caller } from './caller.ts';
import type { Scope } from './scopes.ts';

export interface NewApp {
  name: string;
  kind: 'admin' | 'builder';
  algorithm: 'HS256' | 'HS512';
  scopes: Scope[];
  /** Bot ids; empty stands for every bot (admin apps only). */
  bots: string[];
}

/** What `apps create` shows, once: the secret is never shown again. */
export interface AppCredentials {
  clientId: string;
  clientSecret: string;
  kind: 'admin' | 'builder';
  bots: string[];
  scopes: Scope[];
}

export interface AppSummary extends Omit<AppCredentials, 'clientSecret'> {
  name: string;
  algorithm: 'HS256' | 'HS512';
  /** Epoch milliseconds. */
  createdAt: number;
  revokedAt: number | null;
}

export interface Apps {
  /** Throws `app_invalid`. */
  create(app: NewApp): Promise<AppCredentials>;
  list(): Promise<AppSummary[]>;
  /** From this moment the app's tokens are refused. Throws `app_unknown`. */
  revoke(clientId: string): Promise<void>;
  /** The app behind a token. Throws `invalid_token` or `invalid_credentials`. */
  authenticate(token: string | undefined): Promise<Caller>;
}
