import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launcher } from '../cli/serving.ts';
import { membersOf } from '../support/archive.ts';
import { blocksOf, lacking, root, run } from '../support/pages.ts';
import { callerOf, importedBot, publishBot, startServer, type TestServer } from '../support/server.ts';

const page = readFileSync(path.join(root, 'docs/coming-from-scripts.md'), 'utf8');
const base = mkdtempSync(path.join(tmpdir(), 'botport-scripts-'));
let server: TestServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startServer();
  const app = await server.createApp();
  const caller = await callerOf(server, app);
  const definition = readFileSync(path.join(root, 'samples/tiny/botDefinition.json'));
  const bot = await importedBot(server, caller, { definition });
  await publishBot(caller, bot);
  mkdirSync(path.join(base, 'bin'));
  symlinkSync(launcher, path.join(base, 'bin/botport'));
  symlinkSync(process.execPath, path.join(base, 'bin/node'));
  env = {
    PATH: `${path.join(base, 'bin')}:${process.env.PATH}`,
    HOST: server.url,
    BOT: bot,
    TOKEN: caller.token,
    BOTPORT_CLIENT_ID: app.clientId,
    BOTPORT_CLIENT_SECRET: app.clientSecret,
  };
});
afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true });
});

const files = async (folder: string) => [
  ...(await membersOf(readFileSync(path.join(folder, 'bot.zip')))).keys(),
];

test.for([
  ['bash', 'export.sh'],
  ['pwsh', 'export.ps1'],
  ['python3', 'export.py'],
  ['node', 'export.mjs'],
  ['java', 'Export.java'],
])('the script for %s works unchanged', async ([program = '', file = ''], { skip }) => {
  const tools = file === 'export.sh' ? ['bash', 'curl', 'jq', 'unzip'] : [program];
  skip(lacking(...tools).length > 0, `needs ${lacking(...tools).join(', ')}`);
  const [info = ''] = [...page.matchAll(/^```(\w+ \S+)$/gm)].flatMap(([, one = '']) =>
    one.endsWith(` ${file}`) ? [one] : [],
  );
  const folder = mkdtempSync(path.join(base, 'run-'));
  writeFileSync(path.join(folder, file), blocksOf(page, info)[0] ?? '');
  const { code, output } = await run([program, file], folder, env);
  expect(code, output).toBe(0);
  expect(await files(folder)).toContain('botDefinition.json');
});

test('each command that replaces a script runs as it stands', async () => {
  const blocks = blocksOf(page, 'sh instead');
  expect(blocks).toHaveLength(5);
  const folder = mkdtempSync(path.join(base, 'run-'));
  const { code, output } = await run(['bash', '-euc', blocks.join('\n')], folder, env);
  expect(code, output).toBe(0);
  expect(await files(folder)).toContain('botDefinition.json');
});
