import {
  type FunctionsReply,
  functionsReply,
  type ImportPlan,
  type ImportReply,
  importPlan,
  importReply,
} from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';
import { lacking, notSuccessful, untilEnded, type WaitOptions } from './wait.ts';

/** What an import is made of: the file ids of uploads. Either the archive, or the single files. */
export interface ImportFiles {
  zipInfo?: string;
  botDefinition?: string;
  configInfo?: string;
  icon?: string;
  botFunctions?: string[];
}

export interface NewBot extends ImportFiles {
  /** Name of the new bot; else the one in the definition. */
  name?: string | undefined;
}

/** What an import into a bot takes of the files; all, unless told. */
export interface ImportChoice {
  /** As the API has it: `{tasks: ['botTask'], nlpData: ['utterances'], options: {utterances: {replace: true}}}`. */
  importOptions?: Record<string, unknown> | undefined;
  subTasks?: Record<string, string[]> | undefined;
}

/** A file of bot functions: an upload, and what the bot calls it. */
export interface FunctionFile {
  fileId: string;
  fileName: string;
}

export interface ImportsClient {
  /** Starts the import of a new bot. `keepId` keeps the bot id in the file (a Botport host only). */
  start(files: NewBot, options?: CallOptions & { keepId?: boolean }): Promise<ImportReply>;
  /** Starts an import into a bot that is there. */
  startInto(botId: string, body: ImportFiles & ImportChoice, options?: CallOptions): Promise<ImportReply>;
  /** What an import into a bot would do; nothing is done (a Botport host only). */
  plan(botId: string, body: ImportFiles & ImportChoice, options?: CallOptions): Promise<ImportPlan>;
  /** Starts exactly what was planned, or is refused where the bot has moved since (a Botport host only). */
  apply(
    botId: string,
    body: ImportFiles & ImportChoice & { plan: string },
    options?: CallOptions,
  ): Promise<ImportReply>;
  status(requestId: string, options?: CallOptions): Promise<ImportReply>;
  /** Waits for an import to end well. Throws `not_successful` with the host's reasons, and `timed_out`. */
  wait(requestId: string, options?: WaitOptions<ImportReply>): Promise<ImportReply & { streamId: string }>;
  /** How an import stands, with its progress (a Botport host only). */
  get(requestId: string, options?: CallOptions): Promise<ImportReply>;
  /** Gives a bot functions: each file takes the place of the one of its name, or comes behind. */
  functions(botId: string, files: FunctionFile[], options?: CallOptions): Promise<FunctionsReply>;
}

export function importsClient(transport: Transport): ImportsClient {
  const own = (botId: string) => `/api/v1/bots/${encodeURIComponent(botId)}`;
  const client: ImportsClient = {
    start: (files, { keepId = false, ...options } = {}) =>
      transport.json(importReply, {
        method: 'POST',
        path: keepId ? '/api/v1/imports' : '/api/public/bot/import',
        body: { ...modeOf(files), ...files, ...(keepId ? { keepId } : {}) },
        ...options,
      }),

    startInto: (botId, body, options = {}) =>
      transport.json(importReply, {
        method: 'POST',
        path: `/api/public/bot/${encodeURIComponent(botId)}/import`,
        body: { ...modeOf(body), ...body },
        ...options,
      }),

    plan: (botId, body, options = {}) =>
      transport.json(importPlan, {
        method: 'POST',
        path: `${own(botId)}/import-plans`,
        body: { ...modeOf(body), ...body },
        repeatable: true,
        ...options,
      }),

    apply: (botId, body, options = {}) =>
      transport.json(importReply, {
        method: 'POST',
        path: `${own(botId)}/imports`,
        body: { ...modeOf(body), ...body },
        ...options,
      }),

    status: (requestId, options = {}) =>
      transport.json(importReply, {
        path: `/api/public/bot/import/status/${encodeURIComponent(requestId)}`,
        ...options,
      }),

    async wait(requestId, options = {}) {
      const reply = await untilEnded(
        (call) => client.status(requestId, call),
        ({ status }) => status !== 'pending',
        options,
      );
      const { streamId } = reply;
      if (reply.status !== 'success') throw notSuccessful('the import', reply.errors);
      if (streamId === undefined) throw lacking('import', 'streamId');
      return { ...reply, streamId };
    },

    get: (requestId, options = {}) =>
      transport.json(importReply, { path: `/api/v1/imports/${encodeURIComponent(requestId)}`, ...options }),

    functions: (botId, files, options = {}) =>
      transport.json(functionsReply, {
        method: 'POST',
        path: `/api/public/bot/${encodeURIComponent(botId)}/import/botfunctions`,
        body: files,
        ...options,
      }),
  };
  return client;
}

/** Hosts want to be told which of the two kinds of files there are. */
function modeOf({ zipInfo }: ImportFiles): { uploadMode: 'ZIP' | 'JSON' } {
  return { uploadMode: zipInfo === undefined ? 'JSON' : 'ZIP' };
}
