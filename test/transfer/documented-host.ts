import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DocumentedHost {
  url: string;
  /** What it was asked, as method and path. */
  asked: string[];
  close(): void;
}

/** A host that has only the documented API: it hands that on to a real server, and knows nothing of Botport's own. */
export async function startDocumentedHost(server: { url: string }): Promise<DocumentedHost> {
  const asked: string[] = [];
  const host = createServer((incoming, reply) => {
    const { method = 'GET', url = '/' } = incoming;
    asked.push(`${method} ${url.split('?')[0]}`);
    if (!url.startsWith('/api/v1/')) return pass(server.url, incoming, reply);
    incoming.resume();
    reply.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such path"}');
  });
  await once(host.listen(0, '127.0.0.1'), 'listening');
  const { port } = host.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close() {
      host.close();
      host.closeAllConnections();
    },
  };
}

function pass(base: string, incoming: IncomingMessage, reply: ServerResponse): void {
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url ?? '/', base), { method, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(reply);
  });
  incoming.pipe(onward);
}
