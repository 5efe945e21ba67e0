import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AppCredentials, type NewApp, openApps } from '../../src/auth/apps.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import { scopesOf } from '../../src/auth/scopes.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { serve } from '../../src/serve.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { openSecretBox } from '../../src/storage/secret-box.ts';

/** A real server on a free port, on a data folder of its own. */
export interface TestServer {
  url: string;
  dataFolder: string;
  /** An app as `botport apps create` makes it; without a choice, an admin app that may do everything. */
  createApp(app?: Partial<NewApp>): Promise<AppCredentials>;
  /** Stops the server, and removes its folder. */
  close(): Promise<void>;
}

export async function startServer(settings: Partial<Config> = {}): Promise<TestServer> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'botport-test-'));
  const config: Config = {
    ...loadConfig({}),
    port: 0,
    dataFolder,
    logLevel: 'silent',
    rateLimit: null,
    ...settings,
  };
  const server = await serve(config);
  return {
    url: server.url,
    dataFolder,
    createApp: (app = {}) => createApp(dataFolder, app),
    async close() {
      await server.stop();
      rmSync(dataFolder, { recursive: true });
    },
  };
}

export async function createApp(dataFolder: string, app: Partial<NewApp> = {}): Promise<AppCredentials> {
  const db = await openDatabase(dataFolder);
  try {
    const kind = app.kind ?? 'admin';
    return await openApps(db, openSecretBox(dataFolder)).create({
      name: 'test',
      kind,
      algorithm: 'HS256',
      scopes: scopesOf(kind),
      bots: [],
      ...app,
    });
  } finally {
    await db.destroy();
  }
}

export type Json = Record<string, unknown>;

export interface Reply {
  status: number;
  headers: Headers;
  body: Json;
}

/** Calls the API as an app: its token in `auth`, JSON in, JSON out. */
export interface Caller {
  token: string;
  get(path: string): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
  patch(path: string, body: unknown): Promise<Reply>;
  delete(path: string): Promise<Reply>;
}

export async function callerOf(server: { url: string }, app: AppCredentials): Promise<Caller> {
  const token = await makeToken(app);
  const call = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { auth: token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
  };
  return {
    token,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
  };
}

/** Uploads a file the plain way and gives its id. */
export async function upload(
  server: { url: string },
  token: string,
  content: Uint8Array | string,
  fileName = 'file.json',
): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), fileName);
  form.set('fileContext', 'bulkImport');
  const response = await fetch(`${server.url}/api/public/uploadfile`, {
    method: 'POST',
    headers: { auth: token },
    body: form,
  });
  const { fileId } = (await response.json()) as { fileId: string };
  return fileId;
}

/** Asks until the status is no longer the word for running. */
export async function untilEnded(caller: Caller, path: string, running = 'pending'): Promise<Json> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { body } = await caller.get(path);
    if (body.status !== running) return body;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${path} stays ${running}`);
}

export interface BotSource {
  definition: Uint8Array | string;
  config?: Uint8Array | string;
  icon?: Uint8Array;
  scripts?: { name: string; content: string }[];
}

/** Uploads the files of a bot, imports them as a new bot, and gives the final import status. */
export function importBot(server: { url: string }, caller: Caller, source: BotSource): Promise<Json> {
  return sendBot(server, caller, '/api/public/bot/import', source);
}

/** Replaces the draft of a bot, and gives the final import status. */
export function replaceDraft(
  server: { url: string },
  caller: Caller,
  botId: string,
  source: BotSource,
): Promise<Json> {
  return sendBot(server, caller, `/api/v1/bots/${botId}/imports`, source);
}

async function sendBot(
  server: { url: string },
  caller: Caller,
  path: string,
  source: BotSource,
): Promise<Json> {
  const send = (content: Uint8Array | string, name: string) => upload(server, caller.token, content, name);
  const botFunctions: string[] = [];
  for (const { name, content } of source.scripts ?? []) botFunctions.push(await send(content, name));
  const { body } = await caller.post(path, {
    botDefinition: await send(source.definition, 'botDefinition.json'),
    configInfo: await send(source.config ?? '{"name":"A bot","envVariables":[]}', 'config.json'),
    icon: await send(source.icon ?? pixel, 'icon.png'),
    botFunctions,
  });
  return untilEnded(caller, `/api/public/bot/import/status/${body._id}`);
}

/** Imports a bot that is in order, and gives its id. */
export async function importedBot(
  server: { url: string },
  caller: Caller,
  source: BotSource,
): Promise<string> {
  const status = await importBot(server, caller, source);
  if (status.status !== 'success') throw new Error(JSON.stringify(status));
  return status.streamId as string;
}

export async function publishBot(caller: Caller, botId: string): Promise<void> {
  await caller.post(`/api/public/bot/${botId}/publish`, { versionComment: 'a version' });
  await untilEnded(caller, `/api/public/bot/${botId}/publish/status`, 'inprogress');
}

/** Exports an earlier draft (`latest`) or version (`published`) of a bot, and gives the archive. */
export async function exportEarlier(
  caller: Caller,
  botId: string,
  number: number,
  exportType = 'latest',
): Promise<Buffer> {
  const started = await caller.post(`/api/v1/bots/${botId}/exports`, { exportType, number });
  if (started.status !== 200) throw new Error(JSON.stringify(started.body));
  const { downloadURL } = await untilEnded(caller, `/api/v1/exports/${started.body._id}`);
  return Buffer.from(await (await fetch(downloadURL as string)).arrayBuffer());
}

/** Exports a bot and gives the final status and the archive. */
export async function exportBot(
  caller: Caller,
  botId: string,
  body: Json = { exportType: 'latest' },
): Promise<{ status: Json; archive: Buffer }> {
  const started = await caller.post(`/api/public/bot/${botId}/export`, body);
  if (started.status !== 200) throw new Error(JSON.stringify(started.body));
  const status = await untilEnded(caller, `/api/public/bot/${botId}/export/status`);
  const response = await fetch(status.downloadURL as string);
  return { status, archive: Buffer.from(await response.arrayBuffer()) };
}

/** The smallest bot Botport takes, with whatever a test adds. */
export function smallDefinition(more: Json = {}): Json {
  return {
    _id: 'st-00000000-0000-5000-8000-000000000001',
    refId: '00000000-0000-5000-8000-000000000002',
    purpose: 'customer',
    type: 'default',
    defaultLanguage: 'en',
    supportedLanguages: ['en'],
    localeData: { en: { name: 'A bot' } },
    dialogs: [],
    exportOptions: {},
    encryptedHash: '00000000000000000000000000000000',
    ...more,
  };
}

/** A PNG of one pixel. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
