import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { botport } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-import-'));
const archive = path.join(folder, 'my bot.zip');
const ownId = 'st-11111111-2222-5333-8444-555555555555';
const [bot] = sampleBots();

let server: TestServer;
let app: AppCredentials;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  admin = await callerOf(server, app);
  if (!bot) throw new Error('the samples are missing');
  const botId = await importedBot(server, admin, bot);
  writeFileSync(archive, (await exportBot(admin, botId)).archive);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const environment = () => ({
  BOTPORT_CLIENT_ID: app.clientId,
  BOTPORT_CLIENT_SECRET: app.clientSecret,
});
const run = (args: string[], variables: Record<string, string> = environment()) =>
  botport(['import', '--host', server.url, ...args], variables);

/** An archive of a small bot that says it has this id. */
async function archiveOf(id: string): Promise<string> {
  const definition = JSON.stringify(smallDefinition());
  const { archive: bytes } = await exportBot(admin, await importedBot(server, admin, { definition }));
  const text = String((await membersOf(bytes)).get('botDefinition.json'));
  const source = { definition: text.replace(/"st-[^"]+"/, `"${id}"`) };
  // Only Botport's own import keeps an id, and only an archive goes through the command: so twice around.
  const file = path.join(folder, `${id}.zip`);
  const { makeZip } = await import('../archives/zip-kit.ts');
  writeFileSync(
    file,
    makeZip([
      { name: 'botDefinition.json', content: source.definition },
      { name: 'config.json', content: '{"name":"A bot","envVariables":[]}' },
    ]),
  );
  return file;
}

test('prints the id of the new bot and nothing else, and the bot is there', async () => {
  const { code, stdout, stderr } = await run([archive]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^st-[0-9a-f-]{36}\n$/);
  const again = await exportBot(admin, stdout.trim());
  const text = String((await membersOf(again.archive)).get('botDefinition.json'));
  expect(withoutRewritten(text)).toBe(withoutRewritten(String(bot?.definition)));
});

test('prints the final status as one line of JSON with --json', async () => {
  const { code, stdout } = await run([archive, '--json']);
  expect(code).toBe(0);
  expect(stdout.trimEnd()).not.toContain('\n');
  expect(JSON.parse(stdout)).toMatchObject({
    _id: expect.stringMatching(/^bir-/),
    status: 'success',
    streamId: expect.stringMatching(/^st-/),
  });
});

test('keeps the id in the archive with --keep-id, and says so when it is taken', async () => {
  const file = await archiveOf(ownId);
  expect(await run([file, '--keep-id'])).toEqual({ code: 0, stdout: `${ownId}\n`, stderr: '' });
  const again = await run([file, '--keep-id']);
  expect(again).toMatchObject({ code: 3, stdout: '' });
  expect(again.stderr.split('\n')[0]).toBe(
    `botport: The host refused or failed the request: the import failed: The bot id is taken: ${ownId}`,
  );
});

describe('what goes wrong ends with 3 and is said in a line or two', () => {
  const readable = { code: 3, stdout: '', stderr: expect.not.stringMatching(/^\s+at /m) };

  test('an environment without the client id', async () => {
    const outcome = await run([archive], {});
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('BOTPORT_CLIENT_ID: expected the client id');
  });

  test('a file that is not there', async () => {
    const outcome = await run([path.join(folder, 'none.zip')]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toMatch(/^botport: ENOENT: .*none\.zip'\n$/);
  });

  test('a folder instead of a file', async () => {
    const outcome = await run([folder]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toMatch(/^botport: EISDIR: /);
  });

  test('a host nobody answers at', async () => {
    const outcome = await run(['--host', 'http://127.0.0.1:1', archive]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('http://127.0.0.1:1 cannot be reached');
  });

  test('a host that is no URL', async () => {
    const outcome = await run(['--host', 'localhost', archive]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('localhost is no http or https URL');
  });

  test('a file that is no archive', async () => {
    const file = path.join(folder, 'page.zip');
    writeFileSync(file, '<html>');
    const outcome = await run([file]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('the import failed: The file is not a readable zip archive');
  });

  test('a secret that is not the app’s', async () => {
    const outcome = await run([archive], { ...environment(), BOTPORT_CLIENT_SECRET: `${'s'.repeat(43)}=` });
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('401 Invalid SDK credentials');
  });

  test('an app without the scope', async () => {
    const { clientId, clientSecret } = await server.createApp({ scopes: ['bot_definition:bot_export'] });
    const outcome = await run([archive], {
      BOTPORT_CLIENT_ID: clientId,
      BOTPORT_CLIENT_SECRET: clientSecret,
    });
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('401 Permission denied. Scope is incorrect!');
  });
});

test.each([
  ['no archive', []],
  ['two archives', [archive, archive]],
  ['an unknown option', [archive, '--as', 'x']],
])('%s is wrong use and ends with 2', async (_what, args) => {
  expect(await run(args)).toMatchObject({ code: 2, stdout: '' });
});

test('a refused import leaves no bot behind', async () => {
  const total = async () => ((await admin.get('/api/public/bots')).body as Json).total;
  const before = await total();
  await run([path.join(folder, 'page.zip')]);
  expect(await total()).toBe(before);
});
