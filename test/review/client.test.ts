import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/client.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
});

async function host(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const clientOf = (url: string): Client => createClient({ host: url, token: async () => 'a.secret.token' });

test('a token does not follow a redirect to another host', async () => {
  const seen: unknown[] = [];
  const other = await host((request, response) => {
    seen.push(request.headers.auth);
    response.end('{}');
  });
  const moved = await host((_request, response) => response.writeHead(307, { location: `${other}/` }).end());
  await expect(clientOf(moved).listBots()).rejects.toMatchObject({
    type: 'request_failed',
    detail: expect.stringContaining(`307`),
  });
  expect(seen).toEqual([]);
});

test('a host that is no URL is named in the failure', async () => {
  for (const url of ['botport.example', 'localhost:8080']) {
    await expect(clientOf(url).listBots()).rejects.toMatchObject({
      type: 'request_failed',
      detail: expect.stringContaining(url),
    });
  }
});

test('a reply that is not JSON is a failed request', async () => {
  const page = await host((_request, response) => response.end('<html>Sign in</html>'));
  await expect(clientOf(page).listBots()).rejects.toMatchObject({
    type: 'request_failed',
    detail: expect.stringContaining('JSON'),
  });
});
