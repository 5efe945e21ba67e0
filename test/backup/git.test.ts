import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BotOutcome } from '../../src/backup/backup.ts';
import type { Copy } from '../../src/backup/copies.ts';
import { openGit } from '../../src/backup/places.ts';
import { lacking } from '../support/pages.ts';
import { backupFolder, backupInto, changesOf, folders, type Host, startHost, tree, usual } from './kit.ts';

const newFolder = folders();
let host: Host;
let bot: string;

beforeAll(async () => {
  host = await startHost();
  bot = await host.add('Coin');
});
afterAll(() => host.server.close());
beforeEach(({ skip }) => skip(lacking('git').length > 0, 'needs git'));

/** No settings but those a test makes. */
const clean = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  EDITOR: 'false',
  GIT_SSH_COMMAND: 'ssh',
};

function git(folder: string, ...words: string[]): string {
  return execFileSync('git', words, { cwd: folder, env: clean, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** A repository in which somebody may commit. */
function newRepository(): string {
  const folder = newFolder();
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'config', 'user.name', 'A User');
  git(folder, 'config', 'user.email', 'user@example.org');
  return folder;
}

interface Options {
  copies?: Copy[];
  wanted?: string[];
  prune?: boolean;
  author?: string;
  push?: boolean;
  env?: Record<string, string>;
}

function backup(
  root: string,
  { author, push = false, env = {}, ...run }: Options = {},
): Promise<BotOutcome[]> {
  const options = { ...usual, host: host.server.url, author, push, env: { ...clean, ...env } };
  return backupInto(host, () => openGit(root, options), run);
}

const log = (root: string) => git(root, 'log', '--format=%s').split('\n');
const commits = (root: string) => Number(git(root, 'rev-list', '--count', 'HEAD'));
let edits = 0;
const editBot = () => host.edit(bot, 'Coin', `edit ${++edits}`);

describe('a backup into a git repository', () => {
  test('commits each bot, and begins in an empty repository', async () => {
    const root = newRepository();
    await backup(root, { wanted: [bot] });
    expect(log(root)).toEqual([
      expect.stringMatching(new RegExp(`^Coin \\(${bot}\\): draft \\d+$`)),
      'Begin a backup of bots',
    ]);
    expect(git(root, 'status', '--porcelain')).toBe('');
    expect(git(root, 'ls-files')).toContain(`bots/coin-${bot}/draft/botport.json`);
  });

  test('makes no commit and no byte the second time, in git’s own folder neither', async () => {
    const root = newRepository();
    await backup(root);
    const before = tree(root);
    await backup(root);
    expect(tree(root)).toEqual(before);
  });

  test('makes one commit of a bot that changed, which says what', async () => {
    const root = newRepository();
    await host.add('Still');
    await backup(root);
    const before = commits(root);
    await editBot();
    expect(changesOf(await backup(root))).toMatchObject({ Coin: 'changed', Still: 'unchanged' });
    expect(commits(root)).toBe(before + 1);
    expect(git(root, 'log', '-1', '--format=%b')).toMatch(
      /^In the draft:\n(?: {2}.+\n)* {2}dialogs: 1 changed/m,
    );
  });

  test('leaves alone what the user has staged, edited and lying about', async () => {
    const root = newRepository();
    writeFileSync(path.join(root, 'committed.txt'), 'one');
    git(root, 'add', '.');
    git(root, 'commit', '--quiet', '--message', 'mine');
    writeFileSync(path.join(root, 'committed.txt'), 'two');
    writeFileSync(path.join(root, 'staged.txt'), 'staged');
    git(root, 'add', 'staged.txt');
    writeFileSync(path.join(root, 'loose.txt'), 'loose');
    await backup(root, { wanted: [bot] });
    expect(
      git(root, 'status', '--porcelain')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['M committed.txt', 'A  staged.txt', '?? loose.txt']);
    expect(
      git(root, 'log', '--format=', '--name-only', '-2')
        .split('\n')
        .every((file) => file.startsWith('bots/')),
    ).toBe(true);
  });

  test('goes into a folder of the repository as well', async () => {
    const root = newRepository();
    mkdirSync(path.join(root, 'a place'));
    await backup(path.join(root, 'a place'), { wanted: [bot] });
    expect(
      git(root, 'ls-files')
        .split('\n')
        .every((file) => file.startsWith('a place/bots/')),
    ).toBe(true);
    const before = tree(root);
    await backup(path.join(root, 'a place'), { wanted: [bot] });
    expect(tree(root)).toEqual(before);
  });

  test('is whole even where the user’s rules ignore files like those of a bot', async () => {
    const root = newRepository();
    writeFileSync(path.join(root, '.gitignore'), '*.json\n');
    await backup(root, { wanted: [bot] });
    expect(git(root, 'ls-files')).toContain(`bots/coin-${bot}/bot.json`);
    const before = tree(root);
    await backup(root, { wanted: [bot] });
    expect(tree(root)).toEqual(before);
  });

  test('gives the same files in a clone, whatever it does to line ends', async () => {
    const root = newRepository();
    await backup(root, { wanted: [bot] });
    const clone = newFolder();
    git(clone, 'clone', '--quiet', '--config', 'core.autocrlf=true', root, '.');
    const files = (folder: string) => tree(path.join(folder, 'bots'), { times: false });
    expect(files(clone)).toEqual(files(root));
  });

  test('goes on in a fresh clone without an export', async () => {
    const root = newRepository();
    await backup(root, { wanted: [bot] });
    const clone = newFolder();
    git(clone, 'clone', '--quiet', root, '.');
    const before = commits(clone);
    expect(changesOf(await backup(clone, { wanted: [bot] }))).toEqual({ Coin: 'unchanged' });
    expect(commits(clone)).toBe(before);
  });

  test('commits that a bot is gone, and that it was removed', async () => {
    const root = newRepository();
    await backup(root);
    const folder = path.join(root, 'bots', 'stray-st-1');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'bot.json'), '{"id":"st-1","name":"Stray"}');
    git(root, 'add', '.');
    git(root, 'commit', '--quiet', '--message', 'mine');
    await backup(root);
    expect(log(root)[0]).toBe('Stray (st-1): gone from the host');
    await backup(root, { prune: true });
    expect(log(root)[0]).toBe('Remove stray-st-1, which is gone from the host');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  test('is by the author that is named', async () => {
    const root = newFolder();
    git(root, 'init', '--quiet');
    await backup(root, { wanted: [bot], author: 'Nightly Job <job@example.org>' });
    expect(git(root, 'log', '-1', '--format=%an <%ae> %cn <%ce>')).toBe(
      'Nightly Job <job@example.org> Nightly Job <job@example.org>',
    );
  });

  test('is not led astray by the environment of a hook', async () => {
    const [root, other] = [newRepository(), newRepository()];
    const env = {
      GIT_DIR: path.join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: path.join(other, '.git/index'),
    };
    await backup(root, { wanted: [bot], env });
    expect(commits(root)).toBe(2);
    expect(existsSync(path.join(other, 'bots'))).toBe(false);
    expect(() => git(other, 'rev-parse', 'HEAD')).toThrow();
  });

  test('runs the user’s hooks; a bot that one refuses has failed, and is committed once it does not', async () => {
    const root = newRepository();
    await backup(root, { wanted: [bot] });
    const hook = path.join(root, '.git/hooks/commit-msg');
    mkdirSync(path.dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\necho not on my watch >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    await editBot();
    const [outcome] = await backup(root, { wanted: [bot] });
    expect(outcome).toMatchObject({ change: 'failed', error: { type: 'backup_git_failed' } });
    expect(String(outcome?.error)).toContain('not on my watch');
    writeFileSync(hook, '#!/bin/sh\nexit 1\n');
    expect(changesOf(await backup(root, { wanted: [bot] }))).toEqual({ Coin: 'failed' });
    writeFileSync(hook, '#!/bin/sh\nexit 0\n');
    expect(changesOf(await backup(root, { wanted: [bot] }))).toEqual({ Coin: 'changed' });
    expect(git(root, 'status', '--porcelain')).toBe('');
    expect(commits(root)).toBe(3);
  });
});

describe('a repository is refused', () => {
  test('where there is none', async () => {
    await expect(backup(newFolder())).rejects.toMatchObject({ type: 'backup_no_repository' });
    await expect(backup('/nonexistent/folder')).rejects.toMatchObject({ type: 'backup_no_repository' });
  });

  test('on a detached HEAD, and nothing is written', async () => {
    const root = newRepository();
    git(root, 'commit', '--quiet', '--allow-empty', '--message', 'mine');
    git(root, 'checkout', '--quiet', '--detach');
    await expect(backup(root)).rejects.toMatchObject({ type: 'backup_no_branch' });
    expect(existsSync(path.join(root, 'bots'))).toBe(false);
  });

  test('where nobody is named as the author, in git’s words', async () => {
    const root = newFolder();
    git(root, 'init', '--quiet');
    git(root, 'config', 'user.useConfigOnly', 'true');
    await expect(backup(root)).rejects.toMatchObject({
      type: 'backup_git_failed',
      detail: expect.stringContaining('Please tell me who you are'),
    });
  });

  test('while another backup writes to it', async () => {
    const root = newRepository();
    const place = await openGit(root, {
      ...usual,
      host: host.server.url,
      author: undefined,
      push: false,
      env: clean,
    });
    await expect(backup(root)).rejects.toMatchObject({ type: 'backup_running' });
    place.close();
  });
});

describe('with push', () => {
  /** A bare repository and a clone of it. */
  function withRemote(): { remote: string; root: string } {
    const remote = newFolder();
    git(remote, 'init', '--quiet', '--bare', '--initial-branch=main');
    const root = newFolder();
    git(root, 'clone', '--quiet', remote, '.');
    git(root, 'config', 'user.name', 'A User');
    git(root, 'config', 'user.email', 'user@example.org');
    return { remote, root };
  }

  test('the commits are in the remote, from a clone that was empty', async () => {
    const { remote, root } = withRemote();
    await backup(root, { wanted: [bot], push: true });
    expect(git(remote, 'rev-parse', 'main')).toBe(git(root, 'rev-parse', 'HEAD'));
  });

  test('a remote that has other commits is left as it is, even where the settings would force', async () => {
    const { remote, root } = withRemote();
    await backup(root, { wanted: [bot], push: true });
    git(root, 'config', 'remote.origin.push', '+refs/heads/*:refs/heads/*');
    const other = newFolder();
    git(other, 'clone', '--quiet', remote, '.');
    git(
      other,
      '-c',
      'user.name=O',
      '-c',
      'user.email=o@example.org',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'x',
    );
    git(other, 'push', '--quiet');
    const there = git(remote, 'rev-parse', 'main');
    await editBot();
    await expect(backup(root, { wanted: [bot], push: true })).rejects.toMatchObject({
      type: 'backup_push_refused',
    });
    expect(git(remote, 'rev-parse', 'main')).toBe(there);
    expect(log(root)[0]).toContain('Coin');
    git(root, 'pull', '--quiet', '--rebase');
    await backup(root, { wanted: [bot], push: true });
    expect(git(remote, 'rev-parse', 'main')).toBe(git(root, 'rev-parse', 'HEAD'));
  });

  test('passwords in the URL of the remote are not repeated', async () => {
    const root = newRepository();
    git(root, 'remote', 'add', 'origin', 'http://somebody:hunter2@127.0.0.1:1/nothing.git');
    const failure = await backup(root, { wanted: [bot], push: true }).catch(String);
    expect(failure).toContain('pushed');
    expect(failure).not.toContain('hunter2');
  });
});

test('a backup killed at any moment is brought to the same end by the next one', async () => {
  const running = fileURLToPath(new URL('running-backup.ts', import.meta.url));
  const expected = newFolder();
  for (let index = 0; index < 3; index += 1) await host.add(`Killed ${index}`);
  await backupFolder(host, expected);
  const root = newRepository();
  const { clientId, clientSecret } = host.app;
  const kill = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const child = spawn(process.execPath, [running, host.server.url, root], {
        env: { ...clean, TEST_CLIENT_ID: clientId, TEST_CLIENT_SECRET: clientSecret },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // It says so when it begins: what is before that is Node starting.
      child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), milliseconds));
      child.on('close', () => resolve());
    });
  for (let round = 0; round < 12; round += 1) await kill(Math.random() * 60);
  await backup(root);
  expect(tree(path.join(root, 'bots'), { times: false })).toEqual(
    Object.fromEntries(
      Object.entries(tree(path.join(expected, 'bots'), { times: false })).filter(
        ([file]) => file !== '.backup.lock',
      ),
    ),
  );
  expect(git(root, 'status', '--porcelain')).toBe('');
  expect(git(root, 'fsck', '--strict')).not.toMatch(/error|missing/);
  expect(readFileSync(path.join(root, '.git/HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
  const bots = log(root).filter((title) => title !== 'Begin a backup of bots');
  expect(new Set(bots).size).toBe(bots.length);
}, 60_000);
