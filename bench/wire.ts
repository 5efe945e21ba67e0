import net from 'node:net';

/*
 * A client that costs next to nothing: the load shares the processor with the server it measures. One request at a
 * time on one kept connection, and of HTTP/1.1 (RFC 9112) only what the servers here send: a status line, headers,
 * and a body of an announced length.
 */

export interface WireReply {
  status: number;
  body: Buffer;
}

export interface Wire {
  /** Sends a request and reads its reply to the last byte. */
  ask(method: string, target: string, headers?: Record<string, string>, body?: string): Promise<WireReply>;
  close(): void;
}

const headEnd = Buffer.from('\r\n\r\n');

/** Opens a connection to the host of a URL. */
export async function openWire(url: string): Promise<Wire> {
  const { hostname, port, host } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });

  let settle: { resolve(reply: WireReply): void; reject(error: Error): void } | undefined;
  let chunks: Buffer[] = [];
  let received = 0;
  /** Of the reply that comes in, once its head is there. */
  let head: { status: number; bodyStart: number; end: number } | undefined;

  const fail = (error: Error) => {
    settle?.reject(error);
    settle = undefined;
  };
  socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    received += chunk.length;
    if (!head) {
      const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      const bodyStart = bytes.indexOf(headEnd) + headEnd.length;
      if (bodyStart < headEnd.length) return;
      chunks = [bytes];
      const text = bytes.toString('latin1', 0, bodyStart);
      const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      if (length === undefined) return fail(new Error(`a reply without a length: ${text}`));
      head = { status: Number(text.slice(9, 12)), bodyStart, end: bodyStart + Number(length) };
    }
    if (received < head.end) return;
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const reply = { status: head.status, body: (bytes ?? chunk).subarray(head.bodyStart, head.end) };
    [chunks, received, head] = [[], 0, undefined];
    const { resolve } = settle ?? {};
    settle = undefined;
    resolve?.(reply);
  });

  return {
    ask(method, target, headers = {}, body = '') {
      return new Promise((resolve, reject) => {
        if (settle) throw new Error('one request at a time');
        if (socket.closed) throw new Error('the connection is closed');
        settle = { resolve, reject };
        let text = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`;
        for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
        if (body !== '') text += `content-length: ${Buffer.byteLength(body)}\r\n`;
        socket.write(`${text}\r\n${body}`);
      });
    },
    close: () => socket.destroy(),
  };
}
