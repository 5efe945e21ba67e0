import http from 'node:http';

/** A plain client over kept connections: the least a client can cost. */
export interface HttpClient {
  /** Sends a request and gives the body of the reply; throws when the status is not 200. */
  send(method: string, url: string, headers?: Record<string, string>, body?: string): Promise<Buffer>;
  /** Reads the bytes behind a URL to their end and gives how many they were. */
  drain(url: string): Promise<number>;
  close(): void;
}

export function createHttpClient(connections: number): HttpClient {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });

  function open(method: string, url: string, headers: Record<string, string>, body?: string) {
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request(url, { method, agent, headers }, resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  function read(reply: http.IncomingMessage, onChunk: (chunk: Buffer) => void) {
    return new Promise<void>((resolve, reject) => {
      reply.on('data', onChunk).on('error', reject);
      reply.on('end', () =>
        reply.statusCode === 200 ? resolve() : reject(new Error(`the server answered ${reply.statusCode}`)),
      );
    });
  }

  return {
    async send(method, url, headers = {}, body) {
      const chunks: Buffer[] = [];
      await read(await open(method, url, headers, body), (chunk) => chunks.push(chunk));
      return Buffer.concat(chunks);
    },
    async drain(url) {
      let size = 0;
      await read(await open('GET', url, {}), (chunk) => {
        size += chunk.length;
      });
      return size;
    },
    close: () => agent.destroy(),
  };
}
