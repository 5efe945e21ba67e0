import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { scratchFolder, writeBot, zipBot } from '../support/bot-files.ts';
import { lacking } from '../support/pages.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport } from './run.ts';

const folder = scratchFolder();
const definition = (words: string, more: Json = {}): Json =>
  smallDefinition({
    localeData: { en: { name: 'Travel' } },
    dialogs: [{ _id: 'dg-1', lname: 'book', localeData: { en: { name: 'Book' } }, words, ...more }],
  });

let server: TestServer;
let app: AppCredentials;
let admin: Caller;
let bot: string;
let [old, young, noisy] = ['', '', ''];

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  admin = await callerOf(server, app);
  bot = await importedBot(server, admin, { definition: JSON.stringify(definition('first')) });
  await publishBot(admin, bot);
  await replaceDraft(server, admin, bot, { definition: JSON.stringify(definition('second')) });
  old = await zipBot(path.join(folder, 'old.zip'), { 'botDefinition.json': definition('first') });
  young = writeBot(path.join(folder, 'young'), { 'botDefinition.json': definition('second') });
  const times = definition('first', { lastModifiedOn: '2026-01-01' });
  noisy = await zipBot(path.join(folder, 'noisy.zip'), { 'botDefinition.json': times });
});
afterAll(() => server.close());

const environment = () => ({ BOTPORT_CLIENT_ID: app.clientId, BOTPORT_CLIENT_SECRET: app.clientSecret });
const run = (...args: string[]) => botport(['diff', '--host', server.url, ...args], environment());

describe('two paths', () => {
  test('that differ end with 1, and need neither host nor app', async () => {
    const { code, stdout, stderr } = await botport(['diff', old, young]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toBe(
      [
        `from  the file "old.zip"  ${old}`,
        `to    the folder "young"  ${young}`,
        '',
        '1 changed',
        '',
        'Dialogs: 1 changed',
        '  ~ dialog "Book"',
        '      words: "first" -> "second"',
        '',
      ].join('\n'),
    );
  });

  test('that differ in noise alone end with 0', async () => {
    const { code, stdout } = await botport(['diff', old, noisy]);
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing differs.\nSet apart as noise: times 1');
  });

  test('that differ end with 0 where --exit-zero says so', async () => {
    expect(await botport(['diff', old, young, '--exit-zero'])).toMatchObject({ code: 0 });
  });
});

describe('states on a host', () => {
  test('are compared as the API does, word for word', async () => {
    const [from, to] = [`version:${bot}`, `draft:${bot}`];
    const { code, stdout } = await run(from, to, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual((await admin.get(`/api/v1/diff?from=${from}&to=${to}`)).body);
    const text = await fetch(`${server.url}/api/v1/diff?from=${from}&to=${to}&format=text`, {
      headers: { auth: admin.token },
    });
    expect((await run(from, to)).stdout).toBe(await text.text());
  });

  test('may have their host in front', async () => {
    const side = (state: string) => `${server.url}/${state}:Travel`;
    const { code, stdout } = await botport(['diff', side('version'), side('draft')], environment());
    expect(code).toBe(1);
    expect(stdout).toContain('~ dialog "Book"');
  });

  test('may be compared with a path', async () => {
    expect(await run('draft:Travel', young)).toMatchObject({ code: 0 });
    expect(await run(old, 'draft:Travel')).toMatchObject({ code: 1 });
  });
});

test('--markdown prints a comment, and --limit leaves items out', async () => {
  const { code, stdout } = await run('version:Travel', 'draft:Travel', '--markdown');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^\*\*1 changed\*\*\n/);
  expect(stdout).toContain('<summary><code>Dialogs: 1 changed</code></summary>');
  const limited = await run('version:Travel', 'draft:Travel', '--limit', '0');
  expect(limited.stdout).toContain('1 items are counted, and not listed below.');
});

test('in a terminal it says what takes time, and elsewhere does not', async ({ skip }) => {
  skip(lacking('script').length > 0, 'needs script (bsdutils)');
  const args = ['diff', '--host', server.url, old, 'draft:Travel'];
  const { code, output } = await botportInTerminal(args, environment());
  expect(code).toBe(1);
  expect(output.replaceAll('\r\n', '\n')).toBe(`Sending ${old}\n${(await run(old, 'draft:Travel')).stdout}`);
  expect((await run(old, 'draft:Travel')).stderr).toBe('');
});

test.each([
  ['a limit that is none', ['a.zip', 'b.zip', '--limit', '2001'], 2],
  ['one side', ['a.zip'], 2],
  ['JSON and Markdown at once', ['a.zip', 'b.zip', '--json', '--markdown'], 2],
  ['a path where nothing is', ['none.zip', 'draft:Travel'], 3],
  ['a bot that is not there', ['draft:Nobody', 'draft:Travel'], 4],
  ['a host nobody answers at', ['http://127.0.0.1:1/draft:st-1', 'http://127.0.0.1:1/draft:st-2'], 5],
])('%s ends with its own code, and prints nothing', async (_what, args, code) => {
  expect(await run(...args)).toMatchObject({ code, stdout: '' });
});
