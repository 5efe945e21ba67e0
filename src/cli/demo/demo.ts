import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApps } from '../../auth/apps.ts';
import { makeToken } from '../../auth/make-token.ts';
import { scopesOf } from '../../auth/scopes.ts';
import { type Client, createClient } from '../../client/client.ts';
import type { ExportBody } from '../../client/exports.ts';
import type { ImportFiles } from '../../client/imports.ts';
import { type Config, loadConfig } from '../../config.ts';
import { serve } from '../../serve.ts';
import { openDatabase } from '../../storage/database.ts';
import { openSecretBox } from '../../storage/secret-box.ts';
import { saveWithProgress } from '../save.ts';
import { listArchive } from './list-archive.ts';

type Print = (line: string) => void;

const sample = fileURLToPath(new URL('../../../samples/bank-assistant', import.meta.url));

/** What the demo exports, and the file each archive goes to. */
const exportsToShow = [
  { file: 'bank-assistant-published.zip', body: { exportType: 'published' } },
  { file: 'bank-assistant-latest.zip', body: { exportType: 'latest' } },
  {
    file: 'block-card.zip',
    body: {
      exportType: 'published',
      exportOptions: { tasks: ['botTask'], nlpData: ['utterances', 'patterns'] },
      subTasks: { dialogs: ['Block Card'] },
      IncludeDependentTasks: true,
    },
  },
] as const;

/**
 * Shows the main job: a server on a free port and a scratch folder, the sample bot imported, published and exported
 * through the public API. Leaves the archives in `out` and nothing else.
 */
export async function runDemo(out: string, print: Print): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'botport-demo-'));
  try {
    const config: Config = {
      ...loadConfig({}),
      port: 0,
      dataFolder: scratch,
      logLevel: 'silent',
      rateLimit: null,
    };
    const app = await createApp(config);
    const server = await serve(config);
    try {
      print(`A Botport server runs on ${server.url}, in a scratch folder.`);
      const client = createClient({ host: server.url, token: () => makeToken(app) });
      const botId = await importSample(client, print);
      await publish(client, botId, print);
      await mkdir(out, { recursive: true });
      for (const { file, body } of exportsToShow) {
        await exportTo(client, botId, body, path.join(out, file), print);
      }
    } finally {
      await server.stop();
    }
  } finally {
    await rm(scratch, { recursive: true });
  }
  print(`\nDone: the archives are in ${out}${path.sep}. \`npm start\` runs a server to keep.`);
}

/** What `botport apps create` does. */
async function createApp({ dataFolder }: Config) {
  const db = await openDatabase(dataFolder);
  try {
    const apps = openApps(db, openSecretBox(dataFolder));
    return await apps.create({
      name: 'demo',
      kind: 'admin',
      algorithm: 'HS256',
      scopes: scopesOf('admin'),
      bots: [],
    });
  } finally {
    await db.destroy();
  }
}

async function importSample(client: Client, print: Print): Promise<string> {
  print('\nImporting the sample bot');
  const upload = async (name: string) => {
    const content = await readFile(path.join(sample, name));
    const fileId = await client.files.upload(name, new Uint8Array(content));
    print(`  POST /api/public/uploadfile  ${name}, ${content.length.toLocaleString('en')} bytes`);
    return fileId;
  };
  const files: ImportFiles = {
    botDefinition: await upload('botDefinition.json'),
    configInfo: await upload('config.json'),
    icon: await upload('icon.png'),
    botFunctions: [],
  };
  for (const script of (await readdir(sample)).filter((name) => name.endsWith('.js'))) {
    files.botFunctions?.push(await upload(script));
  }
  const { _id } = await client.imports.start(files);
  const { streamId, statusLogs } = await client.imports.wait(_id);
  print(`  POST /api/public/bot/import  ${streamId}, ${statusLogs.length} steps, all well`);
  return streamId;
}

async function publish(client: Client, botId: string, print: Print): Promise<void> {
  print('\nPublishing it');
  await client.publishing.start(botId, 'The first version');
  const { status } = await client.publishing.wait(botId);
  print(`  POST /api/public/bot/${botId}/publish  ${status}`);
}

async function exportTo(
  client: Client,
  botId: string,
  body: ExportBody,
  file: string,
  print: Print,
): Promise<void> {
  print(`\nExporting ${JSON.stringify(body)}`);
  const start = performance.now();
  await client.exports.start(botId, body);
  const { downloadURL, size } = await client.exports.wait(botId, {
    onStatus: ({ status }) => print(`  GET .../export/status  ${status}`),
  });
  await saveWithProgress(client, { file, from: downloadURL });
  print(`  ${file}: ${size} bytes, ${Math.round(performance.now() - start)} ms from POST to disk`);
  for (const line of await listArchive(file)) print(`    ${line}`);
}
