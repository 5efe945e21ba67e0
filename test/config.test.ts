import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../src/config.ts';
import { failureOf } from './auth/support.ts';

test('without any variable every setting has its default', () => {
  expect(loadConfig({})).toEqual({
    host: '127.0.0.1',
    port: 8080,
    dataFolder: path.resolve('botport-data'),
    publicUrl: undefined,
    logLevel: 'info',
    rateLimit: { perMinute: 60, perHour: 1800 },
    linkTtlSeconds: 86_400,
    statusHold: 2_000,
    maxBody: 1024 ** 2,
    maxUpload: 1024 ** 3,
    maxUnpacked: 2 * 1024 ** 3,
    maxItem: 64 * 1024 ** 2,
    keepExports: 30 * 86_400_000,
    keepUploads: 86_400_000,
    keepDrafts: null,
    keepVersions: null,
    keepReady: 3_600_000,
    collectEvery: 3_600_000,
    webhookPrivate: false,
  });
});

describe('a good value', () => {
  test.each<[string, string, keyof Config, unknown]>([
    ['BOTPORT_HOST', '0.0.0.0', 'host', '0.0.0.0'],
    ['BOTPORT_HOST', '::1', 'host', '::1'],
    ['BOTPORT_PORT', '0', 'port', 0],
    ['BOTPORT_PORT', '65535', 'port', 65_535],
    ['BOTPORT_DATA', '/var/lib/botport', 'dataFolder', '/var/lib/botport'],
    ['BOTPORT_DATA', 'here', 'dataFolder', path.resolve('here')],
    ['BOTPORT_PUBLIC_URL', 'https://bots.example.com', 'publicUrl', 'https://bots.example.com'],
    ['BOTPORT_PUBLIC_URL', 'http://10.0.0.1:8081/base//', 'publicUrl', 'http://10.0.0.1:8081/base'],
    ...(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map(
      (level): [string, string, keyof Config, unknown] => ['BOTPORT_LOG', level, 'logLevel', level],
    ),
    ['BOTPORT_RATE_LIMIT', '1/2', 'rateLimit', { perMinute: 1, perHour: 2 }],
    ['BOTPORT_RATE_LIMIT', 'off', 'rateLimit', null],
    ['BOTPORT_LINK_TTL', '1', 'linkTtlSeconds', 1],
    ['BOTPORT_LINK_TTL', '31536000', 'linkTtlSeconds', 31_536_000],
    ['BOTPORT_STATUS_HOLD', '0', 'statusHold', 0],
    ['BOTPORT_STATUS_HOLD', '10000', 'statusHold', 10_000],
    ['BOTPORT_MAX_BODY', '500kB', 'maxBody', 500 * 1024],
    ['BOTPORT_MAX_BODY', '4000', 'maxBody', 4000],
    ['BOTPORT_MAX_UPLOAD', '1.5 GB', 'maxUpload', 1.5 * 1024 ** 3],
    ['BOTPORT_MAX_UPLOAD', '64mb', 'maxUpload', 64 * 1024 ** 2],
    ['BOTPORT_MAX_UNPACKED', '2048B', 'maxUnpacked', 2048],
    ['BOTPORT_MAX_ITEM', '2MB', 'maxItem', 2 * 1024 ** 2],
    ['BOTPORT_KEEP_EXPORTS', 'forever', 'keepExports', null],
    ['BOTPORT_KEEP_EXPORTS', '1m', 'keepExports', 60_000],
    ['BOTPORT_KEEP_EXPORTS', '36500d', 'keepExports', 36_500 * 86_400_000],
    ['BOTPORT_KEEP_UPLOADS', '12h', 'keepUploads', 12 * 3_600_000],
    ['BOTPORT_KEEP_DRAFTS', '1', 'keepDrafts', 1],
    ['BOTPORT_KEEP_DRAFTS', 'all', 'keepDrafts', null],
    ['BOTPORT_KEEP_VERSIONS', '1000000', 'keepVersions', 1_000_000],
    ['BOTPORT_KEEP_READY', '0m', 'keepReady', 0],
    ['BOTPORT_KEEP_READY', 'forever', 'keepReady', null],
    ['BOTPORT_GC_EVERY', 'off', 'collectEvery', null],
    ['BOTPORT_GC_EVERY', '24d', 'collectEvery', 24 * 86_400_000],
    ['BOTPORT_WEBHOOK_PRIVATE', 'allow', 'webhookPrivate', true],
    ['BOTPORT_WEBHOOK_PRIVATE', 'refuse', 'webhookPrivate', false],
  ])('%s=%s is taken', (variable, value, setting, expected) => {
    expect(loadConfig({ [variable]: value })[setting]).toEqual(expected);
  });
});

describe('a bad value', () => {
  test.each([
    ['BOTPORT_PORT', '65536'],
    ['BOTPORT_PORT', '-1'],
    ['BOTPORT_PORT', '80a'],
    ['BOTPORT_PORT', '8080.5'],
    ['BOTPORT_PORT', '0x50'],
    ['BOTPORT_PORT', ' 80'],
    ['BOTPORT_PUBLIC_URL', 'bots.example.com'],
    ['BOTPORT_PUBLIC_URL', 'ftp://bots.example.com'],
    ['BOTPORT_PUBLIC_URL', 'javascript:alert(1)'],
    ['BOTPORT_LOG', 'verbose'],
    ['BOTPORT_LOG', 'INFO'],
    ['BOTPORT_RATE_LIMIT', '60'],
    ['BOTPORT_RATE_LIMIT', '0/10'],
    ['BOTPORT_RATE_LIMIT', '60/0'],
    ['BOTPORT_RATE_LIMIT', '60/1800/1'],
    ['BOTPORT_RATE_LIMIT', 'OFF'],
    ['BOTPORT_LINK_TTL', '0'],
    ['BOTPORT_LINK_TTL', '31536001'],
    ['BOTPORT_LINK_TTL', '1d'],
    ['BOTPORT_STATUS_HOLD', '10001'],
    ['BOTPORT_STATUS_HOLD', '2s'],
    ['BOTPORT_KEEP_EXPORTS', '0m'],
    ['BOTPORT_KEEP_EXPORTS', '36501d'],
    ['BOTPORT_KEEP_EXPORTS', '30'],
    ['BOTPORT_KEEP_UPLOADS', 'never'],
    ['BOTPORT_KEEP_DRAFTS', '0'],
    ['BOTPORT_KEEP_DRAFTS', '1d'],
    ['BOTPORT_KEEP_VERSIONS', '1000001'],
    ['BOTPORT_KEEP_VERSIONS', 'forever'],
    ['BOTPORT_KEEP_READY', '1s'],
    ['BOTPORT_GC_EVERY', '0m'],
    ['BOTPORT_GC_EVERY', '25d'],
    ['BOTPORT_GC_EVERY', 'forever'],
    ['BOTPORT_WEBHOOK_PRIVATE', 'true'],
    ['BOTPORT_KEEP_UPLOADS', '30s'],
    ['BOTPORT_MAX_BODY', '1 TB'],
    ['BOTPORT_MAX_BODY', '0'],
    ['BOTPORT_MAX_UPLOAD', '9999999GB'],
    ['BOTPORT_MAX_BODY', '-1'],
    ['BOTPORT_MAX_UPLOAD', 'much'],
    ['BOTPORT_MAX_UPLOAD', '1,5GB'],
    ['BOTPORT_MAX_UNPACKED', '.5GB'],
    ['BOTPORT_MAX_ITEM', '2 M'],
  ])('%s=%j is refused, naming the variable and what it may hold', async (variable, value) => {
    const failure = await failureOf(() => loadConfig({ [variable]: value }));
    expect(failure.type).toBe('setting_invalid');
    expect(failure.detail).toMatch(new RegExp(`^${variable}: expected \\S`));
  });
});

test.each(['BOTPORT_PORT', 'BOTPORT_HOST', 'BOTPORT_PUBLIC_URL', 'BOTPORT_MAX_BODY'])(
  '%s set to nothing counts as not set',
  (variable) => expect(loadConfig({ [variable]: '' })).toEqual(loadConfig({})),
);

test('variables of other programs are ignored', () => {
  expect(loadConfig({ PATH: '/bin', PORT: '1', BOTPORT_CLIENT_SECRET: 'x' })).toEqual(loadConfig({}));
});
