import { z } from 'zod';
import { type PublishStatus, publishStatus } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';
import { notSuccessful, untilEnded, type WaitOptions } from './wait.ts';

export interface PublishingClient {
  /** Starts publishing the draft of a bot. */
  start(botId: string, comment: string, options?: CallOptions): Promise<void>;
  /** How the newest publish of the bot stands. */
  status(botId: string, options?: CallOptions): Promise<PublishStatus>;
  /** Waits for the newest publish of a bot to end well. Throws `not_successful`, `timed_out`. */
  wait(botId: string, options?: WaitOptions<PublishStatus>): Promise<PublishStatus>;
}

export function publishingClient(transport: Transport): PublishingClient {
  const path = (botId: string) => `/api/public/bot/${encodeURIComponent(botId)}/publish`;
  const client: PublishingClient = {
    async start(botId, comment, options = {}) {
      const body = { versionComment: comment };
      await transport.json(z.unknown(), { method: 'POST', path: path(botId), body, ...options });
    },

    status: (botId, options = {}) =>
      transport.json(publishStatus, { path: `${path(botId)}/status`, ...options }),

    async wait(botId, options = {}) {
      const reply = await untilEnded(
        (call) => client.status(botId, call),
        ({ status }) => status !== 'inprogress',
        options,
      );
      if (reply.status !== 'successful') throw notSuccessful('the publish', reply.errors);
      return reply;
    },
  };
  return client;
}
