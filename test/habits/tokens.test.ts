import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  type Json,
  publishBot,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { handMadeToken, newBot, send } from './support.ts';

let server: TestServer;
let app: AppCredentials;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  admin = await callerOf(server, app);
});
afterAll(() => server.close());

const now = () => Math.floor(Date.now() / 1000);

async function listBots(...headers: string[]): Promise<number> {
  return (await send(server, { path: '/api/public/bots', headers })).status;
}

describe('a token', () => {
  test.each<[string, () => Json]>([
    ['the app alone, and no times', () => ({})],
    ['iat alone, of years ago', () => ({ iat: now() - 5 * 365 * 86_400 })],
    ['iat alone, in milliseconds', () => ({ iat: Date.now() })],
    ['iat of a clock that is ahead', () => ({ iat: now() + 25 })],
    ['sub and the app', () => ({ sub: '1234567890' })],
    ['five minutes to live', () => ({ sub: '1234567890', exp: now() + 300 })],
    ['times with fractions of a second', () => ({ iat: now() - 0.5, exp: now() + 3600.25 })],
    [
      'issuer and audience',
      () => ({
        sub: '1234567890',
        iat: now(),
        exp: now() + 3600,
        aud: 'https://idproxy.kore.ai/authorize',
        iss: app.clientId,
      }),
    ],
    [
      'a random subject, isAnonymous and a day to live',
      () => ({ sub: randomUUID(), iat: now(), exp: now() + 86_400, aud: '', iss: 'x', isAnonymous: true }),
    ],
    ['a jti', () => ({ sub: 'x', iat: now(), exp: now() + 60, jti: randomUUID() })],
    ['a jti that is used again', () => ({ jti: 'always the same' })],
    ['claims of all kinds', () => ({ aud: ['a', 'b'], identity: null, userInfo: { a: [1] }, sub: 'Grüße' })],
  ])('with %s is taken', async (_what, claims) => {
    expect(await listBots(`auth: ${handMadeToken(app, claims())}`)).toBe(200);
    expect(await listBots(`auth: ${handMadeToken(app, claims())}`)).toBe(200);
  });

  test.each<[string, Json]>([
    ['type beside typ', { typ: 'JWT', alg: 'HS256', type: 'JWT' }],
    ['type alone', { alg: 'HS256', type: 'JWT' }],
    ['alg alone', { alg: 'HS256' }],
    ['a kid', { alg: 'HS256', typ: 'jwt', kid: 'k-1' }],
  ])('whose header has %s is taken', async (_what, header) => {
    expect(await listBots(`auth: ${handMadeToken(app, { sub: 'x' }, header)}`)).toBe(200);
  });

  test('of an app set up for HS512 is taken', async () => {
    const other = await server.createApp({ algorithm: 'HS512' });
    expect(await listBots(`auth: ${handMadeToken(other, {}, { alg: 'HS512', typ: 'JWT' })}`)).toBe(200);
  });

  test.each([
    ['auth: TOKEN'],
    ['Auth: TOKEN'],
    ['AUTH: TOKEN'],
    ['auth:TOKEN'],
    ['auth:   TOKEN'],
    ['auth: TOKEN  '],
    ['auth: TOKEN\t'],
  ])('in a header written "%s" is taken', async (header) => {
    expect(await listBots(header.replace('TOKEN', admin.token))).toBe(200);
  });

  test('is taken beside headers meant for others', async () => {
    const status = await listBots(
      `auth: ${admin.token}`,
      'Authorization: bearer something else',
      'bot-language: en',
      'app-language: en',
      'client-app: tool',
      'AccountId: 5c9e3f2a7b1d4e6f8a0b2c4d',
      'userId: u-1',
      'User-Agent: KoreAssistant',
      'Cookie: a=b',
      'Accept: application/json, text/plain, */*',
    );
    expect(status).toBe(200);
  });

  test('of a fixed text without times serves every call of a run', async () => {
    const fixed = handMadeToken(app, {}, { alg: 'HS256' });
    const caller = { ...(await callerOf(server, app)), token: fixed };
    caller.get = async (path) => reply(await send(server, { path, headers: [`auth: ${fixed}`] }));
    caller.post = async (path, body) =>
      reply(
        await send(server, {
          method: 'POST',
          path,
          headers: [`auth: ${fixed}`, 'Content-Type: application/json'],
          body: JSON.stringify(body),
        }),
      );
    const imported = await importBot(server, caller, { definition: JSON.stringify(smallDefinition()) });
    const botId = imported.streamId as string;
    await publishBot(caller, botId);
    expect((await exportBot(caller, botId, { exportType: 'published' })).status.status).toBe('success');
    expect((await caller.get('/api/public/bots')).status).toBe(200);
  });
});

describe('two apps in one run', () => {
  test('the bot’s own exports and uploads, the admin’s imports and publishes', async () => {
    const botId = await newBot(server, admin);
    const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [botId] }));
    const form = new FormData();
    form.append('file', new Blob([JSON.stringify(smallDefinition())]), 'botDefinition.json');
    form.append('fileContext', 'bulkImport');
    form.append('fileExtension', 'json');
    const request = { method: 'POST', headers: { Auth: builder.token }, body: form };
    const { fileId } = (await (await fetch(`${server.url}/api/public/uploadfile`, request)).json()) as Json;
    const { status } = await admin.post('/api/public/bot/import', {
      botDefinition: fileId,
      configInfo: fileId,
      icon: fileId,
    });
    expect(status).toBe(200);
    await publishBot(admin, botId);
    expect((await exportBot(builder, botId, { exportType: 'published' })).status.status).toBe('success');
  });
});

function reply({ status, json }: { status: number; json: Json }) {
  return { status, headers: new Headers(), body: json };
}
