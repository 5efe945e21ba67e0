import { ClientError } from './errors.ts';
import {
  type Bot,
  type BotPage,
  botPage,
  type Draft,
  draftList,
  type LinkedApps,
  linkedApps,
  type RollbackReply,
  rollbackReply,
} from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface BotsClient {
  /** One page of the bots the app covers; `offset` counts pages, from 0. */
  list(page?: { offset?: number; limit?: number }, options?: CallOptions): Promise<BotPage>;
  /** All bots the app covers, page by page. */
  all(options?: CallOptions): AsyncGenerator<Bot>;
  /**
   * The one bot of this id or name. Throws `refused` where there is none, or several have the name.
   *
   * An id (`st-…`) is taken at its word, without asking the host.
   */
  idOf(idOrName: string, options?: CallOptions): Promise<string>;
  /** Earlier drafts, newest first, at most 50 (a Botport host only). */
  drafts(botId: string, page?: { before?: number; limit?: number }, options?: CallOptions): Promise<Draft[]>;
  /** Brings an earlier draft or version back, as a new draft (a Botport host only). */
  rollBack(
    botId: string,
    to: { draft: number } | { version: number },
    options?: CallOptions,
  ): Promise<RollbackReply>;
  /** The apps a universal bot links, named in `language` where they have such a name. */
  linkedApps(botId: string, options?: CallOptions & { language?: string | undefined }): Promise<LinkedApps>;
}

const largestPage = 50;

export function botsClient(transport: Transport): BotsClient {
  const client: BotsClient = {
    list: ({ offset = 0, limit = largestPage } = {}, options = {}) =>
      transport.json(botPage, { path: '/api/public/bots', query: { offset, limit }, ...options }),

    async *all(options = {}) {
      for (let offset = 0; ; offset += 1) {
        const page = await client.list({ offset }, options);
        yield* page.bots;
        if (!page.availableMore || page.bots.length === 0) return;
      }
    },

    async idOf(idOrName, options = {}) {
      if (/^st-[0-9a-zA-Z-]+$/.test(idOrName)) return idOrName;
      const found: Bot[] = [];
      for await (const one of client.all(options)) if (one.name === idOrName) found.push(one);
      const [first, second] = found;
      const name = JSON.stringify(idOrName);
      if (!first) throw new ClientError('refused', `no bot is called ${name}`);
      if (second) throw new ClientError('refused', `${found.length} bots are called ${name}; give the id`);
      return first._id;
    },

    async drafts(botId, { before, limit } = {}, options = {}) {
      const path = `/api/v1/bots/${encodeURIComponent(botId)}/drafts`;
      return (await transport.json(draftList, { path, query: { before, limit }, ...options })).drafts;
    },

    rollBack: (botId, to, options = {}) =>
      transport.json(rollbackReply, {
        method: 'POST',
        path: `/api/v1/bots/${encodeURIComponent(botId)}/rollback`,
        body: to,
        ...options,
      }),

    // Documented, and called by clients, with the version in the path only.
    linkedApps: (botId, { language = 'en', ...options } = {}) =>
      transport.json(linkedApps, {
        path: `/api/1.1/public/bot/${encodeURIComponent(botId)}/universalbot/link`,
        query: { language },
        ...options,
      }),
  };
  return client;
}
