import { ClientError } from './errors.ts';
import {
  type Explanation,
  type ExportRecord,
  type ExportReply,
  explanation,
  exportRecord,
  exportReply,
} from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';
import { lacking, notSuccessful, untilEnded, type WaitOptions } from './wait.ts';

/**
 * What to export, in the API's own words: `exportType`, and `exportOptions`, `subTasks`, `IncludeDependentTasks`, … to
 * choose parts. Nothing chosen means everything.
 */
export type ExportBody = { exportType: 'latest' | 'published' } & Record<string, unknown>;

/** An export that ended well. */
export interface FinishedExport {
  id: string;
  downloadURL: string;
  /** Bytes of the archive; undefined where the host does not say. */
  size: number | undefined;
}

export interface ExportsClient {
  /** Starts an export of a bot. */
  start(botId: string, body: ExportBody, options?: CallOptions): Promise<ExportReply>;
  /** How the newest export of the bot stands. */
  status(botId: string, options?: CallOptions): Promise<ExportReply>;
  /**
   * Waits for the newest export of a bot to end well. With `id`, the export has to be this one: hosts tell of the newest
   * only, and somebody may start another. Throws `superseded`, `not_successful`, `timed_out`.
   */
  wait(
    botId: string,
    options?: WaitOptions<ExportReply> & { id?: string | undefined },
  ): Promise<FinishedExport>;
  /** Starts an export of a certain draft or version (a Botport host only); to be asked for by its id. */
  startOf(
    botId: string,
    body: ExportBody & { number?: number | undefined },
    options?: CallOptions,
  ): Promise<ExportReply>;
  /** An export by its id (a Botport host only). */
  get(exportId: string, options?: CallOptions): Promise<ExportRecord>;
  /** Waits for an export by its id (a Botport host only). */
  waitFor(exportId: string, options?: WaitOptions<ExportRecord>): Promise<FinishedExport>;
  /** What an export holds, why, and what dangles in it (a Botport host only). */
  explain(exportId: string, options?: CallOptions): Promise<Explanation>;
  /** What an export would hold, without running it (a Botport host only). */
  plan(botId: string, body: ExportBody, options?: CallOptions): Promise<Explanation>;
}

export function exportsClient(transport: Transport): ExportsClient {
  const bot = (botId: string) => `/api/public/bot/${encodeURIComponent(botId)}/export`;
  const own = (botId: string) => `/api/v1/bots/${encodeURIComponent(botId)}`;
  const client: ExportsClient = {
    // Starting an export twice makes two of the same, of which only the newer is asked for.
    start: (botId, body, options = {}) =>
      transport.json(exportReply, {
        method: 'POST',
        path: bot(botId),
        body,
        repeatable: true,
        ...options,
      }),

    status: (botId, options = {}) =>
      transport.json(exportReply, { path: `${bot(botId)}/status`, ...options }),

    async wait(botId, { id, ...options } = {}) {
      const reply = await untilEnded(
        (call) => client.status(botId, call),
        ({ _id, status }) => status !== 'pending' || (id !== undefined && _id !== id),
        options,
      );
      if (id !== undefined && reply._id !== id) {
        throw new ClientError('superseded', `${reply._id} instead of ${id} is the newest export of the bot`);
      }
      const { downloadURL, fileSize } = reply;
      if (reply.status !== 'success') throw notSuccessful('the export', reply.errors);
      if (downloadURL === undefined) throw lacking('export', 'downloadURL');
      return { id: reply._id, downloadURL, size: sizeOf(fileSize) };
    },

    startOf: (botId, body, options = {}) =>
      transport.json(exportReply, {
        method: 'POST',
        path: `${own(botId)}/exports`,
        body,
        repeatable: true,
        ...options,
      }),

    get: (exportId, options = {}) =>
      transport.json(exportRecord, { path: `/api/v1/exports/${encodeURIComponent(exportId)}`, ...options }),

    async waitFor(exportId, options = {}) {
      const record = await untilEnded(
        (call) => client.get(exportId, call),
        ({ status }) => status !== 'pending',
        options,
      );
      const { downloadURL, size } = record;
      if (record.status !== 'success') throw notSuccessful('the export', record.errors);
      if (downloadURL === undefined) throw lacking('export', 'downloadURL');
      return { id: exportId, downloadURL, size: size ?? undefined };
    },

    explain: (exportId, options = {}) =>
      transport.json(explanation, { path: `/api/v1/exports/${encodeURIComponent(exportId)}`, ...options }),

    plan: (botId, body, options = {}) =>
      transport.json(explanation, {
        method: 'POST',
        path: `${own(botId)}/export-plans`,
        body,
        repeatable: true,
        ...options,
      }),
  };
  return client;
}

/** Hosts write the size as text, and some with a unit behind it: then it is of no use. */
function sizeOf(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
