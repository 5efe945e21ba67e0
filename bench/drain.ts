import { once } from 'node:events';
import net from 'node:net';

/**
 * Reads replies and throws them away, on one kept connection: what a download costs without what its client costs. The
 * socket is read into one large buffer that is used again and again, and of HTTP/1.1 (RFC 9112) only status and length
 * are looked at.
 */
export interface Drain {
  /** Reads what is behind a URL of the host to the last byte and gives how many bytes the body had. */
  get(url: string): Promise<number>;
  close(): void;
}

const bufferSize = 256 * 1024;

/** Opens a connection to the host of a URL. */
export async function openDrain(to: string): Promise<Drain> {
  const { hostname, port, host } = new URL(to);
  let settle: PromiseWithResolvers<number> | undefined;
  let received = 0;
  /** Of the reply that comes in, once its head is there. */
  let length: { head: number; body: number } | undefined;

  const fail = (error: Error) => settle?.reject(error);
  const onBytes = (count: number, bytes: Uint8Array): boolean => {
    received += count;
    if (!length) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(count, 4096)).toString('latin1');
      const head = text.indexOf('\r\n\r\n') + 4;
      const body = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1]);
      if (head < 4 || Number.isNaN(body) || !text.startsWith('HTTP/1.1 200')) {
        fail(new Error(`not a reply with a length: ${text.slice(0, head)}`));
        return false;
      }
      length = { head, body };
    }
    if (received < length.head + length.body) return true;
    const { body } = length;
    [received, length] = [0, undefined];
    settle?.resolve(body);
    return true;
  };
  const onread = { buffer: Buffer.allocUnsafeSlow(bufferSize), callback: onBytes };
  async function connect(): Promise<net.Socket> {
    const opened = net.connect({ host: hostname, port: Number(port), noDelay: true, onread });
    await once(opened, 'connect');
    opened.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
    return opened;
  }
  let socket = await connect();

  return {
    async get(url) {
      const { pathname, search } = new URL(url);
      // Servers close connections that were idle for long: a peer that took its time had its turn.
      if (socket.closed) socket = await connect();
      settle = Promise.withResolvers();
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      return settle.promise;
    },
    close: () => socket.destroy(),
  };
}
