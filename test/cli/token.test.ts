import { decodeJwt, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { botport } from './run.ts';

const BOTPORT_CLIENT_ID = 'cs-11111111-1111-5111-8111-111111111111';
const BOTPORT_CLIENT_SECRET = `${'s'.repeat(43)}=`;
const both = { BOTPORT_CLIENT_ID, BOTPORT_CLIENT_SECRET };
const key = new TextEncoder().encode(BOTPORT_CLIENT_SECRET);

test('prints the JWT and nothing else', async () => {
  const { code, stdout, stderr } = await botport(['token'], both);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { payload } = await jwtVerify(stdout.trim(), key, { algorithms: ['HS256'] });
  expect(payload).toMatchObject({ appId: BOTPORT_CLIENT_ID, exp: (payload.iat ?? 0) + 3600 });
  expect(payload).not.toHaveProperty('sub');
});

test('takes subject, algorithm and life', async () => {
  const args = ['token', '--sub', '1234567890', '--algorithm', 'HS512', '--expires', '60'];
  const { stdout } = await botport(args, both);
  const { payload } = await jwtVerify(stdout.trim(), key, { algorithms: ['HS512'] });
  expect(payload).toMatchObject({ sub: '1234567890', exp: (payload.iat ?? 0) + 60 });
});

test('needs no data folder and makes none', async () => {
  const { stdout } = await botport(['token'], { ...both, BOTPORT_DATA: '/nonexistent/folder' });
  expect(decodeJwt(stdout.trim())).toMatchObject({ appId: BOTPORT_CLIENT_ID });
});

describe('a missing variable', () => {
  test.each([
    ['BOTPORT_CLIENT_ID', 'the client id', { BOTPORT_CLIENT_SECRET }],
    ['BOTPORT_CLIENT_SECRET', 'the client secret', { BOTPORT_CLIENT_ID }],
    ['BOTPORT_CLIENT_SECRET', 'the client secret', { BOTPORT_CLIENT_ID, BOTPORT_CLIENT_SECRET: '' }],
  ])('%s is named', async (variable, what, variables) => {
    const { code, stdout, stderr } = await botport(['token'], variables);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(
      `botport: A setting is not valid: ${variable}: expected ${what} that \`botport apps create\` printed`,
    );
  });
});

describe('wrong use', () => {
  test.each([
    ['no life at all', ['--expires', '0']],
    ['a life that is no number', ['--expires', 'never']],
    ['an algorithm apps do not have', ['--algorithm', 'none']],
    ['the secret as an option', ['--secret', 'x']],
    ['the secret as an argument', ['x']],
  ])('%s ends with 2', async (_name, args) => {
    expect(await botport(['token', ...args], both)).toMatchObject({ code: 2, stdout: '' });
  });
});
