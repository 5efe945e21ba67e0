import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import {
  base64url,
  CompactSign,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AppCredentials, openApps } from '../../src/auth/apps.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import { clockTolerance } from '../../src/auth/token.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { botA, botB, type Fixture, failureOf, openFixture } from './support.ts';

let fixture: Fixture;
let app: AppCredentials;

beforeAll(async () => {
  fixture = await openFixture();
  app = await fixture.makeApp();
});
afterAll(() => fixture.close());

const now = () => Math.floor(Date.now() / 1000);
const bytes = (text: string) => new TextEncoder().encode(text);

/** A token of the app, signed by another library call than the one under test, changed as told. */
function sign(
  claims: JWTPayload,
  {
    secret = app.clientSecret,
    header = { alg: 'HS256' },
  }: { secret?: string; header?: JWTHeaderParameters } = {},
) {
  return new SignJWT(claims).setProtectedHeader(header).sign(bytes(secret));
}

function refusal(token: string | undefined) {
  return failureOf(() => fixture.apps.authenticate(token));
}

const plainRefusal = { type: 'invalid_credentials', detail: undefined };

describe('a good token', () => {
  test('tells who asks', async () => {
    const caller = await fixture.apps.authenticate(await sign({ appId: app.clientId }));
    expect(caller).toEqual({
      clientId: app.clientId,
      accountId: expect.stringMatching(/^[0-9a-f]{24}$/),
      kind: 'admin',
      limited: false,
      scopes: new Set(['bot_definition:bot_export']),
      userId: expect.stringMatching(/^u-[0-9a-f-]{36}$/),
    });
  });

  test('of a builder app tells that it is limited to its bot', async () => {
    const builder = await fixture.makeApp({ kind: 'builder', bots: [botA] });
    const caller = await fixture.apps.authenticate(await makeToken(builder));
    expect(caller).toMatchObject({ kind: 'builder', limited: true });
    expect(await fixture.apps.covers(caller, botA)).toBe(true);
    expect(await fixture.apps.covers(caller, botB)).toBe(false);
  });

  test.each<[string, JWTPayload, JWTHeaderParameters?]>([
    ['without any time', {}],
    ['with iat alone', { iat: now() }],
    ['with an iat in the future', { iat: now() + 3600 }],
    ['with sub', { sub: '1234567890' }],
    [
      'with jti, aud, iss and isAnonymous',
      {
        jti: randomUUID(),
        aud: 'https://idproxy.kore.ai/authorize',
        iss: 'cs-somebody',
        isAnonymous: true,
        sub: randomUUID(),
        iat: now(),
        exp: now() + 86_400,
      },
    ],
    ['with more members in its JOSE header', {}, { alg: 'HS256', type: 'JWT', kid: 'k-1' }],
    ['that ran out within the clock tolerance', { exp: now() - clockTolerance + 10 }],
    ['that begins within the clock tolerance', { nbf: now() + clockTolerance - 10 }],
  ])('%s is taken', async (_name, claims, header = { alg: 'HS256' }) => {
    const token = await sign({ ...claims, appId: app.clientId }, { header });
    await expect(fixture.apps.authenticate(token)).resolves.toMatchObject({ clientId: app.clientId });
  });

  test('is taken with white space around it', async () => {
    const token = ` ${await sign({ appId: app.clientId })}\n`;
    await expect(fixture.apps.authenticate(token)).resolves.toMatchObject({ clientId: app.clientId });
  });

  test('of an HS512 app is taken', async () => {
    const strong = await fixture.makeApp({ algorithm: 'HS512' });
    const token = await makeToken({ ...strong, algorithm: 'HS512' });
    await expect(fixture.apps.authenticate(token)).resolves.toMatchObject({ clientId: strong.clientId });
  });

  test('is signed with the text of the secret, not with the bytes the base64 stands for', async () => {
    const decoded = Buffer.from(app.clientSecret, 'base64');
    const token = await new SignJWT({ appId: app.clientId })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(decoded);
    expect(await refusal(token)).toEqual(plainRefusal);
  });
});

describe('no credentials', () => {
  test.each([
    ['a missing header', undefined],
    ['an empty header', ''],
    ['a blank header', ' \t '],
  ])('%s is invalid_credentials', async (_name, header) => {
    expect(await refusal(header)).toMatchObject({ type: 'invalid_credentials' });
  });
});

describe('what is no JWT', () => {
  const header = base64url.encode('{"alg":"HS256"}');
  const payload = base64url.encode('{"appId":"cs-1"}');
  test.each([
    ['a word', 'JWTToken'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${header}.${payload}.a.b`],
    ['five parts', `${header}.${payload}.a.b.c`],
    ['an empty header', `.${payload}.abcd`],
    ['an empty payload', `${header}..abcd`],
    ['a header that is not base64url', `$$$$.${payload}.abcd`],
    ['a header that is not JSON', `${base64url.encode('alg')}.${payload}.abcd`],
    ['a header that is no object', `${base64url.encode('["HS256"]')}.${payload}.abcd`],
    ['a payload that is not JSON', `${header}.${base64url.encode('appId')}.abcd`],
    ['a payload that is no object', `${header}.${base64url.encode('"cs-1"')}.abcd`],
    ['a payload that is not UTF-8', `${header}.${base64url.encode(Uint8Array.of(0x22, 0xff, 0x22))}.abcd`],
    ['a signature of an impossible length', `${header}.${payload}.abcde`],
    ['padded base64', `${header}=.${payload}.abcd`],
    ['letters outside ASCII', `${header}.${payload}.äöüß`],
  ])('%s is invalid_token', async (_name, token) => {
    expect(await refusal(token)).toMatchObject({ type: 'invalid_token' });
  });

  test('a good token after "Bearer" is invalid_token, and the detail says what to leave out', async () => {
    const token = `Bearer ${await sign({ appId: app.clientId })}`;
    expect(await refusal(token)).toEqual({ type: 'invalid_token', detail: 'leave out "Bearer"' });
  });

  test('a good but huge token is invalid_token', async () => {
    const token = await sign({ appId: app.clientId, note: 'x'.repeat(10_000) });
    expect(await refusal(token)).toMatchObject({ type: 'invalid_token' });
  });

  test('a token with a critical extension is invalid_token', async () => {
    const token = await new SignJWT({ appId: app.clientId })
      .setProtectedHeader({ alg: 'HS256', crit: ['urn:x'], 'urn:x': 1 })
      .sign(bytes(app.clientSecret), { crit: { 'urn:x': true } });
    expect(await refusal(token)).toMatchObject({ type: 'invalid_token' });
  });

  test('a signed token with an unencoded payload is invalid_token', async () => {
    // RFC 7797: the signature is over the bare payload; this one reads as base64url all the same.
    const input = `${base64url.encode('{"alg":"HS256","b64":false,"crit":["b64"]}')}.${base64url.encode(
      JSON.stringify({ appId: app.clientId }),
    )}`;
    const signature = createHmac('sha256', app.clientSecret).update(input).digest('base64url');
    expect(await refusal(`${input}.${signature}`)).toMatchObject({ type: 'invalid_token' });
  });
});

describe('a JWT that proves nothing', () => {
  test('without a signature (alg none) is refused', async () => {
    expect(await refusal(new UnsecuredJWT({ appId: app.clientId }).encode())).toMatchObject({
      type: 'invalid_credentials',
    });
  });

  test('without a signature under a header that promises one is refused', async () => {
    const token = await sign({ appId: app.clientId });
    expect(await refusal(token.slice(0, token.lastIndexOf('.') + 1))).toEqual(plainRefusal);
  });

  test('signed with another secret is refused', async () => {
    const other = await fixture.makeApp();
    const token = await sign({ appId: app.clientId }, { secret: other.clientSecret });
    expect(await refusal(token)).toEqual(plainRefusal);
  });

  test('with a payload changed after signing is refused', async () => {
    const [header, , signature] = (await sign({ appId: app.clientId, exp: now() - 3600 })).split('.');
    const payload = base64url.encode(JSON.stringify({ appId: app.clientId, exp: now() + 3600 }));
    expect(await refusal(`${header}.${payload}.${signature}`)).toEqual(plainRefusal);
  });

  test('with a header changed after signing is refused', async () => {
    const [, payload, signature] = (await sign({ appId: app.clientId })).split('.');
    const header = base64url.encode('{"typ":"JWT","alg":"HS256"}');
    expect(await refusal(`${header}.${payload}.${signature}`)).toEqual(plainRefusal);
  });

  test('signed with HS512 by an HS256 app is refused', async () => {
    const token = await sign({ appId: app.clientId }, { header: { alg: 'HS512' } });
    expect(await refusal(token)).toEqual(plainRefusal);
  });

  test('signed with HS256 by an HS512 app is refused', async () => {
    const strong = await fixture.makeApp({ algorithm: 'HS512' });
    expect(await refusal(await makeToken({ ...strong, algorithm: 'HS256' }))).toEqual(plainRefusal);
  });

  test('signed with HS384 is refused', async () => {
    const token = await sign({ appId: app.clientId }, { header: { alg: 'HS384' } });
    expect(await refusal(token)).toMatchObject({ type: 'invalid_credentials' });
  });

  test('signed with an RSA key (RS256) is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const token = await new SignJWT({ appId: app.clientId })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(privateKey);
    expect(await refusal(token)).toMatchObject({ type: 'invalid_credentials' });
  });

  test('signed with the secret under an RS256 header is refused', async () => {
    const [, payload, signature] = (await sign({ appId: app.clientId })).split('.');
    const token = `${base64url.encode('{"alg":"RS256"}')}.${payload}.${signature}`;
    expect(await refusal(token)).toMatchObject({ type: 'invalid_credentials' });
  });

  test('that brings its own key along is refused', async () => {
    const jwk = { kty: 'oct', k: base64url.encode('mine') };
    const token = await sign({ appId: app.clientId }, { secret: 'mine', header: { alg: 'HS256', jwk } });
    expect(await refusal(token)).toEqual(plainRefusal);
  });
});

describe('a JWT that names no app', () => {
  test.each<[string, JWTPayload]>([
    ['without appId', {}],
    ['with clientId instead', { clientId: 'the client id' }],
    ['with appid in small letters', { appid: 'the client id' }],
    ['with a number as appId', { appId: 7 }],
    ['with null as appId', { appId: null }],
    ['with a list as appId', { appId: ['the client id'] }],
    ['with an object as appId', { appId: { $ne: null } }],
  ])('%s is refused, and the detail names the claim', async (_name, claims) => {
    const text = JSON.stringify(claims).replaceAll('the client id', app.clientId);
    expect(await refusal(await sign(JSON.parse(text)))).toEqual({
      type: 'invalid_credentials',
      detail: 'no text in the claim `appId`',
    });
  });

  test.each([
    ['unknown', `cs-${randomUUID()}`],
    ['empty', ''],
    ['not even an id', "cs-' or 1=1 --"],
    ['the id in capitals', 'CAPITALS'],
  ])('with an appId that is %s is refused as a wrong secret is', async (_name, appId) => {
    const token = await sign({ appId: appId === 'CAPITALS' ? app.clientId.toUpperCase() : appId });
    expect(await refusal(token)).toEqual(plainRefusal);
  });
});

describe('a JWT of another time', () => {
  test('that has expired is refused, and the detail says so', async () => {
    expect(await refusal(await sign({ appId: app.clientId, exp: now() - clockTolerance - 5 }))).toEqual({
      type: 'invalid_credentials',
      detail: 'the token has expired',
    });
  });

  test('that is not valid yet is refused, and the detail says so', async () => {
    expect(await refusal(await sign({ appId: app.clientId, nbf: now() + clockTolerance + 60 }))).toEqual({
      type: 'invalid_credentials',
      detail: 'the token is not valid yet',
    });
  });

  test('whose exp is no number is refused', async () => {
    const claims = { appId: app.clientId, exp: 'tomorrow' } as unknown as JWTPayload;
    const token = await new CompactSign(bytes(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(bytes(app.clientSecret));
    expect(await refusal(token)).toEqual({
      type: 'invalid_credentials',
      detail: 'the claim `exp` is no number',
    });
  });

  test('that has expired and is signed with another secret says nothing of its time', async () => {
    const token = await sign({ appId: app.clientId, exp: now() - 3600 }, { secret: 'wrong' });
    expect(await refusal(token)).toEqual(plainRefusal);
  });
});

describe('a token that was found good', () => {
  test('is good again, and refused from the moment it expires', async () => {
    const token = await makeToken({ ...app, lifetimeSeconds: 60 });
    const caller = await fixture.apps.authenticate(token);
    const expires = now() + 60;
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      vi.setSystemTime((expires + clockTolerance - 1) * 1000);
      expect(await fixture.apps.authenticate(token)).toEqual(caller);
      vi.setSystemTime((expires + clockTolerance + 1) * 1000);
      expect(await refusal(token)).toMatchObject({ detail: 'the token has expired' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('is refused once the app has another secret', async () => {
    const changing = await fixture.makeApp();
    const token = await makeToken(changing);
    await fixture.apps.authenticate(token);
    const sealed = fixture.secretBox.seal('another secret', changing.clientId);
    await fixture.db
      .updateTable('apps')
      .set({ sealed_secret: sealed })
      .where('client_id', '=', changing.clientId)
      .execute();
    expect(await refusal(token)).toEqual(plainRefusal);
  });

  test('tells the scopes and bots the app has by now', async () => {
    const growing = await fixture.makeApp({ bots: [botA] });
    const token = await makeToken(growing);
    await fixture.apps.authenticate(token);
    await fixture.db
      .updateTable('apps')
      .set({ limited: 0, scopes: '["bot_publish:publish_request"]' })
      .where('client_id', '=', growing.clientId)
      .execute();
    expect(await fixture.apps.authenticate(token)).toMatchObject({
      limited: false,
      scopes: new Set(['bot_publish:publish_request']),
    });
  });
});

describe('a revoked app', () => {
  test('is refused although its key was in use', async () => {
    const doomed = await fixture.makeApp();
    const token = await makeToken(doomed);
    await fixture.apps.authenticate(token);
    await fixture.apps.revoke(doomed.clientId);
    expect(await refusal(token)).toEqual({ type: 'invalid_credentials', detail: 'the app was revoked' });
  });

  test('is refused at once when another connection revoked it', async () => {
    const doomed = await fixture.makeApp();
    const token = await makeToken(doomed);
    await fixture.apps.authenticate(token);
    const elsewhere = await openDatabase(fixture.folder);
    await openApps(elsewhere, fixture.secretBox).revoke(doomed.clientId);
    await elsewhere.destroy();
    expect(await refusal(token)).toMatchObject({ type: 'invalid_credentials' });
  });

  test('is not admitted to be revoked to one who lacks its secret', async () => {
    const doomed = await fixture.makeApp();
    await fixture.apps.revoke(doomed.clientId);
    expect(await refusal(await sign({ appId: doomed.clientId }, { secret: 'wrong' }))).toEqual(plainRefusal);
  });
});

describe('laws', () => {
  const known = ['invalid_token', 'invalid_credentials'];

  test('any text at all ends in one of the two errors', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((json) => base64url.encode(json)),
      fc.base64String().map((text) => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
      fc.constantFrom(base64url.encode('{"alg":"HS256"}'), base64url.encode('{"alg":"HS512"}')),
    );
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (token) => known.includes((await refusal(token)).type)),
      { numRuns: 500 },
    );
  });

  test('a forged header or payload of any shape ends in one of the two errors', async () => {
    const object = fc.dictionary(
      fc.constantFrom('alg', 'typ', 'crit', 'b64', 'appId', 'exp', 'nbf', 'iat', '__proto__', 'jwk'),
      fc.oneof(fc.constantFrom('HS256', 'HS512', 'none', ['b64'], false, app.clientId), fc.jsonValue()),
    );
    await fc.assert(
      fc.asyncProperty(object, object, fc.base64String(), async (header, payload, signature) => {
        const parts = [header, payload].map((value) => base64url.encode(JSON.stringify(value)));
        const token = [...parts, base64url.encode(signature)].join('.');
        return known.includes((await refusal(token)).type);
      }),
      { numRuns: 500 },
    );
  });

  test('one changed letter anywhere in a good token never passes as another app', async () => {
    const token = await sign({ appId: app.clientId });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: token.length - 1 }),
        fc.constantFrom('A', '7', '_', '.'),
        async (at, letter) => {
          const changed = token.slice(0, at) + letter + token.slice(at + 1);
          // The last letter of a base64url text has bits that count for nothing.
          if (changed === token || at === token.length - 1) return true;
          return known.includes((await refusal(changed)).type);
        },
      ),
      { numRuns: 300 },
    );
  });
});
