import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readBotFile } from '../../src/transfer/bot-file.ts';
import { blocksOf, root } from '../support/pages.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  const file = path.join(folder, 'botport.yaml');
  writeFileSync(file, text);
  return readBotFile(file);
}

test('a bot alone is enough', () => {
  expect(read('bot: st-1\n')).toEqual({
    bot: 'st-1',
    host: undefined,
    type: undefined,
    choice: {},
    place: undefined,
  });
});

test('the choice is handed on in the words of the API, whatever components it names', () => {
  const { choice } = read(
    'bot: Bank\nexportOptions: {tasks: [botTask], later: [new]}\nsubTasks: {dialogs: [A]}\nIncludeDependentTasks: true\n',
  );
  expect(choice).toEqual({
    exportOptions: { tasks: ['botTask'], later: ['new'] },
    subTasks: { dialogs: ['A'] },
    IncludeDependentTasks: true,
  });
});

test.each(['out', 'folder', 'exploded'] as const)('%s is a path beside the file', (kind) => {
  expect(read(`bot: Bank\n${kind}: sub/bank\n`).place).toEqual({
    kind,
    path: path.join(folder, 'sub/bank'),
  });
});

describe('refused is', () => {
  test.each([
    ['a file with no bot', 'type: latest\n', 'bot: expected a text'],
    ['an empty file', '', 'expected a mapping of keys to values'],
    [
      'a key nobody knows',
      'bot: a\nexportOption: {}\n',
      'unknown key "exportOption"; did you mean exportOptions?',
    ],
    ['a key like no other', 'bot: a\nzzz: 1\n', 'unknown key "zzz"; known are bot, host, type'],
    ['another copy', 'bot: a\ntype: draft\n', 'type: expected latest or published'],
    [
      'a task that is no list',
      'bot: a\nsubTasks: {dialogs: A}\n',
      'subTasks.dialogs: expected a list of texts',
    ],
    ['a name that YAML takes for a number', 'bot: 12\n', 'bot: expected a text'],
    ['two places', 'bot: a\nout: a.zip\nfolder: a\n', 'both out and folder; an export goes to one place'],
    ['no YAML', 'bot: [a\n', 'line'],
    ['a key twice', 'bot: a\nbot: b\n', 'Map keys must be unique'],
    ['a tag', 'bot: !secret a\n', 'Unresolved tag'],
    [
      'what grows without end',
      `bot: a\nexportOptions:\n  a: &a [x]\n${'bcdefghij'.replace(/./g, (one, at: number) => `  ${one}: &${one} [${`*${'abcdefghij'[at]},`.repeat(9)}]\n`)}`,
      'alias',
    ],
  ])('%s', (_what, text, words) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ type: 'bot_file_invalid', message: expect.stringContaining(words) }),
    );
  });

  test('a file that is not there', () => {
    expect(() => readBotFile(path.join(folder, 'none.yaml'))).toThrow('there is no such file');
  });
});

test('every example of the page is a good file', () => {
  const examples = blocksOf(readFileSync(path.join(root, 'docs/bot-file.md'), 'utf8'), 'yaml');
  expect(examples.length).toBeGreaterThan(2);
  for (const example of examples) expect(read(example).bot).not.toBe('');
});

test('the page names every key, and no other', () => {
  const page = readFileSync(path.join(root, 'docs/bot-file.md'), 'utf8');
  const named = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(() => read(`${named.map((name) => `${name}: null\n`).join('')}zzz: 1\n`)).toThrow(
    `known are ${named.join(', ')}`,
  );
  expect(() => read(named.map((name) => `${name}: null\n`).join(''))).not.toThrow('unknown key');
});
