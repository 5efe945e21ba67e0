import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { afterHelp, fullName, leaves } from '../../docs/tools/write-commands.ts';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { createProgram } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config.ts';
import { explodeArchive } from '../../src/exploded/explode.ts';
import { packMembers } from '../../src/exploded/pack.ts';
import { membersOf } from '../support/archive.ts';
import { blocksOf, lacking, root } from '../support/pages.ts';
import { sampleBots } from '../support/samples.ts';
import {
  callerOf,
  exportBot,
  importedBot,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { environment, launcher } from './serving.ts';

/*
 * Every example of every help text, and the commands of some pages, are run by a shell as they stand, against a real server, each in a folder of its own.
 * Three things give it meaning: `meaning`, which puts in what only a reader knows; `prepare`, which makes the files that
 * examples name; and the environment, which names an app.
 */

/** Examples that run until they are stopped, and what they say when they have come up. */
const running = /\bbotport serve$/;
const up = /^Botport listening on /m;

/** Examples that ask before they go on: they are run in a terminal, and answered. */
const asking = /\bbotport rollback (?!.*--yes)/;
const inTerminal = (script: string) => `echo yes | script -eqfc '${script}' /dev/null`;

/** Commands that may end with 1: done, and the answer is no. */
const answering = ['botport diff', 'botport scan', 'botport verify', 'botport promote'];

const program = createProgram();
const commands = [program, ...leaves(program)].map((command) => ({
  name: fullName(command),
  examples: afterHelp(command).examples,
}));

const base = mkdtempSync(path.join(tmpdir(), 'botport-examples-'));
const prepared = path.join(base, 'prepared');
let server: TestServer;
let other: TestServer;
let otherApp: AppCredentials;
let bot: string;
let spare: string;
let exportId: string;

beforeAll(async () => {
  server = await startServer();
  other = await startServer();
  otherApp = await other.createApp();
  const caller = await callerOf(server, await server.createApp());
  const otherCaller = await callerOf(other, otherApp);
  const bank = sampleBots().find(({ name }) => name.includes('bank'));
  if (!bank) throw new Error('the sample bot is missing');
  const { definition, config } = bank;
  /** The sample under a name; both servers have it, but for the spare one. */
  const importAs = async (name: string) => {
    const named = (text: Buffer) => text.toString().replaceAll('Harbour Bank Assistant', name);
    const source = { definition: named(definition), config: named(config) };
    const id = await importedBot(server, caller, source);
    for (let version = 1; version <= 4; version += 1) await publishBot(caller, id);
    if (name !== 'Spare') await publishBot(otherCaller, await importedBot(other, otherCaller, source));
    return id;
  };
  bot = await importAs('Harbour Bank Assistant');
  spare = await importAs('Spare');
  for (const name of ['Harbour Bank', 'Travel']) await importAs(name);
  const { status, archive } = await exportBot(caller, bot);
  exportId = String(status._id);

  mkdirSync(path.join(prepared, 'bin'), { recursive: true });
  symlinkSync(launcher, path.join(prepared, 'bin/botport'));
  symlinkSync(process.execPath, path.join(prepared, 'bin/node'));
  const files = path.join(prepared, 'files');
  mkdirSync(files);
  // In these places the tool is installed.
  writeFileSync(path.join(prepared, 'bin/npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  for (const name of ['bot.zip', 'my-bot.zip', 'old.zip', 'new.zip', 'release.zip']) {
    writeFileSync(path.join(files, name), archive);
  }
  await explodeArchive(path.join(files, 'bot.zip'), path.join(files, 'my-bot'), loadConfig({}));
  writeFileSync(path.join(files, 'botport.yaml'), `bot: ${bot}\n`);
  writeFileSync(path.join(files, 'prod.yaml'), 'variables:\n  maxTransferAmount: "10"\n');
  // What one command makes for another.
  for (const example of [
    'botport variables export st-… --out variables.json',
    'botport scan bot.zip --write-baseline accepted.json',
  ]) {
    const { code, output } = await runExample(example, await appFor(example), files);
    if (code !== 0) throw new Error(`${example}\n${output}`);
  }
}, 120_000);
afterAll(async () => {
  await server.close();
  await other.close();
  rmSync(base, { recursive: true });
});

/** An example with what only its reader knows: each placeholder, and what stands for it here. */
function meaning(example: string, app: AppCredentials): string {
  const table: [RegExp, string][] = [
    [/BOTPORT_CLIENT_SECRET=…/g, `BOTPORT_CLIENT_SECRET=${app.clientSecret}`],
    [/\bcs-…/g, app.clientId],
    // What is deleted is not there for the other examples; what becomes new is on one host only.
    [/\bst-…/g, / delete | --new\b/.test(example) ? spare : bot],
    [/\bber-…/g, exportId],
    [/https?:\/\/(?:127\.0\.0\.1:808\d|[\w.]*\bexample)\b/g, server.url],
    [/(?<=--to-draft )\d+/g, '1'],
    [/\/tmp\/demo/g, 'demo'],
  ];
  return table.reduce((text, [placeholder, value]) => text.replaceAll(placeholder, value), example);
}

/** An app of the example's own. Only builder apps may take variables out and bring them in: docs/compatibility.md. */
function appFor(example: string): Promise<AppCredentials> {
  return server.createApp(
    /\bvariables (?:export|import)\b/.test(example) ? { kind: 'builder', bots: [bot] } : {},
  );
}

/** A plan holds only until something changes, so it is made right before. */
const planning = 'botport promote st-… --from dev --to prod --env prod.yaml --plan plan.json || [ $? = 1 ]';

/** The profiles that examples name. The first is the one of commands that name no host. */
const profiles = ['dev', 'staging', 'prod', 'production'];

function writeProfiles(folder: string, app: AppCredentials): string {
  const file = path.join(folder, 'hosts.yaml');
  const apps = { dev: [server, app], other: [other, otherApp] } as const;
  const hosts = profiles.map((name) => {
    const [{ url }, { clientId }] = name.startsWith('prod') ? apps.other : apps.dev;
    const secret = name.startsWith('prod') ? 'OTHER_SECRET' : 'BOTPORT_CLIENT_SECRET';
    return `  ${name}: { url: "${url}", clientId: ${clientId}, clientSecret: { env: ${secret} } }`;
  });
  writeFileSync(file, [`default: ${profiles[0]}`, 'hosts:', ...hosts, ''].join('\n'), { mode: 0o600 });
  return file;
}

/** A folder with the files that an example names. */
async function prepare(example: string): Promise<string> {
  const folder = mkdtempSync(path.join(base, 'run-'));
  cpSync(path.join(prepared, 'files'), folder, { recursive: true });
  if (example.includes('--keep-id')) await giveFreeId(path.join(folder, 'bot.zip'));
  if (/\bgit\b/.test(example)) makeClone(folder);
  return folder;
}

/** The archive as it would come from another host: with an id that this one does not have. */
async function giveFreeId(archive: string): Promise<void> {
  const members = [...(await membersOf(readFileSync(archive)))].map(([name, content]) => ({
    name,
    content: Buffer.from(content.toString('latin1').replaceAll(bot, `st-${randomUUID()}`), 'latin1'),
  }));
  writeFileSync(archive, await packMembers(members));
}

/** Makes the folder a clone of a git repository that can be pushed to. */
function makeClone(folder: string): void {
  const remote = mkdtempSync(path.join(base, 'remote-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init', '--bare', '--initial-branch=main', remote);
  git('init', '--initial-branch=main');
  git('remote', 'add', 'origin', remote);
  git('config', 'user.name', 'Examples');
  git('config', 'user.email', 'examples@example.org');
  git('commit', '--allow-empty', '--message', 'Start');
  git('push', '--set-upstream', 'origin', 'main');
}

interface Outcome {
  code: number | null;
  output: string;
}

/** Runs an example in a shell; one that serves is stopped when it has come up. */
async function runExample(example: string, app: AppCredentials, place?: string): Promise<Outcome> {
  const folder = place ?? (await prepare(example));
  const env = environment({
    PATH: `${path.join(prepared, 'bin')}:${process.env.PATH}`,
    HOME: folder,
    BOTPORT_CONFIG: writeProfiles(folder, app),
    OTHER_SECRET: otherApp.clientSecret,
    BOTPORT_CLIENT_ID: app.clientId,
    BOTPORT_CLIENT_SECRET: app.clientSecret,
  });
  const serves = running.test(example);
  // Two servers never share a data folder, or a port.
  const data = serves ? path.join(folder, 'data') : server.dataFolder;
  Object.assign(env, { BOTPORT_DATA: data, BOTPORT_PORT: '0' });
  const whole = example.includes('--apply ') ? `${planning}\n${example}` : example;
  const script = meaning(whole, app).replaceAll(/\bBOTPORT_DATA=\S+/g, `BOTPORT_DATA=${data}`);
  return new Promise((resolve, reject) => {
    const child = spawn(
      'bash',
      ['-euo', 'pipefail', '-c', asking.test(example) ? inTerminal(script) : script],
      {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (serves && up.test(output) && child.pid) process.kill(-child.pid, 'SIGTERM');
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

const tools = ['dot', 'jq', 'curl', 'git'];

describe.each(commands)('the examples of $name', ({ name, examples }) => {
  test('are there', () => {
    expect(examples).not.toEqual([]);
  });

  test.for(examples)('%s', async (example, { skip }) => {
    const missing = tools.filter(
      (tool) => new RegExp(`\\b${tool} `).test(example) && lacking(tool).length > 0,
    );
    skip(missing.length > 0, `needs ${missing.join(', ')}`);
    const { code, output } = await runExample(example, await appFor(example));
    expect(answering.includes(name) ? [0, 1] : [0], `${example}\n${output}`).toContain(code);
  });
});

/** Pages whose commands have no test of their own. */
const pages = ['bot-file', 'choosing', 'differences', 'exploded', 'importing', 'own-api'].map((page) => ({
  page,
  blocks: blocksOf(readFileSync(path.join(root, 'docs', `${page}.md`), 'utf8'), 'sh'),
}));

describe.each(pages)('the commands of the page $page', ({ blocks }) => {
  test('are there', () => {
    expect(blocks).not.toEqual([]);
  });

  test.for(blocks)('%s', async (block, { skip }) => {
    skip(block.includes('curl ') && lacking('curl').length > 0, 'needs curl');
    const { code, output } = await runExample(block, await appFor(block));
    expect(code, `${block}\n${output}`).toBe(0);
  });
});
