import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { table } from '../../src/cli/table.ts';
import { stateIn, stateOf } from '../support/history.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { type DocumentedHost, startDocumentedHost } from '../transfer/documented-host.ts';
import { botport } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-host-'));

let server: TestServer;
/** Knows nothing of Botport's own API. */
let other: DocumentedHost;
let app: AppCredentials;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  other = await startDocumentedHost(server);
  app = await server.createApp();
  admin = await callerOf(server, app);
});
afterAll(async () => {
  other.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const environment = () => ({
  BOTPORT_URL: server.url,
  BOTPORT_CLIENT_ID: app.clientId,
  BOTPORT_CLIENT_SECRET: app.clientSecret,
});
const run = (...args: string[]) => botport(args, environment());
const onOther = (...args: string[]) => botport(args, { ...environment(), BOTPORT_URL: other.url });

const named = (name: string) => ({
  definition: JSON.stringify(smallDefinition({ localeData: { en: { name } } })),
});

/** A bot with a version of state 1, and a draft of state 2. */
async function botWithHistory(): Promise<string> {
  const botId = await importedBot(server, admin, stateOf(1));
  await publishBot(admin, botId);
  await replaceDraft(server, admin, botId, stateOf(2));
  return botId;
}

const versionsOf = async (botId: string) =>
  (await admin.get(`/api/v1/bots/${botId}/versions`)).body.versions as Json[];
const draftsOf = async (botId: string) =>
  (await admin.get(`/api/v1/bots/${botId}/drafts`)).body.drafts as Json[];

test('a table has its columns one below the other, and no control characters', () => {
  expect(
    table([
      ['A', 'LONG', 'C'],
      ['one', 'x', ''],
      ['1', '\x1b[31mred\n', 'end'],
    ]),
  ).toEqual(['A    LONG     C', 'one  x', '1    [31mred  end']);
});

describe('bots', () => {
  test('lists all bots, also those of further pages', async () => {
    const alone = await startServer();
    try {
      const caller = await callerOf(alone, await alone.createApp());
      const ids: string[] = [];
      for (let n = 0; n < 52; n += 1) ids.push(await importedBot(alone, caller, named(`Bot ${n}`)));
      const { code, stdout, stderr } = await botport(['bots', '--json'], {
        BOTPORT_URL: alone.url,
        BOTPORT_TOKEN: caller.token,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const listed = JSON.parse(stdout).map(({ _id }: { _id: string }) => _id);
      expect(listed.sort()).toEqual(ids.sort());
    } finally {
      await alone.close();
    }
  });

  test('prints id and name on a line', async () => {
    const botId = await importedBot(server, admin, named('Only one'));
    expect((await run('bots')).stdout).toContain(`${botId}  Only one\n`);
  });

  test('ends with 4 where the host does not let the app in', async () => {
    const { code, stdout } = await botport(['bots'], { ...environment(), BOTPORT_CLIENT_SECRET: 'wrong' });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  });
});

describe('versions', () => {
  test('are listed, of a bot by its name too', async () => {
    const botId = await importedBot(server, admin, named('With versions'));
    await publishBot(admin, botId);
    const { code, stdout } = await run('versions', 'With versions');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^VERSION +LABEL +STATE +PUBLISHED +BY +COMMENT\n1 +- +current +\S+ +\S+ +a version\n$/,
    );
  });

  test('are labelled, pinned, unpinned, and their labels taken away', async () => {
    const botId = await botWithHistory();
    expect(await run('versions', 'label', botId, '1', 'stable')).toMatchObject({ code: 0 });
    expect(await run('versions', 'pin', botId, '1')).toMatchObject({ code: 0 });
    expect(await versionsOf(botId)).toMatchObject([{ number: 1, label: 'stable', pinned: true }]);
    const { stdout } = await run('versions', 'label', botId, '1', '--remove', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ number: 1, label: null, pinned: true });
    await run('versions', 'unpin', botId, '1');
    expect(await versionsOf(botId)).toMatchObject([{ label: null, pinned: false }]);
  });

  test.each([
    ['neither a label nor --remove', []],
    ['both', ['stable', '--remove']],
  ])('%s is wrong use', async (_name, rest) => {
    expect(await run('versions', 'label', 'st-1', '1', ...rest)).toMatchObject({ code: 2, stdout: '' });
  });

  test('are deleted with --yes, and not without where nobody can be asked', async () => {
    const botId = await botWithHistory();
    await publishBot(admin, botId);
    const refused = await run('versions', 'delete', botId, '1');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--yes');
    expect(await versionsOf(botId)).toHaveLength(2);
    expect(await run('versions', 'delete', botId, '1', '--yes')).toMatchObject({ code: 0 });
    expect(await versionsOf(botId)).toMatchObject([{ number: 2 }]);
  });

  test('are not offered by other hosts: that is said, and the exit code is 4', async () => {
    const { code, stderr } = await onOther('versions', 'st-1');
    expect(code).toBe(4);
    expect(stderr).toContain('The host does not offer this: the list of versions');
  });
});

describe('rollback', () => {
  test('brings a version back, and a draft', async () => {
    const botId = await botWithHistory();
    expect(await run('rollback', botId, '--to-version', '1', '--yes')).toMatchObject({ code: 0 });
    expect(await stateIn((await exportBot(admin, botId)).archive)).toBe(1);
    const listed = JSON.parse((await run('versions', 'list', botId, '--drafts', '--json')).stdout);
    expect(listed).toEqual(await draftsOf(botId));
    const { stdout } = await run(
      'rollback',
      botId,
      '--to-draft',
      String(listed[1].number),
      '--yes',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ changed: true, before: listed[0].number });
    expect(await stateIn((await exportBot(admin, botId)).archive)).toBe(2);
  });

  test('asks in a terminal: a yes does it', async () => {
    const botId = await botWithHistory();
    const { code, output } = await botportInTerminal(
      ['rollback', botId, '--to-version', '1'],
      environment(),
      { typed: 'y\n' },
    );
    expect(code).toBe(0);
    expect(output).toContain(`Bring version 1 of ${botId} back as its draft? [y/N]`);
    expect(await draftsOf(botId)).toHaveLength(3);
  });

  test('asks in a terminal: a no changes nothing, and ends with 1', async () => {
    const botId = await botWithHistory();
    const { code } = await botportInTerminal(['rollback', botId, '--to-version', '1'], environment(), {
      typed: '\n',
    });
    expect(code).toBe(1);
    expect(await draftsOf(botId)).toHaveLength(2);
  });

  test('says where nothing is changed', async () => {
    const botId = await importedBot(server, admin, stateOf(1));
    const { stdout } = await run('rollback', botId, '--to-draft', '1', '--yes');
    expect(stdout).toContain('nothing is changed');
  });

  test.each([[[]], [['--to-draft', '1', '--to-version', '1']], [['--to-draft', 'x']]])(
    'with %j is wrong use',
    async (options) => {
      expect(await run('rollback', 'st-1', ...options)).toMatchObject({ code: 2, stdout: '' });
    },
  );
});

describe('publish', () => {
  test('waits for the end and prints the id; status tells of it by that id', async () => {
    const botId = await importedBot(server, admin, stateOf(1));
    const { code, stdout, stderr } = await run('publish', botId, '--comment', 'the first');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ds-\S+\n$/);
    expect(await versionsOf(botId)).toMatchObject([{ comment: 'the first' }]);
    const status = await run('status', stdout.trim());
    expect(status).toMatchObject({ code: 0, stdout: `publish ${stdout.trim()}: success\n` });
  });

  test('with --no-wait ends at once; status --wait waits, also on other hosts', async () => {
    const botId = await importedBot(server, admin, stateOf(1));
    const { stdout } = await onOther('publish', botId, '--comment', 'x', '--no-wait');
    const status = await onOther('status', botId, '--of', 'publish', '--wait');
    expect(status).toMatchObject({ code: 0, stdout: `publish ${stdout.trim()}: success\n` });
  });

  test('without a comment is wrong use', async () => {
    expect(await run('publish', 'st-1')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('variables', () => {
  const config = JSON.stringify({
    name: 'A bot',
    envVariables: [{ key: 'host', value: 'secret-host', variableType: 'env', scope: 'prePopulated' }],
  });

  test('go out into a file for its owner only, and come in changed', async () => {
    const botId = await importedBot(server, admin, { ...stateOf(1), config });
    // Variables are for apps of one bot only.
    const builder = await server.createApp({ kind: 'builder', bots: [botId] });
    const run = (...args: string[]) =>
      botport(args, {
        BOTPORT_URL: server.url,
        BOTPORT_CLIENT_ID: builder.clientId,
        BOTPORT_CLIENT_SECRET: builder.clientSecret,
      });
    const file = path.join(folder, 'variables.json');
    writeFileSync(file, 'an old one, which others may read', { mode: 0o644 });
    const out = await run('variables', 'export', botId, '--out', file);
    expect(out).toEqual({ code: 0, stderr: '', stdout: `${file}: 1 variables\n` });
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);

    const text = readFileSync(file, 'utf8');
    expect(text).toContain('secret-host');
    writeFileSync(file, text.replace('secret-host', 'another-host'));
    expect(await run('variables', 'import', botId, file)).toMatchObject({ code: 0 });
    expect((await run('variables', 'export', botId)).stdout).toBe(
      text.replace('secret-host', 'another-host'),
    );
  });

  test.each([
    ['no JSON', 's3cret {'],
    ['something else', '{"s3cret": 1}'],
  ])('a file with %s is wrong use, and not repeated', async (_name, text) => {
    const file = path.join(folder, 'bad.json');
    writeFileSync(file, text);
    const { code, stderr } = await run('variables', 'import', 'st-1', file);
    expect(code).toBe(2);
    expect(stderr).toContain('The file of variables is not valid');
    expect(stderr).not.toContain('s3cret');
  });
});

describe('status and download', () => {
  test('follow an export that was started before, by bot and by id', async () => {
    const botId = await importedBot(server, admin, stateOf(7));
    const started = await run('export', botId, '--no-wait');
    const id = started.stdout.trim();
    expect(await run('status', id, '--wait')).toMatchObject({ code: 0, stdout: `export ${id}: success\n` });
    for (const what of [botId, id]) {
      const file = path.join(folder, `${what}.zip`);
      const { code, stdout } = await run('download', what, '--out', file, '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ id, file, size: statSync(file).size });
      expect(await stateIn(readFileSync(file))).toBe(7);
    }
  });

  test('a failed import ends status with 1 and its reasons', async () => {
    const { _id } = await importBot(server, admin, { definition: '{"broken"' });
    const { code, stdout } = await run('status', String(_id), '--wait');
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^import ${_id}: failed\n  \\S`));
  });

  test('other hosts do not tell of exports by their id: that is said', async () => {
    const { code, stderr } = await onOther('download', 'ber-1', '--out', path.join(folder, 'none.zip'));
    expect(code).toBe(4);
    expect(stderr).toContain('The host does not offer this: exports by their id');
  });

  test('a bot that was never exported is refused in the words of the host', async () => {
    const botId = await importedBot(server, admin, stateOf(1));
    const { code, stderr } = await run('status', botId);
    expect(code).toBe(4);
    expect(stderr).toContain('No export has been requested for this bot');
  });

  test('a download shows its progress in a terminal', async () => {
    const botId = await importedBot(server, admin, stateOf(1));
    await exportBot(admin, botId);
    const file = path.join(folder, 'seen.zip');
    const { code, output } = await botportInTerminal(['download', botId, '--out', file], environment());
    expect(code).toBe(0);
    expect(output).toContain('downloading [');
  });

  test('waiting tells its state in a terminal', async () => {
    const botId = await importedBot(server, admin, stateOf(1));
    await publishBot(admin, botId);
    const args = ['status', botId, '--of', 'publish', '--wait'];
    const { code, output } = await botportInTerminal(args, environment());
    expect(code).toBe(0);
    expect(output.match(/publish ds-\S+: success/g)).toHaveLength(2);
  });
});
