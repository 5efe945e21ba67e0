import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import {
  answers,
  breaksOff,
  cutsOff,
  type MisbehavingHost,
  neverEnds,
  neverReplies,
  refuses,
  says,
  stalls,
  startMisbehavingHost,
  truncatedGzip,
} from './misbehaving-host.ts';

let host: MisbehavingHost;
let client: Client;

const clientOf = (options: Partial<ClientOptions> = {}) =>
  createClient({ host: host.url, token: 'a.secret.token', retry: { firstPause: 1 }, ...options });

beforeEach(async () => {
  host = await startMisbehavingHost();
  client = clientOf();
});
afterEach(() => host.close());

const quickly = { poll: { first: 1, most: 5 } };
const failure = (type: string, words = '') =>
  expect.objectContaining({ name: 'ClientError', type, message: expect.stringContaining(words) });

describe('a host that speaks only the documented API', () => {
  test('exports, with words for a size and members nobody knows', async () => {
    host.more = { new: { in: ['this', 'year'] }, store: { urlParams: '' } };
    const { _id } = await client.exports.start('st-1', { exportType: 'published' });
    const finished = await client.exports.wait('st-1', { id: _id });
    expect(finished).toEqual({
      id: 'ber-1',
      downloadURL: expect.stringContaining('f-1.zip'),
      size: undefined,
    });
  });

  test('exports, with digits for a size', async () => {
    host.fileSize = '300000';
    expect(await client.exports.wait('st-1')).toMatchObject({ size: 300_000 });
  });

  test('exports, with null for a size', async () => {
    host.fileSize = null;
    expect(await client.exports.wait('st-1')).toMatchObject({ size: undefined });
  });

  test('imports and publishes', async () => {
    const zipInfo = await client.files.upload('a.zip', new Uint8Array([80, 75]));
    const { _id } = await client.imports.start({ zipInfo });
    expect(await client.imports.wait(_id, quickly)).toMatchObject({ streamId: 'st-2' });
    await client.publishing.start('st-2', 'first');
    expect(await client.publishing.wait('st-2', quickly)).toMatchObject({ status: 'successful' });
  });

  test('is asked again as long as it says pending, and tells of each time', async () => {
    host.pendingTimes = 40;
    const seen: string[] = [];
    await client.exports.wait('st-1', { ...quickly, onStatus: ({ status }) => seen.push(status) });
    expect(seen).toEqual([...Array(40).fill('pending'), 'success']);
  });

  test('says of a variables path that it is another', async () => {
    const variables = [{ key: 'a', value: '1' }];
    host.misbehave('/builder/bot/st-1/variables/export', says(variables));
    expect(await client.variables.export('st-1')).toEqual(variables);
  });

  test.each(['failed', 'failure', 'FAILED'])(
    'ends an export as %s, with reasons in any form',
    async (status) => {
      host.misbehave(
        '/export/status',
        says({ _id: 'ber-1', status, errors: [{ message: 'too old' }, 'too new'] }),
      );
      await expect(client.exports.wait('st-1')).rejects.toThrow(
        failure('not_successful', 'too old; too new'),
      );
    },
  );

  test('ends an export as failed, with reasons nobody can read', async () => {
    host.misbehave('/export/status', says({ _id: 'ber-1', status: 'failed', errors: { code: 7 } }));
    await expect(client.exports.wait('st-1')).rejects.toThrow(
      failure('not_successful', 'no reason was given'),
    );
  });
});

describe('a host that is busy or fails', () => {
  test('is given the seconds it asks for', async () => {
    host.misbehave('/export/status', refuses(429, { 'retry-after': '1' }));
    const began = Date.now();
    await client.exports.status('st-1');
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
    expect(host.heardAt('/export/status')).toHaveLength(2);
  });

  test('is given until the date it names', async () => {
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
    host.misbehave('/export/status', refuses(503, { 'retry-after': date.toUTCString() }));
    await client.exports.status('st-1');
    expect(Date.now()).toBeGreaterThanOrEqual(date.getTime() - 10);
  });

  test('asks for more than the client may wait', async () => {
    host.misbehave('/export/status', refuses(429, { 'retry-after': '86400' }));
    await expect(client.exports.status('st-1')).rejects.toMatchObject({
      type: 'rate_limited',
      status: 429,
      retryAfter: 86_400,
    });
  });

  test('takes no more requests, time and again', async () => {
    host.misbehave('/bots', ...Array(9).fill(refuses(429)));
    await expect(client.bots.list()).rejects.toThrow(failure('rate_limited'));
    expect(host.heardAt('/bots')).toHaveLength(5);
  });

  test.each([500, 502, 503, 504])('answers %i, then well', async (status) => {
    host.misbehave('/bots', refuses(status), answers('<html>', {}, status));
    expect(await client.bots.list()).toMatchObject({ total: 0 });
  });

  test('keeps failing: the failure has its words', async () => {
    host.misbehave('/bots', ...Array(9).fill(refuses(500, {}, 'Internal Server Error')));
    await expect(client.bots.list()).rejects.toThrow(failure('unavailable', '500 Internal Server Error'));
    expect(host.heardAt('/bots')).toHaveLength(5);
  });

  test('is not tried again beyond the time allowed', async () => {
    host.misbehave('/bots', ...Array(9).fill(refuses(500)));
    const impatient = clientOf({ retry: { firstPause: 500, mostTime: 100 } });
    await expect(impatient.bots.list()).rejects.toThrow(failure('unavailable'));
    expect(host.heardAt('/bots')).toHaveLength(1);
  });

  test.each([500, 502, 503, 504])('gets no import twice when it answers %i', async (status) => {
    host.misbehave('/import', refuses(status));
    await expect(client.imports.start({ zipInfo: 'f' })).rejects.toThrow(failure('unavailable'));
    expect(host.heardAt('/import')).toHaveLength(1);
  });

  test('gets no publish twice when the connection breaks off', async () => {
    host.misbehave('/publish', cutsOff);
    await expect(client.publishing.start('st-1', 'x')).rejects.toThrow(failure('unreachable'));
    host.misbehave('/publish', breaksOff('[', { 'content-length': 100 }));
    await expect(client.publishing.start('st-1', 'x')).rejects.toThrow(failure('unreachable'));
    expect(host.heardAt('/publish')).toHaveLength(2);
  });

  test('gets an import again that it surely did not begin', async () => {
    host.misbehave('/import', refuses(429), refuses(503, { 'retry-after': '0' }));
    expect(await client.imports.start({ zipInfo: 'f' })).toMatchObject({ _id: 'bir-1' });
    expect(host.heardAt('/import')).toHaveLength(3);
  });

  test('goes away for a while during an export, and is waited for', async () => {
    host.pendingTimes = 1;
    const away = Array(5).fill(cutsOff);
    host.misbehave('/export/status', (_request, _response, well) => well(), ...away, ...away);
    expect(await client.exports.wait('st-1', quickly)).toMatchObject({ id: 'ber-0' });
  });
});

describe('a host whose replies break', () => {
  test('cuts the connection before a reply, then answers', async () => {
    host.misbehave('/bots', cutsOff, cutsOff);
    expect(await client.bots.list()).toMatchObject({ total: 0 });
  });

  test('cuts the connection in the middle of a reply, then answers', async () => {
    host.misbehave('/bots', breaksOff('{"total": ', { 'content-length': 40 }), breaksOff('{"tot'));
    expect(await client.bots.list()).toMatchObject({ total: 0 });
  });

  test('keeps cutting connections: all attempts are made', async () => {
    host.misbehave('/bots', ...Array(9).fill(cutsOff));
    await expect(client.bots.list()).rejects.toThrow(failure('unreachable', host.url));
    expect(host.heardAt('/bots')).toHaveLength(5);
  });

  test('sends packed replies that are cut off, then answers', async () => {
    host.misbehave('/bots', truncatedGzip(JSON.stringify({ bots: [], words: 'word '.repeat(99) })));
    expect(await client.bots.list()).toMatchObject({ total: 0 });
  });

  test('never replies, then does', async () => {
    host.misbehave('/bots', neverReplies);
    expect(await clientOf({ timeout: 100 }).bots.list()).toMatchObject({ total: 0 });
  });

  test('never replies', async () => {
    host.misbehave('/bots', ...Array(9).fill(neverReplies));
    const short = clientOf({ timeout: 50, retry: { attempts: 2, firstPause: 1 } });
    await expect(short.bots.list()).rejects.toThrow(failure('timed_out', 'GET /api/public/bots: no reply'));
  });

  test('sends the head of a reply, and no more', async () => {
    host.misbehave('/bots', ...Array(9).fill(stalls('{"total":')));
    const short = clientOf({ timeout: 50, retry: { attempts: 2, firstPause: 1 } });
    await expect(short.bots.list()).rejects.toThrow(failure('timed_out'));
    expect(host.heardAt('/bots')).toHaveLength(2);
  });

  test('sends the head of a refusal, and no more', async () => {
    host.misbehave('/bots', (_request, response) => {
      response.writeHead(401).write('{');
    });
    await expect(clientOf({ timeout: 50 }).bots.list()).rejects.toThrow(failure('unauthorized', '401'));
  });

  test('sends a reply without end', async () => {
    host.misbehave('/bots', neverEnds('  '));
    await expect(client.bots.list()).rejects.toThrow(failure('unexpected_reply', 'more than 67108864 bytes'));
  });

  test('sends a refusal without end', async () => {
    host.misbehave('/bots', neverEnds('no ', 404));
    await expect(client.bots.list()).rejects.toThrow(failure('refused', '404'));
  });

  test('is too slow for the wait as a whole', async () => {
    host.pendingTimes = 1e9;
    await expect(client.exports.wait('st-1', { ...quickly, timeout: 100 })).rejects.toThrow(
      failure('timed_out', 'not ended within 0.1 s'),
    );
    host.misbehave('/export/status', neverReplies);
    await expect(client.exports.wait('st-1', { ...quickly, timeout: 100 })).rejects.toThrow(
      failure('timed_out', 'not ended within 0.1 s'),
    );
  });
});

describe('a host that answers for somebody else', () => {
  test('tells of another export than the one that was started', async () => {
    const { _id } = await client.exports.start('st-1', { exportType: 'latest' });
    await client.exports.start('st-1', { exportType: 'latest' });
    await expect(client.exports.wait('st-1', { id: _id })).rejects.toThrow(
      failure('superseded', 'ber-2 instead of ber-1'),
    );
  });

  test('redirects to a login page: only the host of that is told', async () => {
    host.misbehave('/bots', answers('', { location: 'https://login.example/in?state=hidden' }, 302));
    const error = await client.bots.list().catch((thrown: Error) => thrown);
    expect(error).toEqual(failure('unexpected_reply', 'it redirects to https://login.example'));
    expect(String(error)).not.toContain('hidden');
  });

  test('redirects elsewhere: the token stays here', async () => {
    const other = await startMisbehavingHost();
    try {
      host.misbehave('/bots', answers('', { location: `${other.url}/api/public/bots` }, 307));
      await expect(client.bots.list()).rejects.toThrow(failure('unexpected_reply', '307'));
      expect(other.heard).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test('shows a page with status 200', async () => {
    host.misbehave('/bots', answers('<html>Sign in</html>', { 'content-type': 'text/html' }));
    await expect(client.bots.list()).rejects.toThrow(failure('unexpected_reply', 'the reply is a page'));
  });

  test('shows the page of a proxy: the status line is what it says', async () => {
    host.misbehave('/import', answers('<html>', {}, 502));
    await expect(client.imports.start({ zipInfo: 'f' })).rejects.toMatchObject({
      type: 'unavailable',
      detail: 'POST /api/public/bot/import: 502 Bad Gateway',
    });
  });

  test('writes escape sequences and pages into its words: one short line is left', async () => {
    host.misbehave('/bots', refuses(400, {}, `\u001b[2J\u0007no\r\n${'word '.repeat(1000)}`));
    const error = await client.bots.list().catch((thrown: Error) => thrown);
    expect(error).toEqual(failure('refused', '400 [2J no word word'));
    expect(String(error)).toMatch(/^[\x20-\x7e…]{1,600}$/);
  });
});

describe('a reply that is not what the API promises', () => {
  const good = { _id: 'x-1', status: 'success' };
  test.each<[string, string, unknown, (it: Client) => Promise<unknown>]>([
    ['files.upload', 'fileId', { fileId: 1 }, (it) => it.files.upload('a', new Uint8Array())],
    ['imports.start', 'status', { ...good, status: 'maybe' }, (it) => it.imports.start({})],
    [
      'imports.wait',
      'statusLogs.0.status',
      { ...good, statusLogs: [{ taskType: '', taskName: '' }] },
      (it) => it.imports.wait('bir-1'),
    ],
    ['publishing.wait', '_id', { status: 'successful' }, (it) => it.publishing.wait('st-1')],
    [
      'exports.start',
      '_id',
      { status: 'pending' },
      (it) => it.exports.start('st-1', { exportType: 'latest' }),
    ],
    ['exports.wait', 'fileSize', { ...good, fileSize: {} }, (it) => it.exports.wait('st-1')],
    [
      'exports.wait',
      'downloadURL',
      { ...good, downloadURL: 'file:///etc/passwd' },
      (it) => it.exports.wait('st-1'),
    ],
    ['exports.explain', 'sections', {}, (it) => it.exports.explain('ber-1')],
    [
      'exports.plan',
      'dangling',
      { sections: [], tasks: [] },
      (it) => it.exports.plan('st-1', { exportType: 'latest' }),
    ],
    ['bots.list', 'bots.0.name', { bots: [{ _id: 'st-1' }] }, (it) => it.bots.list()],
  ])('fails %s, naming %s', async (_call, field, reply, call) => {
    host.misbehave('', says(reply));
    await expect(call(client)).rejects.toThrow(failure('unexpected_reply', `: ${field}: `));
  });

  test.each([
    ['an export', { ...good, downloadURL: '' }, 'downloadURL', (it: Client) => it.exports.wait('st-1')],
    ['utterances', { ...good, status: 'SUCCESS' }, 'downloadUrl', (it: Client) => it.utterances.wait('st-1')],
    ['an import', good, 'streamId', (it: Client) => it.imports.wait('bir-1')],
  ])('fails the wait for %s that succeeded without what it was for', async (_what, reply, member, call) => {
    host.misbehave('', says(reply));
    await expect(call(client)).rejects.toThrow(failure('unexpected_reply', `has no ${member}`));
  });

  test.each(['null', '"text"', '[]', '', '{'])('fails with %j where an object is expected', async (text) => {
    host.misbehave('/bots', ...Array(9).fill(answers(text)));
    await expect(client.bots.list()).rejects.toThrow(failure('unexpected_reply', 'GET /api/public/bots: '));
  });
});

test('an abort ends a call that waits for a reply, for its next attempt, and for an end', async () => {
  host.pendingTimes = 1e9;
  const calls: ((signal: AbortSignal) => Promise<unknown>)[] = [
    (signal) => client.bots.list({}, { signal }),
    (signal) => clientOf({ retry: { firstPause: 60_000 } }).bots.list({}, { signal }),
    (signal) => client.exports.wait('st-1', { signal }),
  ];
  host.misbehave('/bots', neverReplies, refuses(500));
  for (const call of calls) {
    const aborting = new AbortController();
    const called = call(aborting.signal);
    setTimeout(() => aborting.abort(), 50);
    await expect(called).rejects.toThrow(failure('aborted'));
  }
});

test('a call whose signal has fired already sends nothing', async () => {
  await expect(client.bots.list({}, { signal: AbortSignal.abort() })).rejects.toThrow(failure('aborted'));
  expect(host.heard).toEqual([]);
});

test('a host that cannot be reached is told of soon', async () => {
  const { url } = host;
  await host.close();
  host = await startMisbehavingHost();
  const cases = [
    [url, 'ECONNREFUSED'],
    ['http://127.0.0.1:1', 'bad port'],
    ['http://nowhere.invalid', ''],
  ] as const;
  for (const [address, words] of cases) {
    // Usual pauses but for the attempts that are never to be made.
    const one = createClient({ host: address, token: 't', retry: { attempts: 1e9 } });
    await expect(one.bots.list()).rejects.toThrow(failure('unreachable', address));
    await expect(one.imports.start({ zipInfo: 'f' })).rejects.toThrow(failure('unreachable', words));
  }
});

test.each(['botport.example', 'localhost:8080', 'ftp://botport.example', ''])(
  'a host that is no URL is named: %j',
  (url) => {
    expect(() => createClient({ host: url, token: 't' })).toThrow(
      failure('invalid_option', `host: ${JSON.stringify(url)} is no http or https URL`),
    );
  },
);

test('an id with a slash stays one part of the path', async () => {
  await client.exports.start('../bots', { exportType: 'latest' });
  expect(host.heard.at(-1)?.path).toBe('/api/public/bot/..%2Fbots/export');
});
