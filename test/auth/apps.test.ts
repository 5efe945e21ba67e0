import { rmSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApps } from '../../src/auth/apps.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import { isId } from '../../src/ids.ts';
import { openSecretBox } from '../../src/storage/secret-box.ts';
import {
  botA,
  botB,
  bytesOf,
  type Fixture,
  failureOf,
  makeFolder,
  openFixture,
  removeFolder,
} from './support.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

describe('create', () => {
  test('hands out a client id and a secret of 32 random bytes as base64', async () => {
    const app = await fixture.makeApp();
    expect(isId('cs', app.clientId)).toBe(true);
    expect(app.clientSecret).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(app.clientSecret, 'base64')).toHaveLength(32);
    expect((await fixture.makeApp()).clientSecret).not.toBe(app.clientSecret);
  });

  test('drops bots and scopes named twice', async () => {
    const app = await fixture.makeApp({
      bots: [botA, botA],
      scopes: ['bot_definition:bot_export', 'bot_definition:bot_export'],
    });
    expect(app).toMatchObject({ bots: [botA], scopes: ['bot_definition:bot_export'] });
  });

  test.each([
    ['an empty name', { name: ' ' }, 'the name is empty'],
    ['a builder app without a bot', { kind: 'builder' }, 'a builder app has exactly one bot, not 0'],
    [
      'a builder app with two bots',
      { kind: 'builder', bots: [botA, botB] },
      'a builder app has exactly one bot, not 2',
    ],
    [
      'a bot id of another form',
      { bots: ['st-1'] },
      '"st-1" is no bot id; one looks like st-<uuid>, in small letters',
    ],
    [
      'a builder app that would import',
      { kind: 'builder', bots: [botA], scopes: ['bot_definition:bot_import'] },
      'only an admin app can hold the scope "Bot Definition > Bot Import"',
    ],
    [
      'an admin app with a scope of builder apps',
      { scopes: ['bot_variables:export'] },
      'only a builder app can hold the scope "Export Variables"',
    ],
  ] as const)('refuses %s', async (_name, changes, detail) => {
    const app = changes as Parameters<Fixture['makeApp']>[0];
    expect(await failureOf(() => fixture.makeApp(app))).toEqual({ type: 'app_invalid', detail });
  });
});

describe('list', () => {
  test('shows each app without its secret', async () => {
    const app = await fixture.makeApp({ name: ' listed ', algorithm: 'HS512', bots: [botA] });
    const listed = (await fixture.apps.list()).find(({ clientId }) => clientId === app.clientId);
    expect(listed).toEqual({
      clientId: app.clientId,
      name: 'listed',
      kind: 'admin',
      algorithm: 'HS512',
      bots: [botA],
      scopes: ['bot_definition:bot_export'],
      createdAt: expect.any(Number),
      revokedAt: null,
    });
  });

  test('leaves out scopes this version does not know', async () => {
    const { clientId } = await fixture.makeApp();
    await fixture.db
      .updateTable('apps')
      .set({ scopes: '["bot_definition:bot_export","future:scope"]' })
      .where('client_id', '=', clientId)
      .execute();
    const listed = (await fixture.apps.list()).find((app) => app.clientId === clientId);
    expect(listed?.scopes).toEqual(['bot_definition:bot_export']);
  });
});

describe('revoke', () => {
  test('of an unknown app is app_unknown', async () => {
    expect(await failureOf(() => fixture.apps.revoke('cs-nobody'))).toMatchObject({ type: 'app_unknown' });
  });

  test('keeps the moment of the first time', async () => {
    const { clientId } = await fixture.makeApp();
    const revokedAt = async () =>
      (await fixture.apps.list()).find((app) => app.clientId === clientId)?.revokedAt;
    await fixture.apps.revoke(clientId);
    const first = await revokedAt();
    await new Promise((done) => setTimeout(done, 5));
    await fixture.apps.revoke(clientId);
    expect(await revokedAt()).toBe(first);
    expect(first).toEqual(expect.any(Number));
  });
});

describe('secrets at rest', () => {
  test('no file of the data folder holds a client secret in clear, as text or as bytes', async () => {
    const { clientId, clientSecret } = await fixture.makeApp();
    const stored = bytesOf(fixture.folder);
    expect(stored.includes(clientId)).toBe(true);
    expect(stored.includes(clientSecret)).toBe(false);
    expect(stored.includes(Buffer.from(clientSecret, 'base64'))).toBe(false);
  });

  test('a sealed secret cannot be moved to another app', async () => {
    const [one, two] = [await fixture.makeApp(), await fixture.makeApp()];
    const row = await fixture.db
      .selectFrom('apps')
      .select('sealed_secret')
      .where('client_id', '=', one.clientId)
      .executeTakeFirstOrThrow();
    await fixture.db.updateTable('apps').set(row).where('client_id', '=', two.clientId).execute();
    const forged = await makeToken({ clientId: two.clientId, clientSecret: one.clientSecret });
    expect(await failureOf(() => fixture.apps.authenticate(forged))).toMatchObject({
      type: 'data_key_mismatch',
    });
    await fixture.db.deleteFrom('apps').where('client_id', '=', two.clientId).execute();
  });

  test('sealing and opening give back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, context) => {
        expect(fixture.secretBox.open(fixture.secretBox.seal(plain, context), context)).toBe(plain);
      }),
    );
  });
});

describe('with another key file', () => {
  let lost: Fixture;
  let other: string;
  beforeAll(async () => {
    lost = await openFixture();
    other = makeFolder();
  });
  afterAll(async () => {
    await lost.close();
    removeFolder(other);
  });

  test('an empty database is fine', async () => {
    await expect(openApps(lost.db, openSecretBox(other)).checkKey()).resolves.toBeUndefined();
  });

  test('checkKey, create and authenticate are data_key_mismatch', async () => {
    const app = await lost.makeApp();
    await expect(lost.apps.checkKey()).resolves.toBeUndefined();
    rmSync(path.join(lost.folder, 'botport.key'));
    const apps = openApps(lost.db, openSecretBox(lost.folder));
    const token = await makeToken(app);
    const calls = [
      () => apps.checkKey(),
      () => apps.create({ name: 'x', kind: 'admin', algorithm: 'HS256', scopes: [], bots: [] }),
      () => apps.authenticate(token),
    ];
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ type: 'data_key_mismatch' });
  });
});
