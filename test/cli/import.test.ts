import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { explodeArchive } from '../../src/exploded/explode.ts';
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
import { botportInTerminal } from '../support/terminal.ts';
import { startDocumentedHost } from '../transfer/documented-host.ts';
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

async function definitionOf(botId: string): Promise<string> {
  const { archive: bytes } = await exportBot(admin, botId);
  return String((await membersOf(bytes)).get('botDefinition.json'));
}

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
    `botport: The request did not succeed: the import: The bot id is taken: ${ownId}`,
  );
});

test('gives the new bot a name with --name', async () => {
  const { stdout } = await run([archive, '--name', 'A second bank']);
  const { bots } = (await admin.get('/api/public/bots')).body as { bots: Json[] };
  expect(bots).toContainEqual(expect.objectContaining({ _id: stdout.trim(), name: 'A second bank' }));
});

test('takes what explode made, the files of an export, and a definition alone', async () => {
  const exploded = path.join(folder, 'exploded');
  const files = path.join(folder, 'files');
  await explodeArchive(archive, exploded, { maxUnpacked: 1e9 });
  mkdirSync(files);
  for (const [name, content] of await membersOf(readFileSync(archive))) {
    writeFileSync(path.join(files, name), content);
  }
  for (const place of [exploded, files, path.join(files, 'botDefinition.json')]) {
    const { code, stdout, stderr } = await run([place]);
    expect({ code, stderr }, place).toEqual({ code: 0, stderr: '' });
    const text = await definitionOf(stdout.trim());
    expect(withoutRewritten(text), place).toBe(withoutRewritten(String(bot?.definition)));
  }
});

describe('--env', () => {
  const settings = path.join(folder, 'there.yaml');
  const config = JSON.parse(String(bot?.config)) as { envVariables: { key: string }[] };
  const key = config.envVariables[0]?.key ?? '';

  test('puts the variables of an environment file in, and tells what it names in vain', async () => {
    writeFileSync(settings, `variables:\n  ${key}: another value\n  noSuchVariable: x\n`);
    const { code, stdout, stderr } = await run([archive, '--env', settings]);
    expect(code).toBe(0);
    expect(stderr).toBe(`botport: ${settings}: the bot has no variable "noSuchVariable"\n`);
    const { archive: bytes } = await exportBot(admin, stdout.trim());
    const { envVariables } = JSON.parse(String((await membersOf(bytes)).get('config.json'))) as typeof config;
    expect(envVariables[0]).toMatchObject({ key, value: 'another value' });
    expect(envVariables).toHaveLength(config.envVariables.length);
  });

  test('gives a bot back what redact took out of it; without its values nothing is imported', async () => {
    const [whole, redacted] = [path.join(folder, 'whole'), path.join(folder, 'redacted')];
    const { envVariables } = config;
    const secret = hash('sha256', 'a token').slice(0, 40);
    mkdirSync(whole);
    writeFileSync(path.join(whole, 'botDefinition.json'), bot?.definition ?? '');
    const token = { ...envVariables[0], key: 'serviceAuthToken', value: secret };
    writeFileSync(path.join(whole, 'config.json'), JSON.stringify({ ...config, envVariables: [token] }));
    expect(await botport(['redact', whole, redacted])).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(redacted, 'config.json'), 'utf8')).not.toContain(secret);

    writeFileSync(settings, 'secrets: {}\n');
    expect(await run([redacted, '--env', settings])).toMatchObject({ code: 2, stdout: '' });
    // Whoever means it may send placeholders, and is told.
    expect((await run([redacted])).stderr).toContain(
      'placeholders go in place of secrets: SERVICE_AUTH_TOKEN',
    );
    const { stdout } = await run([redacted, '--env', `${redacted}.secrets.yaml`]);
    const { archive: bytes } = await exportBot(admin, stdout.trim());
    expect(String((await membersOf(bytes)).get('config.json'))).toContain(`"${secret}"`);
  });

  test('that is no such file is wrong use, and nothing is imported', async () => {
    writeFileSync(settings, 'variable: {}\n');
    expect(await run([archive, '--env', settings])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('--into', () => {
  const changed = path.join(folder, 'changed');
  let botId: string;

  beforeAll(async () => {
    if (!bot) throw new Error('the samples are missing');
    botId = await importedBot(server, admin, bot);
    const definition = JSON.parse(String(bot.definition));
    definition.dialogs = definition.dialogs.slice(1);
    mkdirSync(changed);
    writeFileSync(path.join(changed, 'botDefinition.json'), JSON.stringify(definition));
    writeFileSync(path.join(changed, 'config.json'), bot.config);
  });

  const dialogsOf = async (id: string) => JSON.parse(await definitionOf(id)).dialogs.length as number;

  test('with --plan prints what would happen, as text, Markdown and JSON, and changes nothing', async () => {
    const before = await dialogsOf(botId);
    const [text, markdown, json] = [
      await run([changed, '--into', botId, '--plan']),
      await run([changed, '--into', botId, '--plan', '--markdown']),
      await run([changed, '--into', botId, '--plan', '--json']),
    ];
    for (const { code, stderr } of [text, markdown, json]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect(text.stdout).toMatch(
      /^0 created, 0 replaced, 1 deleted, \d+ kept\.\n\nSections\n {2}dialogs \(changed\)/,
    );
    expect(markdown.stdout).toContain('| `dialogs` | changed | 0 | 0 | 1 |\n');
    expect(JSON.parse(json.stdout)).toMatchObject({ changes: true, counts: { deleted: 1 } });
    expect(await dialogsOf(botId)).toBe(before);
  });

  test('does not ask without a terminal: without --yes the plan is shown, and nothing is done', async () => {
    const before = await dialogsOf(botId);
    const { code, stdout, stderr } = await run([changed, '--into', botId]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/1 deleted, \d+ kept\.[\s\S]*--yes/);
    expect(await dialogsOf(botId)).toBe(before);
  });

  test('in a terminal shows the plan and asks; no is the answer of exit code 1', async () => {
    const before = await dialogsOf(botId);
    const args = ['import', '--host', server.url, changed, '--into', botId];
    const { code, output } = await botportInTerminal(args, environment(), { typed: 'n\r' });
    expect(code, output).toBe(1);
    expect(output).toMatch(
      /1 deleted, \d+ kept\.[\s\S]*Import into .*\? \[y\/N\][\s\S]*Nothing was changed\./,
    );
    expect(await dialogsOf(botId)).toBe(before);
  });

  test('in a terminal does on yes what the plan says', async () => {
    const target = await importedBot(server, admin, bot as NonNullable<typeof bot>);
    const before = await dialogsOf(target);
    const args = ['import', '--host', server.url, changed, '--into', target];
    const { code, output } = await botportInTerminal(args, environment(), { typed: 'y\r' });
    expect(code, output).toBe(0);
    expect(await dialogsOf(target)).toBe(before - 1);
  });

  test('takes single dialogs with --dialog, and keeps the others', async () => {
    const before = await dialogsOf(botId);
    const name = 'Block Card';
    const outcome = await run([changed, '--into', botId, '--dialog', name, '--yes', '--json']);
    expect(outcome.code).toBe(0);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ streamId: botId, plan: { counts: { deleted: 0 } } });
    expect(await dialogsOf(botId)).toBe(before);
  });

  test('takes chosen parts with --options, from a file too', async () => {
    const options = path.join(folder, 'options.json');
    writeFileSync(options, '{"nlpData": ["utterances"]}');
    const { stdout } = await run([changed, '--into', botId, '--plan', '--json', '--options', `@${options}`]);
    const { sections } = JSON.parse(stdout) as { sections: { section: string }[] };
    expect(sections.map(({ section }) => section)).not.toContain('dialogs');
  });

  test('does nothing where nothing would change', async () => {
    const draft = async () => (await admin.get(`/api/v1/bots/${botId}/drafts`)).body.drafts as Json[];
    const before = await draft();
    const same = path.join(folder, 'same.zip');
    writeFileSync(same, (await exportBot(admin, botId)).archive);
    const { code, stdout, stderr } = await run([same, '--into', botId, '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${botId}\n` });
    expect(stderr).toBe('Nothing would change.\n');
    expect(await draft()).toEqual(before);
  });

  test('refuses a definition alone as a full import: the variables would be gone', async () => {
    const args = [path.join(changed, 'botDefinition.json'), '--into', botId, '--yes'];
    const { code, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('remove all variables') });
  });

  test('on a host that makes no plans imports with --yes, and says so', async () => {
    const host = await startDocumentedHost(server);
    try {
      const target = await importedBot(server, admin, bot as NonNullable<typeof bot>);
      const before = await dialogsOf(target);
      const args = [changed, '--into', target, '--host', host.url];
      expect(await run([...args, '--plan'])).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('The host does not offer this: a plan of an import'),
      });
      expect(await run([...args, '--yes'])).toEqual({
        code: 0,
        stdout: `${target}\n`,
        stderr: 'This host makes no plans: the import is done without one.\n',
      });
      expect(await dialogsOf(target)).toBe(before - 1);
    } finally {
      host.close();
    }
  });
});

describe('what goes wrong is said in a line or two', () => {
  const readable = (code: number) => ({ code, stdout: '', stderr: expect.not.stringMatching(/^\s+at /m) });

  test('an environment without the client id', async () => {
    const outcome = await run([archive], {});
    expect(outcome).toEqual(readable(2));
    expect(outcome.stderr).toContain('BOTPORT_CLIENT_ID: expected the client id');
  });

  test('a file that is not there', async () => {
    const outcome = await run([path.join(folder, 'none.zip')]);
    expect(outcome).toEqual(readable(3));
    expect(outcome.stderr).toMatch(/^botport: There is no bot: .*none\.zip\n/);
  });

  test('a folder that holds no bot', async () => {
    const outcome = await run([folder]);
    expect(outcome).toEqual(readable(3));
    expect(outcome.stderr).toContain(`There is no bot: ${folder} has no botDefinition.json`);
  });

  test('a host that is no URL', async () => {
    const outcome = await run(['--host', 'localhost', archive]);
    expect(outcome).toEqual(readable(2));
    expect(outcome.stderr).toContain('"localhost" is no http or https URL');
  });

  test('a file that is no archive', async () => {
    const file = path.join(folder, 'page.zip');
    writeFileSync(file, '<html>');
    const outcome = await run([file]);
    expect(outcome).toEqual(readable(3));
    expect(outcome.stderr).toContain('page.zip is neither an archive nor a definition');
  });

  test('a secret that is not the app’s', async () => {
    const outcome = await run([archive], { ...environment(), BOTPORT_CLIENT_SECRET: `${'s'.repeat(43)}=` });
    expect(outcome).toEqual(readable(4));
    expect(outcome.stderr).toContain('401 Invalid SDK credentials');
  });

  test('an app without the scope', async () => {
    const { clientId, clientSecret } = await server.createApp({ scopes: ['bot_definition:bot_export'] });
    const outcome = await run([archive], {
      BOTPORT_CLIENT_ID: clientId,
      BOTPORT_CLIENT_SECRET: clientSecret,
    });
    expect(outcome).toEqual(readable(4));
    expect(outcome.stderr).toContain('401 Permission denied. Scope is incorrect!');
  });
});

test.each([
  ['no archive', []],
  ['two archives', [archive, archive]],
  ['parts of a new bot', [archive, '--dialog', 'Welcome']],
  ['a name for a bot that has one', [archive, '--into', 'st-1', '--name', 'x']],
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
