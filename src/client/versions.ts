import { z } from 'zod';
import { type Version, version, versionList } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

/** Published versions (a Botport host only). */
export interface VersionsClient {
  /** Versions of a bot, newest first, at most 50. */
  list(botId: string, page?: { before?: number; limit?: number }, options?: CallOptions): Promise<Version[]>;
  /** All versions of a bot, newest first, page by page. */
  all(botId: string, options?: CallOptions): AsyncGenerator<Version>;
  /** Labels or pins a version; what is left out stays. */
  update(
    botId: string,
    number: number,
    changes: { label?: string | null; pinned?: boolean },
    options?: CallOptions,
  ): Promise<Version>;
  delete(botId: string, number: number, options?: CallOptions): Promise<void>;
}

export function versionsClient(transport: Transport): VersionsClient {
  const path = (botId: string) => `/api/v1/bots/${encodeURIComponent(botId)}/versions`;
  const client: VersionsClient = {
    async list(botId, { before, limit } = {}, options = {}) {
      const request = { path: path(botId), query: { before, limit }, ...options };
      return (await transport.json(versionList, request)).versions;
    },

    async *all(botId, options = {}) {
      for (let before: number | undefined; ; ) {
        const page = await client.list(botId, before === undefined ? {} : { before }, options);
        yield* page;
        before = page.at(-1)?.number;
        if (before === undefined) return;
      }
    },

    update: (botId, number, changes, options = {}) =>
      transport.json(version, {
        method: 'PATCH',
        path: `${path(botId)}/${number}`,
        body: changes,
        repeatable: true,
        ...options,
      }),

    async delete(botId, number, options = {}) {
      const request = { method: 'DELETE', path: `${path(botId)}/${number}`, ...options } as const;
      await transport.json(z.unknown(), request);
    },
  };
  return client;
}
