import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppCredentials, type Apps, openApps } from '../../src/auth/apps.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import { scopesOf } from '../../src/auth/scopes.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { openSecretBox } from '../../src/storage/secret-box.ts';
import { botA, botB, bytesOf, makeFolder, removeFolder } from '../auth/support.ts';
import { botport as run } from './run.ts';

let folder: string;

beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => removeFolder(folder));

const botport = (...args: string[]) => run(args, { BOTPORT_DATA: folder });
const create = (...args: string[]) => botport('apps', 'create', '--name', 'test', ...args);

async function created(...args: string[]): Promise<AppCredentials> {
  const { code, stdout, stderr } = await create('--json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** The apps as a server on the same folder has them. */
async function withApps<T>(action: (apps: Apps) => Promise<T>): Promise<T> {
  const db = await openDatabase(folder);
  try {
    return await action(openApps(db, openSecretBox(folder)));
  } finally {
    await db.destroy();
  }
}

describe('apps create', () => {
  test('prints exactly client id, secret, kind, bots and scopes with --json', async () => {
    expect(await created('--kind', 'admin', '--scope', 'Bot Definition > Bot Export')).toEqual({
      clientId: expect.stringMatching(/^cs-/),
      clientSecret: expect.stringMatching(/^.{43}=$/),
      kind: 'admin',
      bots: [],
      scopes: ['bot_definition:bot_export'],
    });
  });

  test('takes several bots and scopes, printed names and machine names', async () => {
    const app = await created(
      ...['--kind', 'admin', '--bot', botA, '--bot', botB],
      ...['--scope', 'bot publish>publish', '--scope', 'bot_publish:publish_status'],
    );
    expect(app).toMatchObject({
      bots: [botA, botB],
      scopes: ['bot_publish:publish_request', 'bot_publish:publish_status'],
    });
  });

  test.each(['admin', 'builder'] as const)(
    'gives every scope of the kind %s with --all-scopes',
    async (kind) => {
      const app = await created('--kind', kind, '--bot', botA, '--all-scopes');
      expect(app.scopes).toEqual(scopesOf(kind));
    },
  );

  test('makes an app whose tokens a running server takes at once', async () => {
    await withApps(async (apps) => {
      const app = await created('--kind', 'builder', '--bot', botA, '--scope', 'Bot Export');
      const caller = await apps.authenticate(await makeToken(app));
      expect(caller).toMatchObject({ kind: 'builder', limited: true });
      expect(await apps.covers(caller, botA)).toBe(true);
    });
  });

  test('prints for people without --json', async () => {
    const { code, stdout } = await create('--kind', 'admin', '--scope', 'Bot Export');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Made an admin app\.\n\n {2}client id {6}cs-/);
    expect(stdout).toMatch(/\n {2}client secret {2}.{43}=\n/);
    expect(stdout).toMatch(/\n {2}bots {11}every bot\n/);
    expect(stdout).toMatch(/\n {2}scopes {9}Bot Definition > Bot Export\n/);
  });

  test('leaves the secret nowhere in the data folder', async () => {
    const { clientId, clientSecret } = await created('--kind', 'admin', '--all-scopes');
    expect(bytesOf(folder).includes(clientId)).toBe(true);
    expect(bytesOf(folder).includes(clientSecret)).toBe(false);
  });

  test('works in several processes at once on an empty folder', async () => {
    const empty = makeFolder();
    try {
      const args = ['apps', 'create', '--name', 'n', '--kind', 'admin', '--all-scopes', '--json'];
      const outcomes = await Promise.all([1, 2, 3, 4].map(() => run(args, { BOTPORT_DATA: empty })));
      expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
        Array(4).fill({ code: 0, stderr: '' }),
      );
      const { stdout } = await run(['apps', 'list', '--json'], { BOTPORT_DATA: empty });
      expect(JSON.parse(stdout)).toHaveLength(4);
    } finally {
      removeFolder(empty);
    }
  });

  test.each([
    [
      'without scopes',
      ['--kind', 'admin'],
      'no scope; name some with --scope, or take them all with --all-scopes',
    ],
    [
      'with an unknown scope',
      ['--kind', 'admin', '--scope', 'Bot Exprt'],
      'unknown scope "Bot Exprt"; did you mean "Bot Definition > Bot Export"?',
    ],
    [
      'with a scope its kind cannot hold',
      ['--kind', 'builder', '--bot', botA, '--scope', 'Bot Publish > Publish'],
      'only an admin app can hold the scope "Bot Publish > Publish"',
    ],
    [
      'of a builder without a bot',
      ['--kind', 'builder', '--all-scopes'],
      'a builder app has exactly one bot, not 0',
    ],
    [
      'with something else than a bot id',
      ['--kind', 'admin', '--bot', 'shop', '--all-scopes'],
      '"shop" is no bot id; one looks like st-<uuid>, in small letters',
    ],
  ])('%s ends with 2 and one line that says why', async (_name, args, detail) => {
    const { code, stdout, stderr } = await create(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(`botport: The app cannot be created: ${detail}`);
  });

  test.each([
    ['without a kind', ['apps', 'create', '--name', 'n', '--all-scopes']],
    ['with an unknown kind', ['apps', 'create', '--name', 'n', '--kind', 'root', '--all-scopes']],
    ['without a name', ['apps', 'create', '--kind', 'admin', '--all-scopes']],
    [
      'with an unknown algorithm',
      ['apps', 'create', '--name', 'n', '--kind', 'admin', '--algorithm', 'none'],
    ],
    [
      'with both --scope and --all-scopes',
      ['apps', 'create', '--name', 'n', '--kind', 'admin', '--all-scopes', '--scope', 'Bot Export'],
    ],
    ['with an unknown option', ['apps', 'create', '--force']],
  ])('%s ends with 2, as wrong use does', async (_name, args) => {
    const { code, stdout, stderr } = await botport(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  });
});

describe('apps list', () => {
  test('prints the apps as JSON, oldest first, with their times and without their secrets', async () => {
    const app = await created('--kind', 'admin', '--bot', botA, '--all-scopes', '--algorithm', 'HS512');
    const { code, stdout } = await botport('apps', 'list', '--json');
    expect(code).toBe(0);
    expect(stdout).not.toContain(app.clientSecret);
    expect(JSON.parse(stdout).at(-1)).toEqual({
      clientId: app.clientId,
      name: 'test',
      kind: 'admin',
      algorithm: 'HS512',
      bots: [botA],
      scopes: scopesOf('admin'),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      revokedAt: null,
    });
  });

  test('refuses a folder without data, and makes none there', async () => {
    const empty = makeFolder();
    try {
      const { code, stderr } = await run(['apps', 'list'], { BOTPORT_DATA: empty });
      expect(code).toBe(3);
      expect(stderr).toMatch(/^botport: There is no Botport data in this folder: /);
      expect(readdirSync(empty)).toEqual([]);
    } finally {
      removeFolder(empty);
    }
  });
});

describe('apps revoke', () => {
  test('makes a running server refuse the app at once', async () => {
    const app = await created('--kind', 'admin', '--all-scopes');
    await withApps(async (apps) => {
      const token = await makeToken(app);
      await apps.authenticate(token);
      expect(await botport('apps', 'revoke', app.clientId)).toEqual({
        code: 0,
        stdout: `Revoked ${app.clientId}.\n`,
        stderr: '',
      });
      await expect(apps.authenticate(token)).rejects.toThrow('Invalid SDK credentials');
    });
    const { stdout } = await botport('apps', 'list');
    expect(stdout.slice(stdout.indexOf(app.clientId))).toMatch(/\n {2}revoked {8}\d{4}-/);
  });

  test('of an unknown app ends with 3, the reason and what helps', async () => {
    expect(await botport('apps', 'revoke', 'cs-nobody')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'botport: No app has this client id: cs-nobody\n`botport apps list` shows them.\n',
    });
  });
});

describe('a key file that is not the folder’s own', () => {
  let spoilt: string;
  const inSpoilt = (...args: string[]) => run(['apps', ...args], { BOTPORT_DATA: spoilt });
  const args = ['create', '--name', 'n', '--kind', 'admin', '--all-scopes'];

  beforeAll(async () => {
    spoilt = makeFolder();
    expect(await inSpoilt(...args)).toMatchObject({ code: 0 });
  });
  afterAll(() => removeFolder(spoilt));

  test.each([
    ['gone', () => rmSync(path.join(spoilt, 'botport.key'))],
    ['another', () => writeFileSync(path.join(spoilt, 'botport.key'), `${'0'.repeat(64)}\n`)],
    ['no key file', () => writeFileSync(path.join(spoilt, 'botport.key'), 'hello')],
  ])('(%s) makes no app', async (_name, spoil) => {
    const good = readFileSync(path.join(spoilt, 'botport.key'));
    spoil();
    const { code, stderr } = await inSpoilt(...args);
    writeFileSync(path.join(spoilt, 'botport.key'), good);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^botport: The key file does not belong to this data folder/);
  });
});

describe('the program', () => {
  test('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await botport('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('prints help with examples', async () => {
    const { code, stdout } = await botport('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('$ botport export');
  });

  test('lists the scopes of both kinds in the help of apps create', async () => {
    const { stdout } = await botport('apps', 'create', '--help');
    expect(stdout).toMatch(
      /Scopes of an admin app:\n {2}Bot Definition > Bot Export +bot_definition:bot_export/,
    );
    expect(stdout).toMatch(/Scopes of a builder app:\n {2}Bot Export +bot_definition:bot_export/);
  });

  test.each([[[]], [['apps']], [['nonsense']]])('called as %j ends with 2', async (args) => {
    expect(await botport(...args)).toMatchObject({ code: 2, stdout: '' });
  });

  test('says in one line when the data folder cannot be made', async () => {
    const file = path.join(folder, 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await run(['apps', 'create', '--name', 'x', '--kind', 'admin', '--all-scopes'], {
      BOTPORT_DATA: file,
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^botport: EEXIST.*\n$/);
  });
});
