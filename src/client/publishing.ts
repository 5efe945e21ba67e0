import { z } from 'zod';
import { type PublishRecord, type PublishStatus, publishRecord, publishStatus } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';
import { notSuccessful, untilEnded, type WaitOptions } from './wait.ts';

export interface PublishingClient {
  /** Starts publishing the draft of a bot. */
  start(
    botId: string,
    comment: string,
    options?: CallOptions & { initiateTraining?: boolean | undefined },
  ): Promise<void>;
  /** How the newest publish of the bot stands. */
  status(botId: string, options?: CallOptions): Promise<PublishStatus>;
  /** Waits for the newest publish of a bot to end well. Throws `not_successful`, `timed_out`. */
  wait(botId: string, options?: WaitOptions<PublishStatus>): Promise<PublishStatus>;
  /** A publish by its id, and the version it made (a Botport host only). */
  get(publishId: string, options?: CallOptions): Promise<PublishRecord>;
}

export function publishingClient(transport: Transport): PublishingClient {
  const path = (botId: string) => `/api/public/bot/${encodeURIComponent(botId)}/publish`;
  const client: PublishingClient = {
    async start(botId, comment, { initiateTraining, ...options } = {}) {
      const body = { versionComment: comment, initiateTraining };
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

    get: (publishId, options = {}) =>
      transport.json(publishRecord, {
        path: `/api/v1/publishes/${encodeURIComponent(publishId)}`,
        ...options,
      }),
  };
  return client;
}
