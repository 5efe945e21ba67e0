import { ClientError } from './errors.ts';
import type { FinishedExport } from './exports.ts';
import { type UtteranceExport, utteranceExport } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';
import { lacking, notSuccessful, untilEnded, type WaitOptions } from './wait.ts';

export interface UtteranceChoice {
  /** `configured`: of the draft, which is the default. `published`: of the newest published version. */
  state?: 'configured' | 'published' | undefined;
  /** Default: `json`. */
  type?: 'json' | 'csv' | undefined;
}

/** Exports of what users may say to a bot, for training elsewhere. */
export interface UtterancesClient {
  /** Starts an export of the utterances of a bot. */
  start(botId: string, choice?: UtteranceChoice, options?: CallOptions): Promise<UtteranceExport>;
  /** How the newest such export of the bot stands. */
  status(botId: string, options?: CallOptions): Promise<UtteranceExport>;
  /**
   * Waits for the newest such export of the bot to end well; with `id`, it has to be this one. Throws `superseded`,
   * `not_successful`, `timed_out`.
   */
  wait(
    botId: string,
    options?: WaitOptions<UtteranceExport> & { id?: string | undefined },
  ): Promise<FinishedExport>;
}

export function utterancesClient(transport: Transport): UtterancesClient {
  const path = (botId: string) => `/api/public/bot/${encodeURIComponent(botId)}/mlexport`;
  const client: UtterancesClient = {
    start: (botId, { state = 'configured', type = 'json' } = {}, options = {}) =>
      transport.json(utteranceExport, {
        method: 'POST',
        path: path(botId),
        query: { state, type },
        repeatable: true,
        ...options,
      }),

    status: (botId, options = {}) =>
      transport.json(utteranceExport, { path: `${path(botId)}/status`, ...options }),

    async wait(botId, { id, ...options } = {}) {
      const reply = await untilEnded(
        (call) => client.status(botId, call),
        ({ _id, status }) => status !== 'IN_PROGRESS' || (id !== undefined && _id !== id),
        options,
      );
      if (id !== undefined && reply._id !== id) {
        const words = `${reply._id} instead of ${id} is the newest export of utterances of the bot`;
        throw new ClientError('superseded', words);
      }
      if (reply.status !== 'SUCCESS') throw notSuccessful('the export of utterances', reply.errors);
      if (reply.downloadUrl === undefined) throw lacking('export of utterances', 'downloadUrl');
      return { id: reply._id, downloadURL: reply.downloadUrl, size: undefined };
    },
  };
  return client;
}
