import fastify, { type FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { createRateLimits, registerRateLimit } from '../../src/http/rate-limits.ts';
import { bot, failureOf, run } from './fake.ts';

const exportPath = `/api/public/bot/${bot}/export`;
const body = { exportType: 'latest' };

test('beyond the minute limit a request is refused and told how long to wait', async () => {
  const { post } = await run({ BOTPORT_RATE_LIMIT: '2/100' });
  expect((await post(exportPath, body)).status).toBe(200);
  expect((await post(exportPath, body)).status).toBe(200);
  const reply = await post(exportPath, body);
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(await failureOf(reply)).toMatchObject({ status: 429, type: 'rate_limited_minute' });
});

test('beyond the hour limit everything is refused, even with room in the minute', async () => {
  const { post } = await run({ BOTPORT_RATE_LIMIT: '100/2' });
  await post(exportPath, body);
  await post(exportPath, body);
  const reply = await post(exportPath, body);
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(3500);
  expect(await failureOf(reply)).toMatchObject({ status: 429, type: 'rate_limited_hour' });
});

test('what the minute refuses does not count towards the hour', async () => {
  const { post } = await run({ BOTPORT_RATE_LIMIT: '2/4' });
  for (let count = 0; count < 6; count++) await post(exportPath, body);
  expect(await failureOf(await post(exportPath, body))).toMatchObject({ type: 'rate_limited_minute' });
});

test('calls that start work, status calls of each kind, and Get Bots are counted apart', async () => {
  const { ask, post } = await run({ BOTPORT_RATE_LIMIT: '1/100', BOTPORT_STATUS_HOLD: '0' });
  const statuses = async () => [
    (await post(exportPath, body)).status,
    (await ask(`${exportPath}/status`)).status,
    (await ask(`/api/public/bot/${bot}/publish/status`)).status,
    (await ask('/api/public/bot/import/status/bir-1')).status,
    (await ask('/api/public/bots')).status,
    (await post('/api/public/bot/import', { zipInfo: 'z' })).status,
  ];
  expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200]);
  expect(await statuses()).toEqual([429, 429, 429, 429, 429, 429]);
});

test('uploads and imports of new bots share the count of the account', async () => {
  const { post } = await run({ BOTPORT_RATE_LIMIT: '1/100' });
  expect((await post('/api/public/bot/import', { zipInfo: 'z' })).status).toBe(200);
  expect((await post('/api/v1/imports', { zipInfo: 'z' })).status).toBe(429);
  expect((await post('/api/public/uploadfile', {})).status).toBe(429);
});

test('what is done to a bot shares the count of the bot, whichever words the path has', async () => {
  const variables = (word: string, verb: string) => `/api/public/builder/${word}/${bot}/variables/${verb}`;
  const calls: [method: string, path: string, token: string][] = [
    ['POST', variables('bot', 'export'), 'builder'],
    ['POST', variables('stream', 'export'), 'builder'],
    ['POST', variables('bot', 'import'), 'builder'],
    ['POST', variables('stream', 'import'), 'builder'],
    ['POST', `/api/public/bot/${bot}/import/botfunctions`, 'admin'],
    ['POST', `/api/public/bot/${bot}/mlexport`, 'admin'],
    ['GET', `/api/public/bot/${bot}/universalbot/link`, 'admin'],
  ];
  for (const [method, path, token] of calls) {
    const { ask, post } = await run({ BOTPORT_RATE_LIMIT: '1/100' });
    expect((await ask(path, { method, token })).status).not.toBe(429);
    expect((await post(exportPath, body)).status).toBe(429);
    expect((await ask(`/api/public/bot/${bot}/mlexport/status`)).status).not.toBe(429);
  }
});

test('who is refused for other reasons uses up nothing', async () => {
  const { ask, post } = await run({ BOTPORT_RATE_LIMIT: '1/100' });
  for (const token of [null, 'nonsense', 'powerless']) {
    expect((await ask(exportPath, { method: 'POST', token })).status).toBe(401);
  }
  expect((await post(exportPath, body)).status).toBe(200);
});

test('the limit is judged before the body', async () => {
  const { post } = await run({ BOTPORT_RATE_LIMIT: '1/100' });
  expect((await post(exportPath, {})).status).toBe(412);
  expect((await post(exportPath, {})).status).toBe(429);
});

test('downloads, health and the description of the API are not limited', async () => {
  const { ask } = await run({ BOTPORT_RATE_LIMIT: '1/1' });
  for (const path of ['/healthz', '/openapi.json', '/docs', '/api/getMediaStream/market/f-1.zip?s=a$$']) {
    for (let count = 0; count < 3; count++) expect((await ask(path)).status).toBe(200);
  }
});

test('without a limit nothing is refused', async () => {
  const { post } = await run({ BOTPORT_RATE_LIMIT: 'off' });
  for (let count = 0; count < 100; count++) expect((await post(exportPath, body)).status).toBe(200);
});

test('a count is kept while tens of thousands of others come and go', async () => {
  const app = fastify();
  registerRateLimit(app);
  await app.ready();
  const takeTurn = createRateLimits(app, { perMinute: 1, perHour: 10 });
  const request = { routeOptions: {} } as FastifyRequest;
  await takeTurn(request, 'bot', 'mine');
  for (let other = 0; other < 50_000; other++) await takeTurn(request, 'bot', `other ${other}`);
  await expect(takeTurn(request, 'bot', 'mine')).rejects.toMatchObject({ type: 'rate_limited_minute' });
});
