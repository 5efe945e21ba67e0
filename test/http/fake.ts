import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import type { Scope } from '../../src/auth/scopes.ts';
import type { Botport } from '../../src/botport.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { BotportError } from '../../src/errors.ts';
import type { Archive, ExportBody, ExportRecord } from '../../src/exports/exports.ts';
import { createServer } from '../../src/http/server.ts';
import type { ImportBody, ImportRecord } from '../../src/imports/imports.ts';
import { follow } from '../../src/jobs/follow.ts';
import { createProgressBoard, notBegun } from '../../src/jobs/progress.ts';
import type { PublishBody, PublishRecord } from '../../src/publishing/publishing.ts';

export const bot = 'st-11111111-1111-5111-8111-111111111111';
export const otherBot = 'st-22222222-2222-5222-8222-222222222222';
const account = '0123456789abcdef01234567';
const createdAt = Date.UTC(2025, 0, 31, 9, 26, 53, 589);

const everyScope: Scope[] = [
  'test_and_train:ml_export',
  'universal_bot:linked_apps',
  'bot_definition:bot_export',
  'bot_definition:bot_import',
  'bot_publish:publish_request',
  'bot_publish:publish_status',
  'role_management:role_management',
];

function caller(kind: Caller['kind'], scopes: Scope[]): Caller {
  return {
    clientId: `cs-${kind}`,
    accountId: account,
    kind,
    limited: kind === 'builder',
    scopes: new Set(scopes),
    userId: 'u-1',
  };
}

/** Tokens the fake knows: an app of each kind, and one that may do nothing. */
const tokens: Record<string, Caller> = {
  admin: caller('admin', everyScope),
  builder: caller('builder', ['bot_definition:bot_export', 'bot_variables:export', 'bot_variables:import']),
  powerless: caller('admin', []),
};

/** Use cases of no substance: what the transport handed them can be looked at, and what they answer can be set. */
export class FakeBotport implements Botport {
  readonly config: Config;
  /** The names of the use cases called, in order. */
  readonly calls: string[] = [];
  readonly bodies: unknown[] = [];
  readonly stored: { name: string; content: string }[] = [];
  exportRecord: ExportRecord = {
    id: 'ber-1',
    botId: bot,
    status: 'pending',
    exportType: 'latest',
    createdBy: 'u-1',
    createdAt,
    fileId: '0123456789abcdef01234567',
    fileName: 'f-1.zip',
    clientFileName: 'Tra vel.zip',
    size: null,
    failure: null,
  };
  importRecord: ImportRecord = {
    id: 'bir-1',
    botId: null,
    streamRefId: 'ref',
    status: 'pending',
    logs: [{ taskType: 'importRequest', taskName: 'Travel', status: 'success' }],
    failure: null,
    createdBy: 'u-1',
    createdAt,
  };
  publishRecord: PublishRecord = {
    id: 'ds-1',
    botId: bot,
    status: 'success',
    comment: 'first',
    version: 1,
    resources: [
      { type: 'dialog', id: 'dg-1', name: 'Book' },
      { type: 'NL', id: 'NL', name: 'Natural Language' },
    ],
    languages: ['en'],
    failure: null,
    createdBy: 'u-1',
    createdAt,
    finishedAt: createdAt + 1000,
  };
  archive: Archive = {
    fileName: 'Travel.zip',
    size: 11,
    etag: '"tag"',
    sha256: undefined,
    makeSha256: unused,
    stream: () => Readable.from([Buffer.from('archive '), Buffer.from('it!')]),
  };
  totalBots = 1;
  readonly board = createProgressBoard();

  constructor(env: Record<string, string>) {
    this.config = loadConfig({ BOTPORT_LOG: 'silent', BOTPORT_RATE_LIMIT: 'off', ...env });
  }

  readonly apps: Botport['apps'] = {
    create: unused,
    list: unused,
    revoke: unused,
    checkKey: unused,
    covers: async ({ limited }, id) => !limited || id === bot,
    authenticate: async (token) => {
      this.calls.push('authenticate');
      if (token === undefined) throw new BotportError('invalid_credentials');
      const known = tokens[token];
      if (known === undefined) throw new BotportError('invalid_token');
      return known;
    },
  };

  readonly bots: Botport['bots'] = {
    get: async (_caller, id) => {
      this.calls.push('bot');
      if (id !== bot) throw new BotportError('invalid_stream_id');
      return this.#bot();
    },
    list: async (_caller, { limit }) => ({
      total: this.totalBots,
      bots: Array.from({ length: Math.min(limit, this.totalBots) }, () => this.#bot()),
    }),
    drafts: unused,
    rollBack: unused,
    linkedApps: unused,
    versions: unused,
    changeVersion: unused,
    deleteVersion: unused,
    changes: unused,
  };

  readonly uploads: Botport['uploads'] = {
    store: async (_caller, fileName, stream) => {
      this.calls.push('store');
      const content = await text(stream);
      this.stored.push({ name: fileName, content });
      const sha1 = createHash('sha1').update(content).digest('hex');
      return { id: '0123456789abcdef01234567', fileName, size: content.length, sha1 };
    },
    find: unused,
    read: unused,
    stream: unusedNow,
    removeBroken: unused,
  };

  readonly imports: Botport['imports'] = {
    request: async (_caller, body: ImportBody, options) => {
      this.calls.push('import');
      this.bodies.push({ ...body, ...options });
      return this.importRecord;
    },
    requestInto: async (_caller, _botId, body) => {
      this.calls.push('import into');
      this.bodies.push(body);
      return this.importRecord;
    },
    plan: unused,
    get: async (_caller, id) => {
      this.calls.push('import status');
      if (id !== this.importRecord.id) throw new BotportError('invalid_request_id');
      return { record: this.importRecord, progress: this.board.of(id) ?? notBegun };
    },
    follow: (caller, id, signal) =>
      follow({ requestId: id, board: this.board, read: () => this.imports.get(caller, id), signal }),
  };

  readonly exports: Botport['exports'] = {
    request: async (_caller, _botId, body: ExportBody) => {
      this.calls.push('export');
      this.bodies.push(body);
      return this.exportRecord;
    },
    requestEarlier: unused,
    explain: async () => ({
      record: this.exportRecord,
      progress: notBegun,
      explanation: { sections: [], tasks: [], dangling: [] },
    }),
    follow: (_caller, id, signal) =>
      follow({
        requestId: id,
        board: this.board,
        read: async () => {
          if (id !== this.exportRecord.id) throw new BotportError('invalid_request_id');
          const { status } = this.exportRecord;
          const running = this.board.of(id) ?? notBegun;
          return { record: this.exportRecord, progress: status === 'pending' ? running : null };
        },
        signal,
      }),
    plan: async () => ({ sections: [], tasks: [], dangling: [] }),
    newest: async (_botId, hold) => {
      this.calls.push(`export status ${hold}`);
      if (this.exportRecord.status === 'pending' && hold > 0) {
        await new Promise((resolve) => setTimeout(resolve, hold).unref());
      }
      return this.exportRecord;
    },
    link: () => ({
      path: '/api/getMediaStream/market/f-1.zip',
      query: [
        ['e', '17'],
        ['s', 'a$$'],
        ['clientfilename', 'Tra vel.zip'],
      ],
    }),
    open: async (fileName, query) => {
      this.calls.push('open');
      if (fileName !== 'f-1.zip' || query.s !== 'a$$') throw new BotportError('link_invalid');
      return this.archive;
    },
  };

  readonly publishing: Botport['publishing'] = {
    request: async (_caller, _botId, body: PublishBody) => {
      this.calls.push('publish');
      this.bodies.push(body);
      return this.publishRecord;
    },
    newest: async () => this.publishRecord,
    get: unused,
    follow: unusedNow,
  };

  readonly webhooks: Botport['webhooks'] = {
    create: unused,
    list: unused,
    get: unused,
    remove: unused,
    test: unused,
    deliveries: unused,
  };

  readonly diffs: Botport['diffs'] = { diff: unused };

  readonly functions: Botport['functions'] = { import: unused };

  readonly variables: Botport['variables'] = { export: unused, import: unused };

  readonly utterances: Botport['utterances'] = {
    request: unused,
    newest: unused,
    link: unusedNow,
    open: unused,
  };

  async close(): Promise<void> {}

  #bot() {
    return {
      id: bot,
      accountId: account,
      name: 'Travel',
      purpose: 'customer',
      type: 'default',
      defaultLanguage: 'en',
      description: '',
      draft: 'digest',
      published: null,
      createdBy: 'u-1',
      createdAt,
    };
  }
}

export interface Running {
  botport: FakeBotport;
  server: FastifyInstance;
  /** `http://127.0.0.1:<port>` */
  base: string;
  /** Asks with the admin app's token, unless another is given. */
  ask(path: string, init?: RequestInit & { token?: string | null }): Promise<Response>;
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
}

/** A server on a port of its own over a fake; both are gone when the test is. */
export async function run(env: Record<string, string> = {}): Promise<Running> {
  const botport = new FakeBotport(env);
  const server = createServer(botport);
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const ask: Running['ask'] = (path, { token = 'admin', headers, ...init } = {}) =>
    fetch(base + path, { ...init, headers: { ...(token === null ? {} : { auth: token }), ...headers } });
  return {
    botport,
    server,
    base,
    ask,
    post: (path, body, { headers, ...init } = {}) =>
      ask(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
        ...init,
      }),
  };
}

/** The one failure of a refusal. */
export async function failureOf(response: Response) {
  const { errors } = (await response.json()) as {
    errors: [{ msg: string; code: number; type: string; detail?: string }];
  };
  return { status: response.status, ...errors[0] };
}

async function unused(): Promise<never> {
  throw new Error('not part of the transport');
}

function unusedNow(): never {
  throw new Error('not part of the transport');
}
