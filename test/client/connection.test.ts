import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Client,
  type ConnectionOptions,
  createClient,
  createConnection,
} from '../../src/client/index.ts';
import { lacking } from '../support/pages.ts';
import { type MisbehavingHost, startMisbehavingHost } from './misbehaving-host.ts';

const noOpenssl = lacking('openssl').length > 0;
if (noOpenssl) console.warn('openssl is not at hand: tests over TLS are skipped.');

let host: MisbehavingHost;
const cleanUp: (() => unknown)[] = [];
beforeEach(async () => {
  host = await startMisbehavingHost();
});
afterEach(async () => {
  await host.close();
  for (const close of cleanUp.splice(0)) await close();
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = async <S extends Server>(server: S): Promise<S> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

interface Proxy {
  url: string;
  /** What went through: `CONNECT host:port` or `GET http://host/path`. */
  seen: string[];
  authorizations: (string | undefined)[];
}

/** A proxy: plain requests are passed on, `CONNECT` gets a tunnel. `status`: what it answers to all instead. */
async function startProxy(status?: number): Promise<Proxy> {
  const proxy: Proxy = { url: '', seen: [], authorizations: [] };
  const note = ({ method, url, headers }: IncomingMessage) => {
    proxy.seen.push(`${method} ${url}`);
    proxy.authorizations.push(headers['proxy-authorization']);
  };
  const server = await listening(
    createServer((incoming, outgoing) => {
      note(incoming);
      if (status) return void outgoing.writeHead(status).end();
      const { method = '', url = '' } = incoming;
      const { 'proxy-authorization': _own, ...headers } = incoming.headers;
      const passed = request(url, { method, headers }, (reply) => {
        outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    }),
  );
  server.on('connect', (incoming, socket) => {
    note(incoming);
    if (status) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const [name = '', port] = (incoming.url ?? '').split(':');
    const far = connect(Number(port), name === 'host.test' ? '127.0.0.1' : name, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket);
      socket.pipe(far);
    });
    far.on('error', () => socket.destroy());
    socket.on('error', () => far.destroy());
    cleanUp.push(() => {
      far.destroy();
      socket.destroy();
    });
  });
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  proxy.url = `http://127.0.0.1:${portOf(server)}`;
  return proxy;
}

const clientOf = (options: ConnectionOptions, url = host.url): Client =>
  createClient({
    host: url,
    token: 'a.secret.token',
    retry: { firstPause: 1 },
    fetch: createConnection(options),
  });

const failure = (type: string, words = '') =>
  expect.objectContaining({ name: 'ClientError', type, message: expect.stringContaining(words) });

test('without a proxy, requests go straight to the host', async () => {
  expect(await clientOf({}).bots.list()).toMatchObject({ bots: [] });
});

test('the environment of the process is not looked at unless it is given', async () => {
  const before = process.env.HTTP_PROXY;
  process.env.HTTP_PROXY = 'http://127.0.0.1:9';
  try {
    expect(await clientOf({}).bots.list()).toMatchObject({ bots: [] });
  } finally {
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  }
});

test('a connection sends forms as forms, and aborts', async () => {
  const proxy = await startProxy();
  const client = clientOf({ proxy: proxy.url });
  await client.files.upload('bot.zip', new Uint8Array(Buffer.from('what is in it')));
  const [{ headers, body } = { headers: {}, body: '' }] = host.heardAt('/uploadfile');
  expect(headers).toMatchObject({
    'content-type': expect.stringMatching(/^multipart\/form-data; boundary=/),
  });
  expect(String(body)).toContain('filename="bot.zip"');
  expect(String(body)).toContain('what is in it');
  host.misbehave('/bots', () => {});
  const call = client.bots.list({}, { signal: AbortSignal.timeout(50) });
  await expect(call).rejects.toThrow(failure('aborted'));
});

test.each([
  ['that is named', (url: string) => ({ proxy: url })],
  ['of the environment', (url: string) => ({ env: { HTTP_PROXY: url } })],
  [
    'of the environment in small letters, first',
    (url: string) => ({ env: { http_proxy: url, HTTP_PROXY: 'no' } }),
  ],
  [
    'that is named, before the environment',
    (url: string) => ({ proxy: url, env: { HTTP_PROXY: 'http://127.0.0.1:9' } }),
  ],
])('requests go through the proxy %s', async (_words, optionsOf) => {
  const proxy = await startProxy();
  await clientOf(optionsOf(proxy.url)).bots.list();
  expect(proxy.seen).toEqual([`GET ${host.url}/api/public/bots?offset=0&limit=50`]);
  expect(host.heard).toHaveLength(1);
});

test.each(['127.0.0.1', 'example.com,127.0.0.1', '*'])(
  'NO_PROXY=%s: not through the proxy',
  async (noProxy) => {
    const proxy = await startProxy();
    await clientOf({ proxy: proxy.url, noProxy }).bots.list();
    await clientOf({ env: { HTTP_PROXY: proxy.url, NO_PROXY: noProxy } }).bots.list();
    expect(proxy.seen).toEqual([]);
  },
);

test('user and password of a proxy go to it, and to nobody else', async () => {
  const proxy = await startProxy();
  await clientOf({ proxy: proxy.url.replace('//', '//me:pass%20word@') }).bots.list();
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:pass word').toString('base64')}`]);
  expect(JSON.stringify(host.heard[0]?.headers)).not.toContain('Basic');
});

test('a proxy that lets nothing through is told of, once', async () => {
  const proxy = await startProxy(407);
  const client = clientOf({ proxy: proxy.url }, 'https://host.test');
  await expect(client.bots.list()).rejects.toThrow(failure('unreachable', 'the proxy answers 407'));
  expect(proxy.seen).toEqual(['CONNECT host.test:443']);
  await expect(clientOf({ proxy: proxy.url }).bots.list()).rejects.toThrow(failure('unreachable', '407'));
});

test.each<ConnectionOptions>([
  { proxy: 'socks5://me:hidden@127.0.0.1' },
  { env: { HTTPS_PROXY: 'file:///hidden' } },
  { ca: 'hidden' },
  { ca: '-----BEGIN CERTIFICATE-----\nhidden\n-----END CERTIFICATE-----' },
])('options that cannot be are refused, without being told: %j', (options) => {
  const make = () => createConnection(options);
  expect(make).toThrow(failure('invalid_option'));
  expect(make).not.toThrow(/hidden/);
});

describe.skipIf(noOpenssl)('over TLS', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-tls-'));
  const file = (name: string) => path.join(folder, name);
  let ca: string;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=our CA',
    );
    const names = 'subjectAltName=DNS:host.test,IP:127.0.0.1';
    openssl('req', ...key, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=host', '-addext', names);
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', 'host.csr', ...signing, '-out', 'host.pem', '-days', '2');
    ca = readFileSync(file('ca.pem'), 'utf8');
    server = await listening(
      createTlsServer(
        { key: readFileSync(file('host.key')), cert: readFileSync(file('host.pem')) },
        (_request, response) => response.end('{"bots":[]}'),
      ),
    );
    url = `https://127.0.0.1:${portOf(server)}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  test('a certificate of an authority nobody knows is refused, at once', async () => {
    const unknown = failure('unreachable', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await expect(clientOf({}, url).bots.list()).rejects.toThrow(unknown);
    const usual = createClient({ host: url, token: 'a.secret.token' });
    await expect(usual.bots.list()).rejects.toThrow(unknown);
  });

  test('a certificate of an authority that is given is good', async () => {
    expect(await clientOf({ ca }, url).bots.list()).toMatchObject({ bots: [] });
  });

  test('a certificate of another host is refused, also where its authority is known', async () => {
    const other = url.replace('127.0.0.1', 'localhost');
    await expect(clientOf({ ca }, other).bots.list()).rejects.toThrow(
      failure('unreachable', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    );
  });

  test('the authorities Node trusts stay trusted beside it', async () => {
    const { getCACertificates } = await import('node:tls');
    const known = getCACertificates('default').at(0) ?? '';
    expect(await clientOf({ ca: [known, ca] }, url).bots.list()).toMatchObject({ bots: [] });
  });

  test('requests go through a tunnel of the proxy, to the host its certificate names', async () => {
    const proxy = await startProxy();
    const named = url.replace('127.0.0.1', 'host.test');
    const client = clientOf({ ca, env: { HTTPS_PROXY: proxy.url.replace('http://', '') } }, named);
    expect(await client.bots.list()).toMatchObject({ bots: [] });
    expect(proxy.seen).toEqual([`CONNECT host.test:${portOf(server)}`]);
    const untrusting = clientOf({ proxy: proxy.url }, named);
    await expect(untrusting.bots.list()).rejects.toThrow(failure('unreachable', 'UNABLE_TO_VERIFY'));
  });
});
