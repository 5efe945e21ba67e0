import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, folderLikeTheRepository, lacking, root, run } from '../support/pages.ts';

const pageOf = (name: string) => readFileSync(path.join(root, 'docs', name), 'utf8');
const pages = { inspecting: pageOf('inspecting.md'), differences: pageOf('differences.md') };

let folder: string;
beforeAll(() => {
  folder = folderLikeTheRepository();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function outputOf(scripts: string[], where = folder): Promise<string> {
  expect(scripts).not.toEqual([]);
  const script = scripts.join('\n');
  const { code, output } = await run(['bash', '-euo', 'pipefail', '-c', script], where, {});
  expect(code, output).toBe(0);
  return output;
}

/** The lines of a text, each behind the one before; a line of three points stands for any others. */
function expectText(output: string, text: string): void {
  let at = 0;
  for (const part of text.split(/^…\n/m)) {
    const found = output.indexOf(part, at);
    expect(found, `${part}\nis not in\n${output.slice(at)}`).toBeGreaterThanOrEqual(0);
    at = found + part.length;
  }
}

test('looking into bots runs as it stands, and prints what the page says', async ({ skip }) => {
  const missing = lacking('bash', 'zip');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const output = await outputOf(blocksOf(pages.inspecting, 'sh inspecting'));
  let at = 0;
  for (const text of blocksOf(pages.inspecting, 'text inspecting')) {
    const start = output.indexOf(text.split('\n')[0] ?? '', at);
    expectText(output.slice(start), text);
    at = start;
  }
});

test('pictures of who calls whom are made as the page says', async ({ skip }) => {
  const missing = lacking('bash', 'dot');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  await outputOf(blocksOf(pages.inspecting, 'sh inspecting graphviz'));
  expect(readFileSync(path.join(folder, 'calls.mmd'), 'utf8')).toMatch(/^flowchart LR\n/);
  expect(readFileSync(path.join(folder, 'calls.svg'), 'utf8')).toContain('Block Card');
});

test('two bots on disk are compared as the page says', async ({ skip }) => {
  const missing = lacking('bash', 'zip');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const output = await outputOf(blocksOf(pages.differences, 'sh diff-command'));
  for (const text of blocksOf(pages.differences, 'text diff-command')) expectText(output, text);
});

test('git shows differences as the page says', async ({ skip }) => {
  const missing = lacking('bash', 'git', 'zip');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  // A repository with an archive and an exploded folder of the same bot, in two states.
  await outputOf(
    blocksOf(pages.differences, 'sh diff-command').map((script) => script.replace('|| echo', '|| :')),
  );
  const repository = path.join(folder, 'repository');
  mkdirSync(repository);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
      cwd: repository,
    });
  const commit = async (words: string) => {
    git('add', '--all', '--force', 'bot.zip', 'my-bot');
    git('commit', '--quiet', '--message', words);
  };
  git('init', '--quiet');
  copyFileSync(path.join(folder, 'tiny.zip'), path.join(repository, 'bot.zip'));
  const launcher = path.join(root, 'bin/botport.js');
  execFileSync(process.execPath, [launcher, 'explode', 'bot.zip', 'my-bot'], { cwd: repository });
  await commit('first');
  rmSync(path.join(repository, 'my-bot'), { recursive: true });
  cpSync(path.join(folder, 'my-bot'), path.join(repository, 'my-bot'), { recursive: true });
  execFileSync(process.execPath, [launcher, 'pack', 'my-bot', 'bot.zip'], { cwd: repository });
  await commit('second');

  const scripts = blocksOf(pages.differences, 'sh diff-git');
  // npx looks for the command in the folder it is called in.
  const named = scripts.map((script) => script.replaceAll('npx botport', `${process.execPath} ${launcher}`));
  const output = await outputOf(named, repository);
  expect(output.match(/^ {2}~ dialog "Toss Coin"$/gm)).toHaveLength(scripts.length);
});
