import { execFile as execFileWithCallback } from 'node:child_process';
import { mkdtempSync, openAsBlob, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeToken } from '../src/auth/make-token.ts';
import { createApp } from '../test/support/server.ts';
import { generateBot, sampleConfig, sampleIcon } from './generate-bot.ts';
import { createHttpClient } from './http.ts';
import { type ServerProcess, startProcess } from './processes.ts';

const execFile = promisify(execFileWithCallback);
const launcher = fileURLToPath(new URL('../bin/botport.js', import.meta.url));
/** As `npm start` has them. */
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: { start: string };
};
const startFlags = scripts.start.split(' ').filter((word) => word.startsWith('--'));

/** Botport in a process of its own, on a scratch folder, and its API as far as the benchmarks need it. */
export interface Server extends ServerProcess {
  /** The scratch folder; goes with the server. */
  folder: string;
  /** A token that may do everything. */
  token: string;
  /** Ends the server and starts it again on the same data; gives the milliseconds the start took. */
  restart(between?: () => void): Promise<number>;
  /** Starts an export, of everything unless told otherwise, and waits until it is there; gives the download link. */
  exportBot(botId: string, body?: object): Promise<string>;
  /** The two halves of it: the POST, and one look at the status, which gives the link once it is there. */
  startExport(botId: string, body?: object): Promise<void>;
  exportStatus(botId: string): Promise<string | undefined>;
  /** Reads an archive to its last byte and gives its size. */
  download(url: string): Promise<number>;
  /** Reads an archive into a file. */
  save(url: string, file: string): Promise<void>;
  /** Uploads the files of a bot: the first half of an import. */
  upload(definitionFile: string): Promise<UploadedBot>;
  /** Uploads one file, say an archive, and gives its id. */
  uploadFile(file: string): Promise<string>;
  /** The second half: from the start of the import to the new bot. Gives the bot's id. */
  importUploaded(bot: UploadedBot | { zipInfo: string }): Promise<string>;
  /** Replaces the draft of a bot, from the start of the import to its end. */
  replaceDraft(botId: string, bot: UploadedBot): Promise<void>;
  /** Publishes the draft of a bot. */
  publish(botId: string): Promise<void>;
  /** As `exportBot`, of an earlier draft. */
  exportEarlier(botId: string, number: number): Promise<string>;
  /** Collects garbage now, as `botport gc` beside a server. */
  collect(): Promise<void>;
  /** Makes a bot of so many bytes and imports it. */
  importGenerated(bytes: number, seed?: string): Promise<string>;
}

export interface UploadedBot {
  botDefinition: string;
  configInfo: string;
  icon: string;
  botFunctions: string[];
}

/**
 * How often an import is asked whether it has ended, in milliseconds: often at first, later less, so that the asking
 * takes no part of the processor that could be measured.
 */
const pollInterval = (asked: number) => Math.min(5 + asked, 50);

/** `place` is the folder the scratch folder is made in; `settings` are the server's, beside those of all benchmarks. */
export async function startServer(
  connections = 1,
  place = tmpdir(),
  settings: Record<string, string> = {},
): Promise<Server> {
  const folder = mkdtempSync(path.join(place, 'botport-bench-'));
  const dataFolder = path.join(folder, 'data');
  const app = await createApp(dataFolder);
  const { BENCH_PROFILE } = process.env;
  const profiling = BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${BENCH_PROFILE}`] : [];
  const start = () =>
    startProcess([...startFlags, ...profiling, launcher, 'serve'], {
      BOTPORT_DATA: dataFolder,
      BOTPORT_HOST: '127.0.0.1',
      BOTPORT_PORT: '0',
      BOTPORT_RATE_LIMIT: 'off',
      BOTPORT_LOG: 'silent',
      ...settings,
    });
  let server = await start();
  const token = await makeToken({ ...app, lifetimeSeconds: 86_400 });
  const client = createHttpClient(connections);

  const call = async (method: string, place: string, body?: object) => {
    const headers = { auth: token, 'content-type': 'application/json' };
    const reply = await client.send(method, `${server.url}${place}`, headers, body && JSON.stringify(body));
    return JSON.parse(reply.toString());
  };

  async function uploadFile(content: Blob, name: string): Promise<string> {
    const form = new FormData();
    form.set('file', content, name);
    form.set('fileContext', 'bulkImport');
    const response = await fetch(`${server.url}/api/public/uploadfile`, {
      method: 'POST',
      headers: { auth: token },
      body: form,
    });
    if (!response.ok) throw new Error(`the upload was answered with ${response.status}`);
    return ((await response.json()) as { fileId: string }).fileId;
  }

  const upload: Server['upload'] = async (definitionFile) => ({
    botDefinition: await uploadFile(await openAsBlob(definitionFile), 'botDefinition.json'),
    configInfo: await uploadFile(new Blob([new Uint8Array(sampleConfig())]), 'config.json'),
    icon: await uploadFile(new Blob([new Uint8Array(sampleIcon())]), 'icon.png'),
    botFunctions: [],
  });

  const importUploaded: Server['importUploaded'] = (bot) => importInto('/api/public/bot/import', bot);

  async function importInto(place: string, bot: object): Promise<string> {
    let reply = await call('POST', place, bot);
    for (let asked = 0; reply.status === 'pending'; asked += 1) {
      await setTimeout(pollInterval(asked));
      reply = await call('GET', `/api/public/bot/import/status/${reply._id}`);
    }
    if (reply.status !== 'success') throw new Error(`the import failed: ${JSON.stringify(reply.errors)}`);
    return reply.streamId;
  }

  const startExport = async (botId: string, body: object = { exportType: 'latest' }) => {
    await call('POST', `/api/public/bot/${botId}/export`, body);
  };

  async function exportStatus(botId: string): Promise<string | undefined> {
    const { status, downloadURL } = await call('GET', `/api/public/bot/${botId}/export/status`);
    if (status === 'pending') return undefined;
    if (status !== 'success') throw new Error('the export failed');
    return downloadURL;
  }

  return {
    get url() {
      return server.url;
    },
    folder,
    token,
    cpuTime: () => server.cpuTime(),
    peakMemory: () => server.peakMemory(),
    forgetPeak: () => server.forgetPeak(),
    async restart(between) {
      await server.stop();
      between?.();
      const begin = performance.now();
      server = await start();
      return performance.now() - begin;
    },
    startExport,
    exportStatus,
    async exportBot(botId, body) {
      await startExport(botId, body);
      for (;;) {
        const url = await exportStatus(botId);
        if (url !== undefined) return url;
      }
    },
    async replaceDraft(botId, bot) {
      await importInto(`/api/v1/bots/${botId}/imports`, bot);
    },
    async publish(botId) {
      await call('POST', `/api/public/bot/${botId}/publish`, { versionComment: 'a night' });
      for (let status = 'inprogress'; status !== 'successful'; ) {
        if (status !== 'inprogress') throw new Error(`publishing ended as ${status}`);
        ({ status } = await call('GET', `/api/public/bot/${botId}/publish/status`));
      }
    },
    async exportEarlier(botId, number) {
      const { _id } = await call('POST', `/api/v1/bots/${botId}/exports`, { exportType: 'latest', number });
      const events = await client.send('GET', `${server.url}/api/v1/exports/${_id}/events`, { auth: token });
      const end = /^event: success\ndata: (.*)$/m.exec(String(events))?.[1];
      if (end === undefined) throw new Error('the export failed');
      return JSON.parse(end).downloadURL;
    },
    async collect() {
      const env = { ...process.env, ...settings, BOTPORT_DATA: dataFolder };
      await execFile(process.execPath, [launcher, 'gc'], { env });
    },
    download: (url) => client.drain(url),
    save: async (url, file) => writeFile(file, await client.send('GET', url)),
    upload,
    uploadFile: async (file) => uploadFile(await openAsBlob(file), path.basename(file)),
    importUploaded,
    async importGenerated(bytes, seed) {
      const file = path.join(folder, 'botDefinition.json');
      await writeFile(file, generateBot(bytes, seed));
      return importUploaded(await upload(file));
    },
    async stop() {
      client.close();
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs an action with a server, and stops the server whatever happens. */
export async function withServer<T>(
  action: (server: Server) => Promise<T>,
  connections?: number,
  place?: string,
  settings?: Record<string, string>,
): Promise<T> {
  const server = await startServer(connections, place, settings);
  try {
    return await action(server);
  } finally {
    await server.stop();
  }
}
