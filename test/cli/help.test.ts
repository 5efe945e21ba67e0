import { describe, expect, test } from 'vitest';
import { botport } from './run.ts';

const commands = [
  [],
  ['serve'],
  ['apps'],
  ['apps', 'create'],
  ['apps', 'list'],
  ['apps', 'revoke'],
  ['profiles'],
  ['profiles', 'list'],
  ['profiles', 'check'],
  ['token'],
  ['completion'],
  ['bots'],
  ['publish'],
  ['status'],
  ['download'],
  ['versions'],
  ['versions', 'list'],
  ['versions', 'label'],
  ['versions', 'pin'],
  ['versions', 'unpin'],
  ['versions', 'delete'],
  ['rollback'],
  ['variables'],
  ['variables', 'export'],
  ['variables', 'import'],
  ['import'],
  ['export'],
  ['diff'],
  ['inspect'],
  ['verify'],
  ['scan'],
  ['redact'],
  ['explode'],
  ['pack'],
  ['promote'],
  ['backup'],
  ['verify-store'],
  ['demo'],
];
const titled = commands.map((command) => [['botport', ...command].join(' '), command] as const);

const helps = new Map<string, Promise<string>>();

/** The help of a command, asked for once. */
function helpOf(command: readonly string[]): Promise<string> {
  const name = command.join(' ');
  const help = helps.get(name) ?? askForHelp(command);
  helps.set(name, help);
  return help;
}

async function askForHelp(command: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await botport([...command, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** The calls of botport in the example lines of a help text, word by word. */
function examplesIn(help: string): string[][] {
  const lines = help.split('\n').filter((line) => line.startsWith('  $ '));
  return lines.flatMap((line) =>
    [...line.matchAll(/(?<=[ (])botport ((?:"[^"]*"|'[^']*'|[^)"'])*)/g)].map(
      ([, words = '']) => words.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [],
    ),
  );
}

/** The options a help text lists. */
function optionsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option);
}

describe.each(titled)('the help of %s', (_title, command) => {
  test('has examples', async () => {
    expect(examplesIn(await helpOf(command))).not.toEqual([]);
  });

  test('has only examples of commands and options that exist', async () => {
    for (const words of examplesIn(await helpOf(command))) {
      const called = commands.filter((one) => one.every((word, index) => word === words[index]));
      const longest = called.sort((a, b) => b.length - a.length)[0] ?? [];
      expect(longest, words.join(' ')).not.toEqual([]);
      const options = words.filter((word) => word.startsWith('--'));
      expect(optionsIn(await helpOf(longest)), words.join(' ')).toEqual(expect.arrayContaining(options));
    }
  });

  test('fits into 120 columns', async () => {
    for (const line of (await helpOf(command)).split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});

test('`botport help` is the help of botport', async () => {
  expect((await botport(['help'])).stdout).toBe(await helpOf([]));
});

test('`botport help export` is the help of export', async () => {
  expect((await botport(['help', 'export'])).stdout).toBe(await helpOf(['export']));
});

test('the help of botport names every command', async () => {
  const help = await helpOf([]);
  for (const [name = 'help'] of commands) expect(help).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
});

test('an unknown command is wrong use, and the one most like it is named', async () => {
  const { code, stderr } = await botport(['exprot']);
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean export?');
});
