import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveHost } from '../../src/profiles/resolve-host.ts';
import { configFolders } from './support.ts';

const config = configFolders();

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const profiles = `
default: staging
hosts:
  staging:
    url: https://staging.example
    clientId: cs-staging
    clientSecret: { env: STAGING_SECRET }
    proxy: http://proxy.staging:3128
    timeout: 5
  production:
    url: https://production.example/base/
    clientId: cs-production
    clientSecret: { file: production.secret }
    algorithm: HS512
    ca: ca.pem
  bare:
    url: https://bare.example
  ready:
    url: https://ready.example
    token: { env: READY_TOKEN }
  twin:
    url: https://twin.example
    token: { env: READY_TOKEN }
  other-twin:
    url: https://twin.example/
    token: { env: READY_TOKEN }
`;

const ofEnvironment = { BOTPORT_CLIENT_ID: 'cs-env', BOTPORT_CLIENT_SECRET: 'secret-env' };
const fromEnvironment = { clientId: 'cs-env', clientSecret: 'secret-env', algorithm: 'HS256' };
const fromStaging = { clientId: 'cs-staging', clientSecret: 'secret-staging', algorithm: 'HS256' };
const fromProduction = { clientId: 'cs-production', clientSecret: 'secret-production', algorithm: 'HS512' };

function resolve(wanted: string | undefined, env: Record<string, string> = {}) {
  const { file, write } = config(profiles);
  write('production.secret', 'secret-production\n');
  write('ca.pem', pem);
  return resolveHost(wanted, {
    BOTPORT_CONFIG: file,
    STAGING_SECRET: 'secret-staging',
    READY_TOKEN: 'aaa.bbb.ccc',
    ...env,
  });
}

describe('which host', () => {
  test.each([
    ['a profile', 'production', {}, 'https://production.example/base/'],
    ['a URL', 'http://x.example', {}, 'http://x.example'],
    ['the default of the file', undefined, {}, 'https://staging.example'],
    ['BOTPORT_URL before the default', undefined, { BOTPORT_URL: 'http://x.example' }, 'http://x.example'],
    ['a profile in BOTPORT_URL', undefined, { BOTPORT_URL: 'bare' }, 'https://bare.example'],
    [
      'what is wanted before BOTPORT_URL',
      'bare',
      { BOTPORT_URL: 'http://x.example' },
      'https://bare.example',
    ],
  ])('%s', (_name, wanted, env, url) => {
    expect(resolve(wanted, { ...ofEnvironment, ...env }).url).toBe(url);
  });

  test('this machine, where nothing is said', () => {
    const { file } = config('');
    expect(resolveHost(undefined, { BOTPORT_CONFIG: file, ...ofEnvironment }).url).toBe(
      'http://127.0.0.1:8080',
    );
  });

  test('none whose URL holds a password, which is not repeated', () => {
    const call = () => resolve('http://u:s3cret@x.example', ofEnvironment);
    expect(call).toThrow('has a user or password in it');
    expect(call).not.toThrow('s3cret');
  });
});

describe('which app', () => {
  test.each([
    ['of a profile that is named: its own', 'production', {}, fromProduction],
    [
      'of a profile that is named: its own, also with one in the environment',
      'production',
      ofEnvironment,
      fromProduction,
    ],
    [
      'of a profile that is named and has none: that of the environment',
      'bare',
      ofEnvironment,
      fromEnvironment,
    ],
    ['of the default: its own', undefined, {}, fromStaging],
    ['of the default: that of the environment before its own', undefined, ofEnvironment, fromEnvironment],
    ['of the URL of a profile: its own', 'https://staging.example/', {}, fromStaging],
    [
      'of the URL of a profile: that of the environment before its own',
      'https://staging.example',
      ofEnvironment,
      fromEnvironment,
    ],
    ['of any other URL: that of the environment', 'http://x.example', ofEnvironment, fromEnvironment],
    ['a ready token of a profile', 'ready', {}, { token: 'aaa.bbb.ccc' }],
    [
      'a ready token of the environment, before id and secret',
      undefined,
      { ...ofEnvironment, BOTPORT_TOKEN: 'x.y.z' },
      { token: 'x.y.z' },
    ],
    [
      'with the algorithm of the environment',
      'bare',
      { ...ofEnvironment, BOTPORT_ALGORITHM: 'HS512' },
      { ...fromEnvironment, algorithm: 'HS512' },
    ],
    [
      'with an empty variable, which is none',
      undefined,
      { BOTPORT_CLIENT_ID: '', BOTPORT_TOKEN: '' },
      fromStaging,
    ],
  ])('%s', (_name, wanted, env, app) => {
    expect(resolve(wanted, env).app).toEqual(app);
  });

  test.each([
    ['a URL of no profile', 'http://x.example'],
    ['a URL that begins like that of a profile', 'https://staging.example.evil.example'],
    ['a path on the host of a profile', 'https://staging.example/other'],
    ['another port of the host of a profile', 'https://staging.example:8443'],
    ['another scheme than that of a profile', 'http://staging.example'],
    ['a URL that two profiles have', 'https://twin.example'],
  ])('of a profile is not used for %s', (_name, wanted) => {
    expect(() => resolve(wanted)).toThrow('BOTPORT_CLIENT_ID: expected the client id');
  });

  test('an id in the environment does not go with the secret of a profile', () => {
    expect(() => resolve(undefined, { BOTPORT_CLIENT_ID: 'cs-env' })).toThrow(
      'BOTPORT_CLIENT_SECRET: expected the client secret',
    );
  });

  test('a secret in a file that the environment names', () => {
    const { write } = config('');
    const file = write('secret', 'from-file\n');
    const env = { BOTPORT_CLIENT_ID: 'cs-env', BOTPORT_CLIENT_SECRET_FILE: file };
    expect(resolve('bare', env).app).toEqual({ ...fromEnvironment, clientSecret: 'from-file' });
  });

  test.skipIf(process.platform === 'win32')('a secret in a file that others can read is refused', () => {
    const { write } = config('');
    const file = write('secret', 'from-file');
    chmodSync(file, 0o640);
    const env = { BOTPORT_CLIENT_ID: 'cs-env', BOTPORT_CLIENT_SECRET_FILE: file };
    expect(() => resolve('bare', env)).toThrow(/can be read by others: .*mode 640/);
  });

  test('a secret that is missing is told by its place', () => {
    expect(() => resolve('ready', { READY_TOKEN: '' })).toThrow('the variable READY_TOKEN is empty');
  });

  test('a token that would break its header is refused, and not repeated', () => {
    const call = () => resolve('bare', { BOTPORT_TOKEN: 'abc\r\nx: y' });
    expect(call).toThrow('BOTPORT_TOKEN: expected a JWT, on one line');
  });
});

describe('how it is reached', () => {
  test('as its profile says, paths being those of the folder of the file', () => {
    expect(resolve('production')).toMatchObject({ ca: pem, proxy: undefined, timeout: undefined });
    expect(resolve('staging')).toMatchObject({ proxy: 'http://proxy.staging:3128', timeout: 5000 });
  });

  test('a profile that is named goes before the environment', () => {
    const env = { HTTPS_PROXY: 'http://other.proxy', BOTPORT_TIMEOUT: '9' };
    expect(resolve('staging', env)).toMatchObject({ proxy: 'http://proxy.staging:3128', timeout: 5000 });
  });

  test('the environment goes before the default', () => {
    const env = { https_proxy: 'http://other.proxy', BOTPORT_TIMEOUT: '9' };
    expect(resolve(undefined, env)).toMatchObject({ proxy: undefined, timeout: 9000 });
  });

  test('certificates of BOTPORT_CA are trusted', () => {
    const file = config('').write('company.pem', pem);
    expect(resolve('staging', { BOTPORT_CA: file }).ca).toBe(pem);
  });

  test.each([
    [
      { BOTPORT_CA: '/nonexistent.pem' },
      'BOTPORT_CA: there are no certificates in the form PEM in /nonexistent.pem',
    ],
    [{ BOTPORT_TIMEOUT: 'soon' }, 'BOTPORT_TIMEOUT: expected seconds'],
    [{ BOTPORT_ALGORITHM: 'none', ...ofEnvironment }, 'BOTPORT_ALGORITHM: expected HS256 or HS512'],
  ])('a setting that cannot be is named: %o', (env, words) => {
    expect(() => resolve(undefined, env)).toThrow(words);
  });
});
