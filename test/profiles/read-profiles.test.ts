import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { profilesPath, readProfiles } from '../../src/profiles/read-profiles.ts';
import { configFolders } from './support.ts';

const config = configFolders();
const read = (text: string) => readProfiles({ BOTPORT_CONFIG: config(text).file });
const refused = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof BotportError) return `${error.type}: ${error.detail?.replace(/^.*config.yaml/, '')}`;
    throw error;
  }
  return 'taken';
};

describe('the place of the file', () => {
  test.each([
    ['BOTPORT_CONFIG', { BOTPORT_CONFIG: 'x.yaml', XDG_CONFIG_HOME: '/xdg', HOME: '/home/a' }, 'x.yaml'],
    ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/xdg', HOME: '/home/a' }, '/xdg/botport/config.yaml'],
    [
      'a relative XDG_CONFIG_HOME, which is none',
      { XDG_CONFIG_HOME: 'xdg', HOME: '/a' },
      '/a/.config/botport/config.yaml',
    ],
    ['the home folder', { XDG_CONFIG_HOME: '', HOME: '/home/a' }, '/home/a/.config/botport/config.yaml'],
  ])('is told by %s', (_name, env, place) => {
    expect(profilesPath(env, 'linux')).toBe(place);
  });

  test('is told by APPDATA on Windows', () => {
    const env = { APPDATA: '/Users/a/AppData/Roaming', XDG_CONFIG_HOME: '/xdg' };
    expect(profilesPath(env, 'win32')).toBe('/Users/a/AppData/Roaming/botport/config.yaml');
  });
});

test('there need not be a file', () => {
  const { folder } = config('');
  expect(readProfiles({ XDG_CONFIG_HOME: folder }).hosts.size).toBe(0);
});

test('a file that BOTPORT_CONFIG names has to be there', () => {
  expect(() => readProfiles({ BOTPORT_CONFIG: '/nonexistent/config.yaml' })).toThrow(
    'there is no file /nonexistent/config.yaml',
  );
});

test('the file is found in XDG_CONFIG_HOME', () => {
  const { folder } = config('');
  mkdirSync(path.join(folder, 'botport'));
  writeFileSync(path.join(folder, 'botport', 'config.yaml'), 'hosts: { a: { url: "http://a" } }', {
    mode: 0o600,
  });
  expect([...readProfiles({ XDG_CONFIG_HOME: folder }).hosts.keys()]).toEqual(['a']);
});

test('all keys are read', () => {
  const profile = {
    url: 'https://bots.example/base',
    clientId: 'cs-1',
    clientSecret: { env: 'SECRET' },
    algorithm: 'HS512',
    ca: './ca.pem',
    proxy: 'http://proxy.example:3128',
    timeout: 60,
  };
  const { default: usual, hosts } = read(JSON.stringify({ default: 'a', hosts: { a: profile } }));
  expect({ usual, profile: hosts.get('a') }).toEqual({ usual: 'a', profile });
});

test('an empty file is one without profiles', () => {
  expect(read('').hosts.size).toBe(0);
});

describe('refused is', () => {
  const a = (keys: string) => `hosts: { a: { url: "http://a", ${keys} } }`;
  test.each([
    [
      'a secret as text',
      a('clientId: c, clientSecret: s3cret'),
      'hosts.a.clientSecret: a secret may not stand in this file; write {env: NAME} or {file: PATH}',
    ],
    [
      'a token as text',
      a('token: s3cret'),
      'hosts.a.token: a secret may not stand in this file; write {env: NAME} or {file: PATH}',
    ],
    [
      'a password of a proxy as text',
      a('proxy: "http://u:s3cret@proxy"'),
      'hosts.a.proxy: a password may not stand in this file; write {env: NAME} or {file: PATH}',
    ],
    [
      'a reference to two places',
      a('clientId: c, clientSecret: { env: A, file: b }'),
      'hosts.a.clientSecret: expected {env: NAME} or {file: PATH}',
    ],
    ['an id without a secret', a('clientId: c'), 'hosts.a: clientId and clientSecret go together'],
    [
      'a secret without an id',
      a('clientSecret: { env: A }'),
      'hosts.a: clientId and clientSecret go together',
    ],
    [
      'two ways to be somebody',
      a('clientId: c, clientSecret: { env: A }, token: { env: B }'),
      'hosts.a: expected clientSecret or token, not both',
    ],
    [
      'a key nobody knows',
      a('clientSecrt: { env: A }'),
      'hosts.a: unknown key "clientSecrt"; did you mean clientSecret?',
    ],
    ['another key nobody knows', 'host: {}', 'unknown key "host"; did you mean hosts?'],
    [
      'a key like no other',
      a('zzz: 1'),
      'hosts.a: unknown key "zzz"; known are url, clientId, clientSecret, algorithm, token, ca, proxy, timeout',
    ],
    ['a profile without URL', 'hosts: { a: {} }', 'hosts.a.url: expected a text'],
    [
      'a URL of another kind',
      'hosts: { a: { url: "ftp://a" } }',
      'hosts.a.url: expected an http or https URL',
    ],
    [
      'a URL with a password',
      'hosts: { a: { url: "http://u:s3cret@a" } }',
      'hosts.a.url: expected a URL without a user or password in it',
    ],
    ['an algorithm apps do not have', a('algorithm: none'), 'hosts.a.algorithm: expected HS256 or HS512'],
    ['no time', a('timeout: 0'), 'hosts.a.timeout: expected seconds, from 0.1 to 86400'],
    ['time as text', a('timeout: 1m'), 'hosts.a.timeout: expected seconds, from 0.1 to 86400'],
    [
      'a name that is a URL',
      'hosts: { "http://a": { url: "http://a" } }',
      'hosts.http://a: expected letters, digits, - _ and . in the name',
    ],
    ['a list', '[a]', 'expected the keys default and hosts'],
    ['no YAML', 'hosts: { s3cret', ', line 1: BAD_INDENT'],
    ['a key twice', 'default: a\ndefault: b', ', line 2: DUPLICATE_KEY'],
  ])('%s, and no secret is repeated', (_name, text, words) => {
    const outcome = refused(text);
    expect(outcome).toMatch(/^profiles_invalid: /);
    expect(outcome).toContain(words);
    expect(outcome).not.toContain('s3cret');
  });

  test('a default that is no profile', () => {
    expect(refused('{ default: stagin, hosts: { staging: { url: "http://a" } } }')).toMatch(
      /^profile_unknown: .*did you mean staging\?$/,
    );
  });

  test('a file of aliases that grow without end', () => {
    const lines = [
      'a0: &a0 [x]',
      ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
    ];
    expect(refused(lines.join('\n'))).toContain('too many aliases');
  });

  test.skipIf(process.platform === 'win32').each([0o620, 0o602, 0o666])(
    'a file others may write to: mode %o',
    (mode) => {
      const { file } = config('');
      chmodSync(file, mode);
      expect(() => readProfiles({ BOTPORT_CONFIG: file })).toThrow(/can be changed by others.*mode/);
    },
  );
});

test('whatever the file holds, it is read or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(refused(text)).toMatch(/^(taken|profiles_invalid|profile_unknown)/);
    }),
    { numRuns: 60 },
  );
});
