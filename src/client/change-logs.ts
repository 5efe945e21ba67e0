import { type Change, changeList } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface ChangePage {
  /** Counts pages, from 0. */
  offset?: number | undefined;
  /** Entries on a page, at most 50, which is the default. */
  limit?: number | undefined;
  /** Only what happened from then on: an ISO date. */
  startDate?: string | undefined;
  /** Only what happened until the end of that day: an ISO date. */
  endDate?: string | undefined;
}

/** What happened to bots. */
export interface ChangeLogsClient {
  /** One page of what happened to a bot, newest first. */
  list(botId: string, page?: ChangePage, options?: CallOptions): Promise<Change[]>;
  /** All that happened to a bot, newest first, page by page. */
  all(
    botId: string,
    dates?: Pick<ChangePage, 'startDate' | 'endDate'>,
    options?: CallOptions,
  ): AsyncGenerator<Change>;
}

const largestPage = 50;

export function changeLogsClient(transport: Transport): ChangeLogsClient {
  const client: ChangeLogsClient = {
    list: (botId, { offset = 0, limit = largestPage, startDate, endDate } = {}, options = {}) =>
      transport.json(changeList, {
        path: `/api/public/bot/${encodeURIComponent(botId)}/changelogs`,
        query: { offset, limit, startDate, endDate },
        ...options,
      }),

    async *all(botId, dates = {}, options = {}) {
      for (let offset = 0; ; offset += 1) {
        const page = await client.list(botId, { ...dates, offset }, options);
        yield* page;
        if (page.length < largestPage) return;
      }
    },
  };
  return client;
}
