import { once } from 'node:events';
import { get } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { loggerOptions } from '../../src/http/logging.ts';
import { createServer } from '../../src/http/server.ts';
import { bot, FakeBotport, failureOf, run } from './fake.ts';

const statusPath = `/api/public/bot/${bot}/publish/status`;

test('a failure of the registry answers with its status and the envelope', async () => {
  const { ask, botport } = await run();
  botport.publishing.newest = async () => {
    throw new BotportError('no_publish', 'never');
  };
  const reply = await ask(statusPath);
  expect(reply.status).toBe(400);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await reply.json()).toEqual({
    errors: [{ msg: 'The bot has never been published', code: 400, type: 'no_publish', detail: 'never' }],
  });
});

test('any other failure is internal and tells nothing of its cause', async () => {
  const { ask, botport } = await run();
  botport.publishing.newest = async () => {
    throw new Error('the secret of the database');
  };
  const reply = await ask(statusPath);
  expect(await reply.clone().text()).not.toContain('secret');
  expect(await failureOf(reply)).toEqual({
    status: 500,
    msg: 'Internal Server Error',
    code: 500,
    type: 'internal',
  });
});

test('a reply that does not fit its description is internal too', async () => {
  const { ask, botport } = await run();
  botport.publishRecord = { ...botport.publishRecord, comment: 'x', id: 7 as unknown as string };
  expect(await failureOf(await ask(statusPath))).toMatchObject({ status: 500, type: 'internal' });
});

test('Retry-After says when to try again', async () => {
  const { ask, botport } = await run();
  botport.publishing.newest = async () => {
    throw new BotportError('rate_limited_minute', undefined, { retryAfter: 17 });
  };
  expect((await ask(statusPath)).headers.get('retry-after')).toBe('17');
});

test('every reply has a request id, may not be cached or framed, and does not name the software', async () => {
  const { ask } = await run();
  const ids = new Set<string | null>();
  for (const path of [statusPath, '/nothing', '/healthz', '/docs', '/api/public/uploadfile']) {
    const { headers } = await ask(path);
    ids.add(headers.get('x-request-id'));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    if (path !== '/docs') expect(headers.get('cache-control')).toBe('no-store');
  }
  expect(ids.size).toBe(5);
  expect(ids).not.toContain(null);
});

test('a client that goes away in the middle of a download closes the archive', async () => {
  const { base, botport } = await run();
  const chunk = Buffer.alloc(65536);
  const source = new Readable({
    read() {
      this.push(chunk);
    },
  });
  botport.archive = { ...botport.archive, size: 2 ** 40, stream: () => source };
  const request = get(`${base}/api/getMediaStream/market/f-1.zip?s=a$$`);
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  await once(response, 'data');
  response.pause();
  request.destroy();
  await expect.poll(() => source.destroyed).toBe(true);
});

test('an archive that breaks off in the middle breaks the connection, not the server', async () => {
  const { base, botport, ask } = await run();
  botport.archive = {
    ...botport.archive,
    size: 100,
    stream: () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(10);
          throw new Error('disk');
        })(),
      ),
  };
  const download = async () => (await fetch(`${base}/api/getMediaStream/market/f-1.zip?s=a$$`)).arrayBuffer();
  await expect(download()).rejects.toThrow();
  expect((await ask('/healthz')).status).toBe(200);
});

test('a server that stops refuses new requests on open connections', async () => {
  const { ask, server, botport, base } = await run({ BOTPORT_STATUS_HOLD: '10000' });
  let release = () => {};
  botport.publishing.newest = () =>
    new Promise((resolve) => {
      release = () => resolve(botport.publishRecord);
    });
  const held = ask(statusPath);
  await expect.poll(() => botport.calls).toContain('bot');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = server.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await expect(fetch(`${base}/healthz`)).rejects.toThrow();
  release();
  const reply = await held;
  expect([reply.status, reply.headers.get('connection')]).toEqual([200, 'close']);
  await closed;
});

test('the log has one line per request, and no token, body or query', async () => {
  const lines = new PassThrough().setEncoding('utf8');
  const botport = new FakeBotport({});
  const server = createServer(botport, pino(loggerOptions('trace'), lines));
  botport.publishing.newest = async () => {
    throw new Error('out of order');
  };
  const ask = (url: string, headers = {}) =>
    server.inject({ url, headers: { auth: 'topsecret', ...headers } });
  const failed = await ask(statusPath, { auth: 'admin' });
  await ask('/api/getMediaStream/market/f-1.zip?s=a$$&e=topsecret');
  await ask('/%ff?topsecret');
  await ask(`${statusPath}?topsecret`, { cookie: 'topsecret', authorization: 'topsecret' });
  await server.inject({
    method: 'POST',
    url: `/api/public/bot/${bot}/export?topsecret`,
    headers: { auth: 'admin' },
    payload: '{"topsecret',
  });
  await server.close();
  const log = String(lines.read());
  expect(log).not.toContain('topsecret');
  const entries = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries.filter(({ msg }) => msg === 'answered')).toHaveLength(5);
  expect(entries.find(({ msg }) => msg === 'request failed')).toMatchObject({
    reqId: failed.headers['x-request-id'],
    err: { message: 'out of order' },
  });
});
