import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateBot } from '../../bench/generate-bot.ts';
import { readEvents, type StreamEvent } from '../../src/client/event-stream.ts';
import { appTokens, type Client, createClient, type RequestEvent } from '../../src/client/index.ts';
import { pixel, startServer } from '../support/server.ts';
import {
  answers,
  type Behaviour,
  breaksOff,
  cutsOff,
  type MisbehavingHost,
  refuses,
  startMisbehavingHost,
} from './misbehaving-host.ts';

const failure = (type: string, words = '') =>
  expect.objectContaining({ name: 'ClientError', type, message: expect.stringContaining(words) });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function* piecesOf(bytes: Uint8Array, lengths: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const length of lengths) {
    yield bytes.subarray(start, start + length);
    start += length;
  }
  yield bytes.subarray(start);
}

const read = (text: string, lengths: number[] = []): Promise<StreamEvent[]> =>
  all(readEvents(piecesOf(Buffer.from(text), lengths)));

describe('reading a stream, as the standard has it', () => {
  test.each<[string, string, Partial<StreamEvent>[]]>([
    ['lines of data make one', 'data: a\ndata: b\n\n', [{ event: 'message', data: 'a\nb' }]],
    [
      'one space behind the colon is none of the value',
      'data:  a\n\ndata:b\n\n',
      [{ data: ' a' }, { data: 'b' }],
    ],
    ['a field without a colon is empty', 'data\n\n', [{ data: '' }]],
    ['comments say nothing', ': still here\n\n:\n\ndata: a\n\n', [{ data: 'a' }]],
    ['an event without data is none', 'event: a\n\ndata: b\n\n', [{ event: 'message', data: 'b' }]],
    ['the id stays until there is another', 'id: 1\ndata: a\n\ndata: b\n\n', [{ id: '1' }, { id: '1' }]],
    ['retry is digits', 'retry: 10\nretry: 1s\ndata: a\n\n', [{ retry: 10 }]],
    ['a byte order mark is passed over', '\ufeffdata: a\n\n', [{ data: 'a' }]],
    ['what is not ended is dropped', 'data: a\n\ndata: b\n', [{ data: 'a' }]],
  ])('%s', async (_words, text, events) => {
    const found = await read(text);
    expect(found).toMatchObject(events);
    expect(found).toHaveLength(events.length);
  });

  test('how lines end, and where pieces end, makes no difference', async () => {
    const text =
      'id: 1\nevent: progress\ndata: {"ü": "€"}\n\n: still\n\nid: 2\ndata: a\ndata: b\n\ndata: c\n\n';
    const expected = await read(text);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat({ max: 9 }), { maxLength: 40 }),
        async (end, lengths) => {
          expect(await read(`${text.replaceAll('\n', end)}:\n`, lengths)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a host whose streams break', () => {
  let host: MisbehavingHost;
  let client: Client;
  beforeEach(async () => {
    host = await startMisbehavingHost();
    client = createClient({ host: host.url, token: 't', retry: { firstPause: 1 } });
  });
  afterEach(() => host.close());

  const progress = (done: number) =>
    `id: ${done}\nevent: progress\ndata: {"bytes":{"done":${done},"total":null},"items":{"done":0,"total":null}}\n\n`;
  const end = 'id: success\nevent: success\ndata: {"_id":"bir-1","status":"success","streamId":"st-1"}\n\n';
  const head = { 'content-type': 'text/event-stream' };
  const streams = (text: string): Behaviour => answers(text, head);
  const follow = () => all(client.events.of('import', 'bir-1'));
  const done = (events: RequestEvent<'import'>[]) =>
    events.map((event) => (event.type === 'progress' ? event.progress?.bytes.done : event.type));

  test('comes again where a stream ends, is cut off, or fails, and says what it heard last', async () => {
    host.misbehave(
      '/events',
      streams(`retry: 1\n\n${progress(1)}`),
      breaksOff(`retry: 1\n\n${progress(2)}id: 9\ndata`, head),
      cutsOff,
      refuses(503, { 'retry-after': '0' }),
      streams(progress(3) + end),
    );
    expect(done(await follow())).toEqual([1, 2, 3, 'success']);
    expect(host.heard.map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      '1',
      '2',
      '2',
      '2',
    ]);
  });

  test('waits for a host that goes away in between', async () => {
    const away = Array(5).fill(refuses(502));
    host.misbehave('/events', streams(`retry: 1\n\n${progress(1)}`), ...away, ...away, streams(end));
    expect(done(await follow())).toEqual([1, 'success']);
    host.misbehave('/events', ...away);
    await expect(follow()).rejects.toThrow(failure('unavailable', '502'));
  });

  test('ends where the host says that all was heard', async () => {
    host.misbehave('/events', answers('', {}, 204));
    expect(await follow()).toEqual([]);
  });

  test('gives up where streams break off again and again without an event', async () => {
    host.misbehave('/events', ...Array(9).fill(streams('retry: 1\n\n')));
    await expect(follow()).rejects.toThrow(failure('unreachable', 'the events break off'));
    expect(host.heard).toHaveLength(5);
  });

  test('passes over events it does not know', async () => {
    host.misbehave('/events', streams(`event: news\ndata: x\n\n${end}`));
    expect(done(await follow())).toEqual(['success']);
  });

  test.each(['{', '{}', '"x"'])('fails with an event that is %s', async (data) => {
    host.misbehave('/events', streams(`event: success\ndata: ${data}\n\n`));
    await expect(follow()).rejects.toThrow(failure('unexpected_reply', 'events: '));
  });

  test('fails where there is no stream, but a page', async () => {
    host.misbehave('/events', answers('<p>', { 'content-type': 'text/html' }));
    await expect(follow()).rejects.toThrow(failure('unexpected_reply', 'no event stream'));
    await expect(follow()).rejects.toThrow(failure('not_offered', '404'));
  });

  test('who leaves, or aborts, closes the connection', async () => {
    let closed = 0;
    const open: Behaviour = (_request, response) => {
      response.writeHead(200, head).write(progress(1));
      response.on('close', () => {
        closed += 1;
      });
    };
    host.misbehave('/events', open, open);
    for await (const _event of client.events.of('import', 'bir-1')) break;
    await expect.poll(() => closed).toBe(1);
    const aborting = new AbortController();
    const following = client.events.of('import', 'bir-1', { signal: aborting.signal });
    await following.next();
    aborting.abort();
    await expect(following.next()).rejects.toThrow(failure('aborted'));
    await expect.poll(() => closed).toBe(2);
  });
});

test('an import, an export and a publish are followed to their ends on a real server', async () => {
  const server = await startServer();
  try {
    const client = createClient({ host: server.url, token: appTokens(await server.createApp()) });
    const send = (name: string, text: string | Uint8Array) =>
      client.files.upload(name, new Uint8Array(Buffer.from(text)));
    const imported = await client.imports.start({
      botDefinition: await send('botDefinition.json', [...generateBot(2e6, 'events')].join('')),
      configInfo: await send('config.json', '{"envVariables":[]}'),
      icon: await send('icon.png', pixel),
    });
    const last = (await all(client.events.of('import', imported._id))).at(-1);
    if (last?.type !== 'success') throw new Error(JSON.stringify(last));
    const botId = last.request.streamId ?? '';
    expect(last.request).toMatchObject({ _id: imported._id, progress: { bytes: expect.anything() } });

    const exported = await client.exports.start(botId, { exportType: 'latest' });
    expect((await all(client.events.of('export', exported._id))).at(-1)).toMatchObject({
      type: 'success',
      request: { id: exported._id, downloadURL: expect.stringContaining('.zip') },
    });

    await client.publishing.start(botId, 'first');
    const { _id } = await client.publishing.wait(botId);
    expect((await all(client.events.of('publish', _id))).at(-1)).toMatchObject({
      type: 'success',
      request: { id: _id, botId, version: 1 },
    });
    const unknown = all(client.events.of('export', 'ber-1'));
    await expect(unknown).rejects.toMatchObject({ type: 'refused', hostType: 'invalid_request_id' });
  } finally {
    await server.close();
  }
});
