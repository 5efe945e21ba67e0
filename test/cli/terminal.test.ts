import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packMembers } from '../../src/exploded/pack.ts';
import { sampleBots } from '../support/samples.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport } from './run.ts';

/* Commands that have no progress to show and nothing to ask say the same to a terminal as to a script. */

const folder = mkdtempSync(path.join(tmpdir(), 'botport-terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);
const env: Record<string, string> = {
  BOTPORT_DATA: file('data'),
  BOTPORT_CONFIG: file('hosts.yaml'),
  BOTPORT_TOKEN: 'a.ready.token',
};

beforeAll(async () => {
  const [tiny] = sampleBots().sort((a, b) => a.definition.length - b.definition.length);
  if (!tiny) throw new Error('the samples are missing');
  const members = [
    { name: 'botDefinition.json', content: tiny.definition },
    { name: 'config.json', content: tiny.config },
  ];
  writeFileSync(file('bot.zip'), await packMembers(members));
  writeFileSync(file('hosts.yaml'), 'hosts: { main: { url: "http://127.0.0.1:8080" } }\n', { mode: 0o600 });
  const app = ['apps', 'create', '--name', 'terminal', '--kind', 'admin', '--all-scopes'];
  expect(await botport(app, env)).toMatchObject({ code: 0 });
  expect(await botport(['explode', file('bot.zip'), file('bot')], env)).toMatchObject({ code: 0 });
});

test.each([
  ['apps', 'list'],
  ['apps', 'revoke', 'cs-unknown'],
  ['profiles', 'list'],
  ['token'],
  ['completion', 'bash'],
  ['explode', file('bot.zip'), file('bot')],
  ['pack', file('bot'), file('packed.zip')],
  ['verify-store'],
  ['gc', '--json'],
  ['serve', '--port', '1'],
])('botport %s %s', async (...args) => {
  const piped = await botport(args, env);
  const shown = await botportInTerminal(args, env);
  expect(shown.code).toBe(piped.code);
  const lines = shown.output.replaceAll('\r\n', '\n');
  // Errors and results go to the same place there.
  expect(lines).toBe(`${piped.stdout}${piped.stderr}`);
});

test('botport demo shows its progress bars to a terminal only', async () => {
  const args = ['demo', '--out', file('demo')];
  const [piped, shown] = [await botport(args, env), await botportInTerminal(args, env)];
  expect([piped.code, shown.code]).toEqual([0, 0]);
  expect(`${piped.stdout}${piped.stderr}`).not.toContain('\u001b[');
  expect(shown.output).toContain('\u001b[');
});
