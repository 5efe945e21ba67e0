import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { makeToken } from '../../src/auth/make-token.ts';

const clientId = 'cs-11111111-1111-5111-8111-111111111111';
const clientSecret = 'A'.repeat(43).concat('=');
const key = new TextEncoder().encode(clientSecret);

test('a token names its app, has an id of its own and lives an hour', async () => {
  const token = await makeToken({ clientId, clientSecret });
  const { payload, protectedHeader } = await jwtVerify(token, key, { algorithms: ['HS256'] });
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(payload).toEqual({
    appId: clientId,
    iat: expect.any(Number),
    exp: (payload.iat ?? 0) + 3600,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('a token has the subject and the life asked for', async () => {
  const payload = decodeJwt(await makeToken({ clientId, clientSecret, subject: '42', lifetimeSeconds: 60 }));
  expect(payload).toMatchObject({ sub: '42', exp: (payload.iat ?? 0) + 60 });
});

test('an HS512 app signs with HS512', async () => {
  const token = await makeToken({ clientId, clientSecret, algorithm: 'HS512' });
  expect(decodeProtectedHeader(token).alg).toBe('HS512');
  await expect(jwtVerify(token, key, { algorithms: ['HS512'] })).resolves.toBeDefined();
});

test('two tokens of one second differ', async () => {
  const [one, two] = await Promise.all([
    makeToken({ clientId, clientSecret }),
    makeToken({ clientId, clientSecret }),
  ]);
  expect(one).not.toBe(two);
});
