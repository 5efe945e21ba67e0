import type { Caller } from '../auth/caller.ts';

export interface Bot {
  id: string;
  accountId: string;
  name: string;
  purpose: string;
  type: string;
  defaultLanguage: string;
  description: string;
  /** Number of the newest published version; `null` if the bot was never published. */
  published: number | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface Bots {
  /** The bot, or throws `invalid_stream_id` when it does not exist or the caller does not cover it. */
  get(caller: Caller, id: string): Promise<Bot>;
  /** One page (from 0) of the bots the caller covers, oldest first. */
  list(caller: Caller, page: { offset: number; limit: number }): Promise<{ total: number; bots: Bot[] }>;
}
