import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { Json } from './server.ts';

/** A message as a receiver of webhooks gets it. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: { type: string; timestamp: string; data: Json };
}

/** A real receiver of webhooks on the loopback address. */
export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  /** What it answers from now on: a status, or whatever the function does. */
  answer: number | ((response: ServerResponse, received: Received) => void);
  /** The first so many messages, once they have come. */
  first(count: number): Promise<Received[]>;
  close(): Promise<void>;
}

export async function startReceiver(host = '127.0.0.1'): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const { method = '', url = '', headers } = request;
    const message: Received = { method, path: url, headers, body, json: JSON.parse(body) };
    receiver.received.push(message);
    const { answer } = receiver;
    if (typeof answer === 'function') answer(response, message);
    else response.writeHead(answer).end();
  });
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://${host}:${port}/hook`,
    port,
    received: [],
    answer: 204,
    async first(count) {
      await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
      return receiver.received.slice(0, count);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** The signature a message should have, made as the specification says. */
export function signatureOf({ headers, body }: Received, secret: string): string {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
