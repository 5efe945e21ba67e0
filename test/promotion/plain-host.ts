import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A host that speaks only the documented API: a server, with what is Botport's own taken away: the paths, and the types of
 * the errors.
 */
export async function plainHost(server: { url: string }): Promise<{ url: string; close(): Promise<void> }> {
  const host = createServer(async (request, response) => {
    const body = await bytesOf(request);
    const answer = await answerOf(server, request, body);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
  });
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  return {
    url: `http://127.0.0.1:${(host.address() as AddressInfo).port}`,
    async close() {
      host.closeAllConnections();
      host.close();
      await once(host, 'close');
    },
  };
}

async function answerOf(
  { url }: { url: string },
  { method = 'GET', url: path = '/', headers }: IncomingMessage,
  body: Uint8Array<ArrayBuffer>,
): Promise<{ status: number; text: string }> {
  if (path.startsWith('/api/v1/'))
    return { status: 404, text: '{"errors":[{"msg":"Not Found","code":404}]}' };
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: {
      auth: String(headers.auth),
      ...(headers['content-type'] ? { 'content-type': headers['content-type'] } : {}),
    },
    ...(body.length > 0 ? { body } : {}),
  });
  const parsed = (await reply.json()) as { errors?: { type?: string }[] };
  for (const error of parsed.errors ?? []) delete error.type;
  return { status: reply.status, text: JSON.stringify(parsed) };
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return new Uint8Array(Buffer.concat(pieces));
}
