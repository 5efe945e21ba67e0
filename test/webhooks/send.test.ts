import { execFileSync } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createSend, type Post, type SendOptions } from '../../src/webhooks/send.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function receiver(host?: string): Promise<Receiver> {
  const started = await startReceiver(host);
  closing.push(started.close);
  return started;
}

/** A server that speaks no HTTP of its own: it is given each connection. */
async function listener(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

const post = (url: string): Post => ({ url, headers: { 'webhook-id': 'msg-1' }, body: '{"ä":1}' });
const quiet = new AbortController().signal;
const send = (url: string, options: Partial<SendOptions> = {}) =>
  createSend({ allowPrivate: true, ...options })(post(url), quiet);
const leadingTo = (...addresses: string[]) => {
  const found: LookupAddress[] = addresses.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }));
  return async () => found;
};

describe('sending', () => {
  test('posts the body as it is, with its headers and its length', async () => {
    const target = await receiver();
    expect(await send(`${target.url}?a=b`)).toEqual({ status: 204 });
    expect(target.received).toMatchObject([
      {
        method: 'POST',
        path: '/hook?a=b',
        body: '{"ä":1}',
        headers: {
          'content-type': 'application/json',
          'content-length': '8',
          'webhook-id': 'msg-1',
          'user-agent': 'Botport',
          connection: 'close',
        },
      },
    ]);
  });

  test.each([200, 201, 302, 404, 410, 500])('gives the status %d', async (status) => {
    const target = await receiver();
    target.answer = status;
    expect(await send(target.url)).toEqual({ status });
  });

  test('follows no redirect', async () => {
    const [target, other] = [await receiver(), await receiver()];
    for (const status of [301, 302, 303, 307, 308]) {
      target.answer = (response) => void response.writeHead(status, { location: other.url }).end();
      expect(await send(target.url)).toEqual({ status });
    }
    expect(other.received).toEqual([]);
  });

  test('does not wait for the rest of an answer, however long it is', async () => {
    const target = await receiver();
    target.answer = (response) => {
      response.writeHead(200);
      const piece = 'x'.repeat(65_536);
      const more = () => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', more);
      };
      more();
    };
    expect(await send(target.url)).toEqual({ status: 200 });
  });

  test('gives up on one that does not answer', async () => {
    const target = await receiver();
    target.answer = () => undefined;
    expect(await send(target.url, { patience: 50 })).toEqual({ error: 'no answer in time' });
  });

  test('gives up on one that answers with interim answers only', async () => {
    const url = await listener((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 5);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await send(url, { patience: 100 })).toEqual({ error: 'no answer in time' });
  });

  test('gives up on a name that is looked up for too long', async () => {
    const resolve = () => new Promise<LookupAddress[]>(() => undefined);
    expect(await send('http://example.com/', { patience: 50, resolve })).toEqual({
      error: 'no answer in time',
    });
  });

  test('looks a name up once for all that are sent there meanwhile, and anew for the next', async () => {
    const target = await receiver();
    const { promise, resolve: answer } = Promise.withResolvers<LookupAddress[]>();
    const asked: string[] = [];
    const resolve = (host: string) => {
      asked.push(host);
      return promise;
    };
    const sending = createSend({ allowPrivate: true, resolve });
    const sendTo = (host: string) => sending(post(`http://${host}:${target.port}/`), quiet);
    const outcomes = ['a.example', 'b.example', 'a.example'].map(sendTo);
    expect(asked).toEqual(['a.example', 'b.example']);
    answer(await leadingTo('127.0.0.1')());
    expect(await Promise.all(outcomes)).toEqual([{ status: 204 }, { status: 204 }, { status: 204 }]);
    await sendTo('a.example');
    expect(asked).toEqual(['a.example', 'b.example', 'a.example']);
  });

  test('says that a name is not there', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    expect(await send('http://nowhere.example/', { resolve })).toEqual({ error: 'ENOTFOUND' });
  });

  test('says by a code why there was no answer, and nothing of what the other side sent', async () => {
    const closed = await receiver();
    await closed.close();
    expect(await send(closed.url)).toEqual({ error: 'ECONNREFUSED' });
    const reset = await listener((socket) => socket.destroy());
    expect(await send(reset)).toEqual({ error: 'ECONNRESET' });
    const nonsense = await listener((socket) => void socket.end('secret words of the other side\r\n\r\n'));
    expect(await send(nonsense)).toEqual({ error: expect.stringMatching(/^HPE_\w+$/) });
    const endless = await listener((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write(`x: ${'x'.repeat(8_000)}\r\n`), 1);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await send(endless)).toEqual({ error: 'HPE_HEADER_OVERFLOW' });
    const notTls = await listener((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    expect(await send(notTls.replace('http:', 'https:'))).toEqual({
      error: expect.stringMatching(/^(ERR_SSL|EPROTO)\w*$/),
    });
  });

  test('throws where it is aborted, and only there', async () => {
    const target = await receiver();
    const stopping = new AbortController();
    target.answer = () => stopping.abort(new Error('the server is stopping'));
    const sending = createSend({ allowPrivate: true })(post(target.url), stopping.signal);
    await expect(sending).rejects.toThrow('the server is stopping');
  });
});

describe('an address that is not public', () => {
  const refused = { error: 'address not allowed' };
  const guarded: Partial<SendOptions> = { allowPrivate: false };

  test('is not connected to, in whatever spelling', async () => {
    const target = await receiver();
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0', '[::]']) {
      expect([host, await send(`http://${host}:${target.port}/`, guarded)]).toEqual([host, refused]);
    }
    expect(target.received).toEqual([]);
  });

  test('is not connected to by a name', async () => {
    const target = await receiver();
    expect(await send(`http://localhost:${target.port}/`, guarded)).toEqual(refused);
    const resolve = leadingTo('10.0.0.1', '127.0.0.1', '::1');
    expect(await send(`http://example.com:${target.port}/`, { ...guarded, resolve })).toEqual(refused);
    expect(target.received).toEqual([]);
  });

  test('is left out where a name has public ones, too', async () => {
    const target = await receiver();
    // 2001:4860:: is public; whether it can be reached from here does not matter.
    const resolve = leadingTo('127.0.0.1', '2001:4860::1');
    const outcome = await send(`http://example.com:${target.port}/`, { ...guarded, resolve, patience: 200 });
    expect(outcome).toHaveProperty('error');
    expect(target.received).toEqual([]);
  });

  test('is not reached by a name that leads elsewhere when it is looked up again', async () => {
    const target = await receiver();
    const answers = [leadingTo('2001:4860::1'), leadingTo('127.0.0.1')];
    let asked = 0;
    const resolve = async () => {
      const answer = answers[Math.min(asked, 1)];
      asked += 1;
      return answer ? answer() : [];
    };
    // Under this name the system, too, finds the loopback address.
    const url = `http://localhost:${target.port}/`;
    const outcome = await send(url, { ...guarded, resolve, patience: 200 });
    expect(outcome).toHaveProperty('error');
    expect(asked).toBe(1);
    expect(target.received).toEqual([]);
    expect(await send(url, { ...guarded, resolve })).toEqual(refused);
  });

  test('is connected to where that is allowed, at the address that was found', async () => {
    const target = await receiver();
    expect(await send(`http://example.com:${target.port}/`, { resolve: leadingTo('127.0.0.1') })).toEqual({
      status: 204,
    });
    expect(target.received[0]?.headers.host).toBe(`example.com:${target.port}`);
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasOpenssl())('over TLS', () => {
  /** A receiver whose certificate is for hooks.example.com. */
  async function secureReceiver(): Promise<{ port: number; certificate: string; heard: string[] }> {
    const folder = mkdtempSync(path.join(tmpdir(), 'botport-tls-'));
    const [keyFile, certificateFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=DNS:hooks.example.com'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...options, ...subject, '-keyout', keyFile, '-out', certificateFile],
      { stdio: 'ignore' },
    );
    const [key, certificate] = [readFileSync(keyFile, 'utf8'), readFileSync(certificateFile, 'utf8')];
    rmSync(folder, { recursive: true });
    const heard: string[] = [];
    const server = createHttpsServer({ key, cert: certificate }, (request, response) => {
      heard.push(request.headers.host ?? '');
      response.writeHead(204).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { port: address.port, certificate, heard };
  }

  test('a certificate is taken only where it is trusted, and only for its own name', async () => {
    const { port, certificate, heard } = await secureReceiver();
    const resolve = leadingTo('127.0.0.1');
    const own = `https://hooks.example.com:${port}/`;
    expect(await send(own, { resolve })).toEqual({ error: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const usual = getCACertificates('default');
    setDefaultCACertificates([...usual, certificate]);
    try {
      expect(await send(own, { resolve })).toEqual({ status: 204 });
      expect(await send(`https://other.example.com:${port}/`, { resolve })).toEqual({
        error: 'ERR_TLS_CERT_ALTNAME_INVALID',
      });
      expect(await send(`https://127.0.0.1:${port}/`)).toEqual({ error: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    } finally {
      setDefaultCACertificates(usual);
    }
    expect(heard).toEqual([`hooks.example.com:${port}`]);
  });
});
