import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { botport } from './run.ts';
import { launcher } from './serving.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-completion-'));
const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const scriptOf = (shell: Shell) => path.join(folder, `botport.${shell}`);

beforeAll(async () => {
  for (const shell of shells) writeFileSync(scriptOf(shell), (await botport(['completion', shell])).stdout);
  const profiles = 'hosts: { staging: { url: "http://a" }, production: { url: "http://b" } }';
  writeFileSync(path.join(folder, 'config.yaml'), profiles, { mode: 0o600 });
  writeFileSync(path.join(folder, 'my-archive.zip'), '');
  // Tells what was typed; but for profiles, whose names the scripts ask for.
  const command = path.join(folder, 'botport');
  const real = `${process.execPath} ${launcher}`;
  writeFileSync(command, `#!/bin/sh\n[ "$1" = profiles ] && exec ${real} "$@"\necho "typed:$*:"\n`);
  chmodSync(command, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A path with the stand-in before all else. */
const environment = () => ({
  ...process.env,
  PATH: `${folder}:${process.env.PATH}`,
  BOTPORT_CONFIG: path.join(folder, 'config.yaml'),
  HOME: folder,
  TERM: 'xterm',
});

const isHere = (program: string) => spawnSync(program, ['--version']).error === undefined;
for (const shell of shells) {
  if (!isHere(shell)) console.warn(`${shell} is not at hand: its completion is not tested.`);
}

/** How an interactive shell is started, and made to complete. */
const sessions = {
  bash: { command: 'bash --norc -i', start: `source ${scriptOf('bash')}` },
  zsh: {
    command: 'zsh -f -i',
    start: `autoload -U compinit; compinit -u -D; source ${scriptOf('zsh')}`,
  },
};

/** Types lines in a shell in a terminal; gives what the stand-in was called with in the end. */
function typed(shell: keyof typeof sessions, line: string): Promise<string[]> {
  const { command, start } = sessions[shell];
  const child = spawn('script', ['-eqfc', command, '/dev/null'], {
    env: environment(),
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.end(`${start}\n${line}\nexit\n`);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve([...output.matchAll(/typed:(.*):/g)].map(([, words = '']) => words)));
  });
}

/** What each shell makes of words with a tab behind them. */
const completed: [name: string, words: string, result: string][] = [
  ['a command', 'botport roll\t', 'rollback'],
  ['a command of a group', 'botport versions unp\t', 'versions unpin'],
  ['an option', 'botport publish st-1 --comm\t', 'publish st-1 --comment'],
  ['a choice', 'botport export --type pub\t', 'export --type published'],
  ['a choice behind =', 'botport export --type=pub\t', 'export --type=published'],
  ['the name of a profile', 'botport bots --host prod\t', 'bots --host production'],
  [
    'a file that is the value of an option',
    'botport download st-1 --out my-\t',
    'download st-1 --out my-archive.zip',
  ],
  ['a file that is an argument', 'botport explode my-\t', 'explode my-archive.zip'],
  ['an argument with choices', 'botport completion fi\t', 'completion fish'],
];

describe.each(['bash', 'zsh'] as const)('%s in a terminal', (shell) => {
  test.skipIf(!isHere(shell) || !isHere('script'))('completes everything it should', async () => {
    const lines = completed.map(([, words]) => words).join('\n');
    expect(await typed(shell, lines)).toEqual(
      completed.map(([, , result]) => expect.stringMatching(new RegExp(`^${result} ?$`))),
    );
  });
});

describe.skipIf(!isHere('fish'))('fish', () => {
  test.each(completed)('completes %s', (_name, words, result) => {
    const ask = `source ${scriptOf('fish')}; complete -C ${JSON.stringify(words.trim())}`;
    const found = execFileSync('fish', ['-N', '-c', ask], {
      env: environment(),
      cwd: folder,
      encoding: 'utf8',
    });
    expect(found.split('\n').map((line) => line.split('\t')[0])).toContain(result.split(' ').at(-1));
  });
});

test('a shell nobody knows is wrong use', async () => {
  expect(await botport(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
});
