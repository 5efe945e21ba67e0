import { z } from 'zod';
import { BotportError } from '../errors.ts';
import {
  type BotPage,
  botPage,
  type Explanation,
  type ExportReply,
  explanation,
  exportReply,
  type ImportReply,
  importReply,
  type PublishStatus,
  publishStatus,
  uploadReply,
} from './replies.ts';
import { send } from './send.ts';

export interface ClientOptions {
  /** Base URL of the host, e.g. `http://127.0.0.1:8080`. */
  host: string;
  /** Makes the token of the next request; see `makeToken`. */
  token: () => Promise<string>;
}

/** What an import is made of: the file ids of uploads. */
export interface ImportFiles {
  zipInfo?: string;
  botDefinition?: string;
  configInfo?: string;
  icon?: string;
  botFunctions?: string[];
}

/**
 * A client of the Bot Export API.
 *
 * ```ts
 * const client = createClient({ host, token: () => makeToken({ clientId, clientSecret }) });
 * await client.startExport(botId, { exportType: 'latest' });
 * const { downloadURL } = await client.waitForExport(botId);
 * const archive = await client.download(downloadURL);
 * ```
 *
 * Every call throws `request_failed` with the host's own words when it refuses.
 */
export interface Client {
  /** Uploads a file and gives its id. */
  upload(fileName: string, content: Uint8Array<ArrayBuffer>): Promise<string>;
  /** Starts the import of a new bot. `keepId` keeps the bot id in the file (a Botport host only). */
  startImport(files: ImportFiles, options?: { keepId?: boolean }): Promise<ImportReply>;
  /** Waits for an import to end, well or not. */
  waitForImport(requestId: string): Promise<ImportReply & { streamId: string }>;
  publish(botId: string, comment: string): Promise<void>;
  waitForPublish(botId: string): Promise<PublishStatus>;
  startExport(botId: string, body: Record<string, unknown>): Promise<ExportReply>;
  /** Waits for the bot's newest export to end, calling back after each look. */
  waitForExport(botId: string, onStatus?: (reply: ExportReply) => void): Promise<FinishedExport>;
  /** What an export holds, why, and what dangles in it (a Botport host only). */
  explainExport(exportId: string): Promise<Explanation>;
  /** The same before running, of the body an export would be started with (a Botport host only). */
  planExport(botId: string, body: Record<string, unknown>): Promise<Explanation>;
  /** The bytes behind a download link, in pieces. */
  download(url: string): Promise<{ size: number; content: AsyncIterable<Uint8Array> }>;
  listBots(page?: { offset: number; limit: number }): Promise<BotPage>;
}

export type FinishedExport = ExportReply & { downloadURL: string; fileSize: string };

export function createClient({ host, token }: ClientOptions): Client {
  const base = host.replace(/\/+$/, '');

  async function call<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
    if (!/^https?:$/.test(URL.parse(base)?.protocol ?? '')) {
      throw new BotportError('request_failed', `${host} is no http or https URL`);
    }
    const response = await send(`${base}${path}`, {
      method,
      // The token is meant for this host only, and `fetch` would take it along to any other.
      redirect: 'manual',
      headers: {
        auth: await token(),
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const reply: unknown = await response.json().catch((cause: unknown) => {
      throw new BotportError('request_failed', `the reply to ${path} is not JSON`, { cause });
    });
    const parsed = schema.safeParse(reply);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new BotportError(
      'request_failed',
      `unexpected reply to ${path}: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }

  const bot = (botId: string) => `/api/public/bot/${encodeURIComponent(botId)}`;

  return {
    async upload(fileName, content) {
      const form = new FormData();
      form.set('fileContext', 'bulkImport');
      form.set('fileExtension', fileName.split('.').at(-1) ?? '');
      form.set('file', new Blob([content]), fileName);
      return (await call(uploadReply, 'POST', '/api/public/uploadfile', form)).fileId;
    },

    startImport(files, { keepId = false } = {}) {
      return keepId
        ? call(importReply, 'POST', '/api/v1/imports', { ...files, keepId })
        : call(importReply, 'POST', '/api/public/bot/import', files);
    },

    async waitForImport(requestId) {
      const path = `/api/public/bot/import/status/${encodeURIComponent(requestId)}`;
      const reply = await untilEnded(() => call(importReply, 'GET', path), 'pending');
      const { streamId } = reply;
      if (reply.status !== 'success' || streamId === undefined) throw failed('the import', reply.errors);
      return { ...reply, streamId };
    },

    async publish(botId, comment) {
      await call(z.array(z.unknown()), 'POST', `${bot(botId)}/publish`, { versionComment: comment });
    },

    async waitForPublish(botId) {
      const look = () => call(publishStatus, 'GET', `${bot(botId)}/publish/status`);
      const reply = await untilEnded(look, 'inprogress');
      if (reply.status !== 'successful') throw failed('the publish', reply.errors);
      return reply;
    },

    startExport: (botId, body) => call(exportReply, 'POST', `${bot(botId)}/export`, body),

    async waitForExport(botId, onStatus = () => {}) {
      const look = async () => {
        const reply = await call(exportReply, 'GET', `${bot(botId)}/export/status`);
        onStatus(reply);
        return reply;
      };
      const reply = await untilEnded(look, 'pending');
      const { downloadURL, fileSize } = reply;
      if (reply.status !== 'success' || downloadURL === undefined || fileSize === undefined) {
        throw failed('the export', reply.errors);
      }
      return { ...reply, downloadURL, fileSize };
    },

    explainExport: (exportId) => call(explanation, 'GET', `/api/v1/exports/${encodeURIComponent(exportId)}`),

    planExport: (botId, body) =>
      call(explanation, 'POST', `/api/v1/bots/${encodeURIComponent(botId)}/export-plans`, body),

    async download(url) {
      const response = await send(url);
      if (!response.body) throw new BotportError('request_failed', 'the download has no content');
      return { size: Number(response.headers.get('content-length')), content: whole(response.body) };
    },

    listBots: ({ offset, limit } = { offset: 0, limit: 50 }) =>
      call(botPage, 'GET', `/api/public/bots?offset=${offset}&limit=${limit}`),
  };
}

/** The pieces of a body; throws `request_failed` where it breaks off. */
async function* whole(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of body) {
      bytes += piece.length;
      yield piece;
    }
  } catch (cause) {
    throw new BotportError('request_failed', `the download broke off after ${bytes} bytes`, { cause });
  }
}

/** Looks again and again, a little later each time, until the status is another than `running`. */
async function untilEnded<T extends { status: string }>(look: () => Promise<T>, running: string): Promise<T> {
  for (let pause = 50; ; pause = Math.min(pause * 2, 2000)) {
    const reply = await look();
    if (reply.status !== running) return reply;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function failed(
  what: string,
  errors: { msg: string; detail?: string | undefined }[] | undefined,
): BotportError {
  const [error] = errors ?? [];
  const words =
    error === undefined ? 'no reason was given' : [error.msg, error.detail].filter(Boolean).join(': ');
  return new BotportError('request_failed', `${what} failed: ${words}`);
}
