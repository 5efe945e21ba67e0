import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  appTokens,
  type Client,
  ClientError,
  type ClientOptions,
  createClient,
  createConnection,
} from '../../src/client/index.ts';
import {
  answers,
  breaksOff,
  cutsOff,
  type MisbehavingHost,
  neverReplies,
  refuses,
  says,
  startMisbehavingHost,
} from './misbehaving-host.ts';

let host: MisbehavingHost;
beforeEach(async () => {
  host = await startMisbehavingHost();
});
afterEach(() => host.close());

const app = { clientId: 'cs-1', clientSecret: 'a-very-secret-secret' };
const token = 'eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl';

const clientOf = (options: Partial<ClientOptions> = {}): Client =>
  createClient({ host: host.url, token, timeout: 100, retry: { attempts: 2, firstPause: 1 }, ...options });

/** All that can be printed of an error: its causes and members, hidden ones too. */
async function printed(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => 'no error',
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ClientError);
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
}

test.each<[string, Parameters<MisbehavingHost['misbehave']>[1]]>([
  ['refuses and quotes the token', refuses(401, {}, `Invalid token ${token} of auth: ${token}`)],
  ['fails and quotes the token', refuses(500, {}, token)],
  ['redirects with it', answers('', { location: `https://login.example/?auth=${token}` }, 302)],
  ['is cut off', cutsOff],
  ['breaks off', breaksOff(`{"auth": "${token}`)],
  ['never replies', neverReplies],
  ['replies with a page', answers(`<p>${token}`)],
  ['replies with another shape', says({ bots: token })],
])('no error holds the token: the host %s', async (_words, behaviour) => {
  for (const options of [{}, { fetch: createConnection() }]) {
    host.misbehave('/bots', behaviour, behaviour);
    expect(await printed(clientOf(options).bots.list())).not.toContain(token);
  }
});

test('no error holds the token where there is no host, and no proxy', async () => {
  const options = { host: 'http://nowhere.invalid' };
  expect(await printed(clientOf(options).bots.list())).not.toContain(token);
  const fetch = createConnection({ proxy: 'http://me:hidden@127.0.0.1:9' });
  const behindProxy = await printed(clientOf({ ...options, fetch }).bots.list());
  expect(behindProxy).not.toContain(token);
  expect(behindProxy).not.toContain('hidden');
});

test.each(['line\nbreak', 'ümlaut', '\u0000'])(
  'a token that no header can hold is not told: %j',
  async (bad) => {
    const text = await printed(clientOf({ token: `${bad}.hidden` }).bots.list());
    expect(text).toContain('invalid_option');
    expect(text).not.toContain('hidden');
    expect(host.heard).toEqual([]);
  },
);

test('user and password in the URL of a host are refused, and not told', () => {
  for (const url of ['http://me:hidden@127.0.0.1', 'me:hidden@127.0.0.1']) {
    const make = () => clientOf({ host: url });
    expect(make).toThrow(expect.objectContaining({ type: 'invalid_option' }));
    expect(make).not.toThrow(/hidden/);
  }
});

test('no error holds the link of a download', async () => {
  const { downloadURL } = await clientOf().exports.wait('st-1');
  expect(downloadURL).toContain('a-signature');
  for (const behaviour of [
    refuses(403),
    refuses(500),
    cutsOff,
    neverReplies,
    answers('<p>', { 'content-type': 'text/html' }),
  ]) {
    host.misbehave('.zip', behaviour, behaviour);
    expect(await printed(clientOf().downloads.open(downloadURL))).not.toContain('a-signature');
  }
});

test('the client secret leaves the process in no request, and stands in no error', async () => {
  const client = clientOf({ token: appTokens(app) });
  await client.bots.list();
  host.misbehave('/bots', refuses(400));
  const text = await printed(client.bots.list());
  for (const kept of [text, inspect(client, { depth: 9, showHidden: true }), JSON.stringify(host.heard)]) {
    expect(kept).not.toContain(app.clientSecret);
    expect(kept).not.toContain(Buffer.from(app.clientSecret).toString('base64'));
  }
});

test('a token of an app is used again as long as it counts', async () => {
  const client = clientOf({ token: appTokens(app) });
  await client.bots.list();
  await client.bots.list();
  const [first, second] = host.heard.map(({ headers }) => headers.auth);
  expect(first).toMatch(/^ey/);
  expect(second).toBe(first);
});

test('a token of an app is replaced before it ends', async () => {
  const tokens = appTokens({ ...app, lifetimeSeconds: 0 });
  expect(await tokens()).not.toBe(await tokens());
});

test('a token source that failed once is asked again', async () => {
  const tokens = appTokens({ ...app, clientSecret: '' });
  const client = clientOf({ token: tokens });
  expect(await printed(client.bots.list())).toContain('the source of tokens gives none');
  expect(await printed(client.bots.list())).toContain('the source of tokens gives none');
  let times = 0;
  const late = clientOf({
    token: () => {
      times += 1;
      if (times === 1) throw new Error('not yet');
      return token;
    },
  });
  expect(await printed(late.bots.list())).toContain('not yet');
  expect(await late.bots.list()).toMatchObject({ bots: [] });
});

test('a ready-made token is sent as it is, without the line break of its file', async () => {
  await clientOf({ token: `${token}\n` }).bots.list();
  expect(host.heard[0]?.headers.auth).toBe(token);
  expect(() => clientOf({ token: '' })).toThrow(expect.objectContaining({ type: 'invalid_option' }));
});
