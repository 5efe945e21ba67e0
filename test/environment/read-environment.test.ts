import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/environment/read-environment.ts';
import { readSecret } from '../../src/environment/secret-value.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-environment-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string, mode = 0o644, name = 'environment.yaml'): string {
  const file = path.join(folder, name);
  rmSync(file, { force: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const read = (text: string, env: Record<string, string> = {}) => readEnvironment(fileOf(text), env);

describe('an environment file', () => {
  test('says what is different on a host', () => {
    fileOf('from a file\n', 0o600, 'key');
    const text = [
      'variables:',
      '  host: https://service.example',
      '  apiKey: { env: PROD_API_KEY }',
      '  other: { file: ./key }',
      'urls:',
      '  https://staging.example: https://service.example',
      'secrets:',
      '  SENDGRID_KEY: { env: SENDGRID_KEY }',
    ].join('\n');
    expect(read(text, { PROD_API_KEY: 'p', SENDGRID_KEY: 's' })).toEqual({
      variables: new Map([
        ['host', 'https://service.example'],
        ['apiKey', 'p'],
        ['other', 'from a file'],
      ]),
      urls: new Map([['https://staging.example', 'https://service.example']]),
      secrets: new Map([['SENDGRID_KEY', 's']]),
    });
  });

  test('may be empty', () => {
    expect(read('# nothing\n')).toEqual({ variables: new Map(), urls: new Map(), secrets: new Map() });
  });

  test.each([
    ['a word that is not known', 'variable:\n  a: b', 'Unrecognized key'],
    ['a number', 'variables:\n  a: 1', 'variables.a: text, {env: NAME} or {file: PATH}'],
    ['a URL that is none', 'urls:\n  staging.example: b', 'the beginning of a URL'],
    ['a placeholder that is none', 'secrets:\n  a-b: c', 'capital letters, digits and _'],
    ['a list', '- a', 'expected object'],
    ['no YAML', 'a: [', 'line 1'],
    ['a key twice', 'variables:\n  a: b\n  a: c', 'line 3'],
    ['text that goes on and on', `a: &a [x]\n${'b: [*a]\n'.repeat(3)}`, 'DUPLICATE_KEY'],
  ])('with %s is refused', (_title, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('that is malformed does not show what stands in it', () => {
    const attempt = () => read('secrets:\n  KEY: "hunter2hunter2\n');
    expect(attempt).toThrow('is not in order');
    expect(attempt).not.toThrow('hunter2');
  });

  test('that is not there is refused', () => {
    expect(() => readEnvironment(path.join(folder, 'nothing'), {})).toThrow('there is no file');
  });

  test('names the variable that is not set', () => {
    expect(() => read('variables:\n  a: { env: NOT_SET }')).toThrow('the variable NOT_SET is not set');
  });

  test('with a secret in it must be its owner’s alone', () => {
    expect(() => read('secrets:\n  KEY: value')).toThrow('has mode 644');
    const own = fileOf('secrets:\n  KEY: value', 0o600);
    expect(readEnvironment(own, {}).secrets).toEqual(new Map([['KEY', 'value']]));
  });

  test('that only refers to secrets may be read by everybody', () => {
    expect(read('secrets:\n  KEY: { env: KEY }', { KEY: 'v' }).secrets).toEqual(new Map([['KEY', 'v']]));
  });
});

describe('a value that is kept elsewhere', () => {
  const places = { env: { SET: 'value', EMPTY: '' }, folder };

  test('is a text as it stands', () => {
    expect(readSecret('text\n', places)).toBe('text\n');
  });

  test('is that of a variable, which may be empty', () => {
    expect(readSecret({ env: 'SET' }, places)).toBe('value');
    expect(readSecret({ env: 'EMPTY' }, places)).toBe('');
  });

  test('is what a file holds, but for one line break at its end', () => {
    fileOf('a\n\n', 0o600, 'lines');
    expect(readSecret({ file: 'lines' }, places)).toBe('a\n');
    fileOf('a\r\n', 0o600, 'lines');
    expect(readSecret({ file: path.join(folder, 'lines') }, places)).toBe('a');
  });

  test('is refused where the file is missing, or a folder', () => {
    expect(() => readSecret({ file: 'nothing' }, places)).toThrow('there is no file');
    expect(() => readSecret({ file: '.' }, places)).toThrow('there is no file');
  });

  test('is refused where others can read the file', () => {
    fileOf('a', 0o640, 'open');
    expect(() => readSecret({ file: 'open' }, places)).toThrow('has mode 640');
  });
});
