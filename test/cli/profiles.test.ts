import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { configFolders } from '../profiles/support.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { botport } from './run.ts';

const config = configFolders();
const listening: Server[] = [];

let server: TestServer;
let app: AppCredentials;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
});
afterAll(() => server.close());
afterEach(() => {
  for (const one of listening.splice(0)) {
    one.close();
    one.closeAllConnections();
  }
});

async function listen(one: Server): Promise<number> {
  listening.push(one);
  await once(one.listen(0, '127.0.0.1'), 'listening');
  return (one.address() as AddressInfo).port;
}

/** A profile of the server, as `main`, with its secret in a file; further keys as YAML. */
function withProfile(url = server.url, more = '') {
  const made = config(
    `hosts: { main: { url: "${url}", clientId: ${app.clientId}, clientSecret: { file: secret }${more} } }`,
  );
  made.write('secret', `${app.clientSecret}\n`);
  return { ...made, env: { BOTPORT_CONFIG: made.file } };
}

test('a command works on the host of a profile, as its app', async () => {
  const { env } = withProfile();
  const { code, stdout, stderr } = await botport(['bots', '--host', 'main', '--json'], env);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
});

test('a host that is no profile gets no token of one', async () => {
  const { env } = withProfile();
  const asked: unknown[] = [];
  const port = await listen(
    createServer(({ headers }, reply) => {
      asked.push(headers);
      reply.end('{}');
    }),
  );
  const { code, stderr } = await botport(['bots', '--host', `http://127.0.0.1:${port}`], env);
  expect(code).toBe(2);
  expect(stderr).toContain('BOTPORT_CLIENT_ID');
  expect(asked).toEqual([]);
});

test('a token is made with the app of a profile', async () => {
  const { stdout } = await botport(['token', '--host', 'main'], withProfile().env);
  const reply = await fetch(`${server.url}/api/public/bots`, { headers: { auth: stdout.trim() } });
  expect(reply.status).toBe(200);
});

describe('a ready token', () => {
  const env = { BOTPORT_TOKEN: 'aaa.bbb.ccc' };
  test('is printed as it is', async () => {
    expect(await botport(['token'], env)).toMatchObject({ code: 0, stdout: 'aaa.bbb.ccc\n' });
  });

  test('has the life it has', async () => {
    expect(await botport(['token', '--expires', '60'], env)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('botport profiles', () => {
  test('shows where secrets are, and never the secrets', async () => {
    const { env } = withProfile();
    const { code, stdout } = await botport(['profiles'], env);
    expect(code).toBe(0);
    expect(stdout.split('\n')[1]?.trim().split(/ {2,}/)).toEqual([
      'main',
      server.url,
      app.clientId,
      'file secret',
    ]);
    expect(stdout).not.toContain(app.clientSecret);
    const listed = JSON.parse((await botport(['profiles', '--json'], env)).stdout);
    expect(listed.profiles).toEqual([
      { name: 'main', url: server.url, isDefault: false, clientId: app.clientId, secret: 'file secret' },
    ]);
  });

  test('check is content where everything is there', async () => {
    const { env } = withProfile();
    expect(await botport(['profiles', 'check'], env)).toMatchObject({ code: 0, stdout: 'main: ok\n' });
  });

  test('check tells all that is missing, and ends with 1', async () => {
    const { file } = config(
      'hosts: { a: { url: "http://a", token: { env: NOT_SET }, ca: no.pem }, b: { url: "http://b" } }',
    );
    const { code, stdout } = await botport(['profiles', 'check', '--json'], { BOTPORT_CONFIG: file });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).profiles).toEqual([
      { name: 'a', faults: [expect.stringContaining('NOT_SET'), expect.stringContaining('no.pem')] },
      { name: 'b', faults: [] },
    ]);
  });

  test('a secret in the file is wrong use, and not repeated', async () => {
    const { file } = config('hosts: { a: { url: "http://a", clientId: c, clientSecret: s3cret } }');
    const { code, stderr } = await botport(['profiles'], { BOTPORT_CONFIG: file });
    expect(code).toBe(2);
    expect(stderr).toContain('{env: NAME} or {file: PATH}');
    expect(stderr).not.toContain('s3cret');
  });
});

/** A proxy that passes requests on as they are, and keeps what was asked for (RFC 9112, 3.2.2). */
async function startProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    asked.push(`${method} ${url}`);
    const onward = request(url, { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  return { url: `http://127.0.0.1:${await listen(proxy)}`, asked };
}

describe('a proxy', () => {
  test('of a profile is used', async () => {
    const { url, asked } = await startProxy();
    const { env } = withProfile(server.url, `, proxy: "${url}"`);
    expect(await botport(['bots', '--host', 'main'], { ...env, NO_PROXY: '' })).toMatchObject({ code: 0 });
    expect(asked).toEqual([`GET ${server.url}/api/public/bots?offset=0&limit=50`]);
  });

  test('of the environment is used, and left out for the hosts of NO_PROXY', async () => {
    const { url, asked } = await startProxy();
    const env = { ...withProfile().env, HTTP_PROXY: url, NO_PROXY: '' };
    expect(await botport(['bots', '--host', 'main'], env)).toMatchObject({ code: 0 });
    expect(asked).toHaveLength(1);
    expect(await botport(['bots', '--host', 'main'], { ...env, NO_PROXY: '127.0.0.1' })).toMatchObject({
      code: 0,
    });
    expect(asked).toHaveLength(1);
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;
if (!hasOpenssl) console.warn('openssl is not at hand: certificates of a company are not tested.');

describe.skipIf(!hasOpenssl)('a host with a certificate of a company', () => {
  /** In front of the server, with a certificate that only `ca.pem` in the folder vouches for. */
  async function startSecure() {
    const { folder, write } = config('');
    const file = (name: string) => path.join(folder, name);
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
        .concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'])
        .concat(['-keyout', file('key.pem'), '-out', file('ca.pem')]),
      { stdio: 'pipe' },
    );
    const keys = { key: readFileSync(file('key.pem')), cert: readFileSync(file('ca.pem')) };
    const secure = createSecureServer(keys, (_request, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' }).end('{"bots":[]}');
    });
    const url = `https://127.0.0.1:${await listen(secure)}`;
    write('secret', app.clientSecret);
    const profile = (more: string) => {
      const text = `hosts: { main: { url: "${url}", clientId: c, clientSecret: { file: secret }${more} } }`;
      return { BOTPORT_CONFIG: write('config.yaml', text) };
    };
    return { profile, certificate: file('ca.pem') };
  }

  test('is trusted where the profile or BOTPORT_CA names the certificate, and not else', async () => {
    const { profile, certificate } = await startSecure();
    const list = (env: Record<string, string>) => botport(['bots', '--host', 'main'], env);
    expect(await list(profile(', ca: ca.pem'))).toMatchObject({ code: 0 });
    expect(await list({ ...profile(''), BOTPORT_CA: certificate })).toMatchObject({ code: 0 });
    const { code, stderr } = await list(profile(''));
    expect(code).toBe(5);
    expect(stderr).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});

test('a host that takes longer than the timeout of its profile is left', async () => {
  const port = await listen(createServer(() => undefined));
  const { env } = withProfile(`http://127.0.0.1:${port}`, ', timeout: 0.2');
  const listed = await botport(['publish', 'st-1', '--comment', 'x', '--host', 'main'], env);
  expect(listed.code).toBe(5);
  expect(listed.stderr).toContain('no reply within 0.2 s');
});
