import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFolder } from '../../src/backup/places.ts';
import { createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';
import { backupInto, type Host, startHost, tree, usual } from '../backup/kit.ts';
import { plainHost } from '../promotion/plain-host.ts';
import { lacking } from '../support/pages.ts';
import { createApp } from '../support/server.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport, type Outcome } from './run.ts';

const root = mkdtempSync(path.join(tmpdir(), 'botport-backup-cli-'));
let host: Host;
let coin: string;
let places = 0;

beforeAll(async () => {
  host = await startHost();
  coin = await host.add('Coin');
  await host.publish(coin);
  await host.add('Dice');
});
afterAll(async () => {
  await host.server.close();
  rmSync(root, { recursive: true });
});

const newPlace = () => path.join(root, String(++places));
const variables = () => ({
  BOTPORT_CLIENT_ID: host.app.clientId,
  BOTPORT_CLIENT_SECRET: host.app.clientSecret,
  GIT_AUTHOR_NAME: 'A User',
  GIT_AUTHOR_EMAIL: 'user@example.org',
  GIT_COMMITTER_NAME: 'A User',
  GIT_COMMITTER_EMAIL: 'user@example.org',
});
const run = (...args: string[]): Promise<Outcome> =>
  botport(['backup', '--host', host.server.url, ...args], variables());

test('says what became of the bots, and the second time that nothing changed', async () => {
  const place = newPlace();
  const first = await run('--folder', place);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^Coin \(st-.*\): new\n {2}draft 1: \d+ files written, 0 removed\n {2}published version 1: /m,
  );
  expect(first.stdout).toMatch(/\n2 bots: 2 new\n$/);
  const before = tree(place);
  expect(await run('--folder', place)).toEqual({ code: 0, stderr: '', stdout: '2 bots: 2 unchanged\n' });
  expect(tree(place)).toEqual(before);
});

test('prints one JSON value with --json', async () => {
  const { code, stdout, stderr } = await run('--folder', newPlace(), '--bot', 'Coin', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ bots: [{ id: coin, name: 'Coin', change: 'new' }], failed: 0 });
});

test('commits into a repository', async ({ skip }) => {
  skip(lacking('git').length > 0, 'needs git');
  const place = newPlace();
  mkdirSync(place);
  execFileSync('git', ['init', '--quiet'], { cwd: place });
  expect((await run('--git', place)).code).toBe(0);
  const log = execFileSync('git', ['log', '--format=%s'], { cwd: place, encoding: 'utf8' });
  expect(log).toContain(`Coin (${coin}): draft 1, published version 1\n`);
});

test('puts versions on a server; one that has them already stays as it is', async () => {
  const { code, stdout } = await run('--to', host.server.url);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `Dice (${await host.client.bots.idOf('Dice')}): changed\n  Backup of draft 1\n2 bots: 1 unchanged, 1 changed\n`,
  );
});

test('ends with 3 when a bot fails, says which and why, and keeps the others', async () => {
  const place = newPlace();
  mkdirSync(path.join(place, 'bots'), { recursive: true });
  expect((await run('--folder', place, '--bot', 'Dice')).code).toBe(0);
  symlinkSync(root, path.join(place, 'bots', `coin-${coin}`));
  const { code, stdout, stderr } = await run('--folder', place);
  expect(code).toBe(3);
  expect(stdout).toContain('2 bots: 1 failed, 1 unchanged');
  expect(stderr).toContain(`Coin (${coin}) could not be backed up`);
  expect(stderr).toContain('is a link');
  expect(stderr).not.toMatch(/^\s+at /m);
});

test.each([
  [[], '--folder, --git or --to'],
  [['--folder', 'x', '--git', 'y'], 'cannot be used with'],
  [['--folder', 'x', '--push'], '--push and --author go with --git'],
  [['--git', 'x', '--author', 'nobody'], 'Name <address>'],
  [['--to', 'http://127.0.0.1:1', '--type', 'both'], 'not --type both'],
])('%j is wrong use', async (args, words) => {
  const { code, stderr, stdout } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(words);
});

test('a bot the host does not have ends with 4', async () => {
  const { code, stderr } = await run('--folder', newPlace(), '--bot', 'Nobody');
  expect(code).toBe(4);
  expect(stderr).toContain('no bot is called "Nobody"');
});

test('shows its progress in a terminal', async ({ skip }) => {
  skip(lacking('script').length > 0, 'needs script');
  const args = ['backup', '--host', host.server.url, '--folder', newPlace()];
  const { code, output } = await botportInTerminal(args, variables());
  expect(code).toBe(0);
  expect(output).toContain('backing up [');
  expect(output).toContain('2/2');
  expect(output).toContain('2 bots: 2 new');
});

test('a host that speaks only the documented API is backed up the same way', async () => {
  const plain = await plainHost(host.server);
  try {
    const client = createClient({ host: plain.url, token: appTokens(host.app) });
    const place = newPlace();
    const open = () => openFolder(place, { ...usual, host: plain.url });
    const outcomes = await backupInto({ ...host, client }, open);
    expect(outcomes.map(({ name, change }) => [name, change])).toEqual([
      ['Coin', 'new'],
      ['Dice', 'new'],
    ]);
    expect(readdirSync(path.join(place, 'bots', `coin-${coin}`)).sort()).toEqual([
      'bot.json',
      'draft',
      'published',
    ]);
    const before = tree(place);
    expect(new Set((await backupInto({ ...host, client }, open)).map(({ change }) => change))).toEqual(
      new Set(['unchanged']),
    );
    expect(tree(place)).toEqual(before);
  } finally {
    await plain.close();
  }
});

test('an app without the scope ends with what the host says', async () => {
  const app = await createApp(host.server.dataFolder, { scopes: [] });
  const { code, stderr } = await botport(['backup', '--host', host.server.url, '--folder', newPlace()], {
    BOTPORT_CLIENT_ID: app.clientId,
    BOTPORT_CLIENT_SECRET: app.clientSecret,
  });
  expect(code).toBe(4);
  expect(stderr).toContain('does not let this app in');
});
