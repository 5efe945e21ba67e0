import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeToken } from '../../src/auth/token.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import { BotportError } from '../../src/errors.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import { pixel, startServer, type TestServer } from '../support/server.ts';

const bytes = (content: string | Uint8Array) => new Uint8Array(Buffer.from(content));

describe('against a real server', () => {
  const [bot] = sampleBots();
  let server: TestServer;
  let client: Client;
  let botId: string;

  beforeAll(async () => {
    server = await startServer();
    const app = await server.createApp();
    client = createClient({ host: `${server.url}/`, token: () => makeToken(app) });
    if (!bot) throw new Error('the samples are missing');
    const { _id } = await client.startImport({
      botDefinition: await client.upload('botDefinition.json', bytes(bot.definition)),
      configInfo: await client.upload('config.json', bytes(bot.config)),
      icon: await client.upload('icon.png', bytes(pixel)),
    });
    botId = (await client.waitForImport(_id)).streamId;
  });
  afterAll(() => server.close());

  const refused = (words: string) =>
    expect.objectContaining({ type: 'request_failed', detail: expect.stringContaining(words) });

  /** An archive of the bot. */
  async function archive(): Promise<Buffer> {
    await client.startExport(botId, { exportType: 'latest' });
    const { downloadURL } = await client.waitForExport(botId);
    return buffer((await client.download(downloadURL)).content);
  }

  test('upload gives a file id', async () => {
    expect(await client.upload('a.json', bytes('{}'))).toMatch(/^[0-9a-f]{24}$/);
  });

  test('startImport gives a pending request, waitForImport its end with the id of the bot', async () => {
    const started = await client.startImport({
      zipInfo: await client.upload('a.zip', bytes(await archive())),
    });
    expect(started).toMatchObject({ _id: expect.stringMatching(/^bir-/), status: 'pending' });
    const ended = await client.waitForImport(started._id);
    expect(ended).toMatchObject({ _id: started._id, status: 'success' });
    expect(ended.streamId).toMatch(/^st-/);
    expect(ended.streamId).not.toBe(botId);
  });

  test('startImport keeps the id in the file where asked to, and waitForImport says that it is taken', async () => {
    const zipInfo = await client.upload('a.zip', bytes(await archive()));
    const { _id } = await client.startImport({ zipInfo }, { keepId: true });
    await expect(client.waitForImport(_id)).rejects.toThrow(refused(`The bot id is taken: ${botId}`));
  });

  test('waitForImport throws the host’s words when the import fails', async () => {
    const { _id } = await client.startImport({ zipInfo: await client.upload('a.zip', bytes('<html>')) });
    await expect(client.waitForImport(_id)).rejects.toThrow(
      refused('the import failed: The file is not a readable zip archive'),
    );
  });

  test('publish and waitForPublish make a version', async () => {
    await expect(client.publish(botId, 'first')).resolves.toBeUndefined();
    expect(await client.waitForPublish(botId)).toMatchObject({
      _id: expect.stringMatching(/^ds-/),
      status: 'successful',
    });
    await expect(client.startExport(botId, { exportType: 'published' })).resolves.toBeDefined();
  });

  test('startExport, waitForExport and download give the archive', async () => {
    const started = await client.startExport(botId, { exportType: 'latest' });
    expect(started).toMatchObject({ _id: expect.stringMatching(/^ber-/), status: 'pending' });
    const seen: string[] = [];
    const ended = await client.waitForExport(botId, ({ status }) => seen.push(status));
    expect(ended._id).toBe(started._id);
    expect(seen.at(-1)).toBe('success');
    const { size, content } = await client.download(ended.downloadURL);
    const zip = await buffer(content);
    expect(zip.length).toBe(size);
    expect(String(size)).toBe(ended.fileSize);
    const definition = String((await membersOf(zip)).get('botDefinition.json'));
    expect(withoutRewritten(definition)).toBe(withoutRewritten(String(bot?.definition)));
  });

  test('planExport and explainExport say the same of the same body', async () => {
    const body = { exportType: 'latest', exportOptions: { nlpData: ['utterances'] } };
    const plan = await client.planExport(botId, body);
    const { _id } = await client.startExport(botId, body);
    const { sections, tasks, dangling } = await client.explainExport(_id);
    expect(plan).toMatchObject({ sections, tasks, dangling });
    expect(sections.length).toBeGreaterThan(50);
  });

  test('listBots gives a page of bots', async () => {
    const page = await client.listBots();
    expect(page.bots.map(({ _id }) => _id)).toContain(botId);
    expect(await client.listBots({ offset: 0, limit: 1 })).toMatchObject({
      total: page.total,
      availableMore: page.total > 1,
      bots: [{ _id: expect.any(String) }],
    });
  });

  const nobody = 'st-00000000-0000-0000-0000-000000000000';
  test.each<[string, string, (client: Client) => Promise<unknown>]>([
    ['startImport', '400 Invalid file id', (it) => it.startImport({ zipInfo: 'f' })],
    ['waitForImport', '400 Invalid request ID', (it) => it.waitForImport('bir-1')],
    ['publish', '412 Validation errors', (it) => it.publish(botId, ' ')],
    ['waitForPublish', '400 Invalid StreamId', (it) => it.waitForPublish(nobody)],
    ['startExport', '400 Invalid StreamId', (it) => it.startExport(nobody, { exportType: 'latest' })],
    ['startExport', '412 Validation errors', (it) => it.startExport(botId, { exportType: 'all' })],
    ['waitForExport', '400 Invalid StreamId', (it) => it.waitForExport(nobody)],
    ['explainExport', '400 Invalid request ID', (it) => it.explainExport('ber-1')],
    [
      'planExport',
      '400 Please select',
      (it) => it.planExport(botId, { exportType: 'latest', exportOptions: {} }),
    ],
    [
      'download',
      '403 The download link',
      (it) => it.download(`${server.url}/api/getMediaStream/market/f-1.zip`),
    ],
  ])('%s throws the host’s words: %s', async (_method, words, call) => {
    await expect(call(client)).rejects.toThrow(refused(words));
  });

  test('upload throws the host’s words: 401 Invalid JWT token', async () => {
    const stranger = createClient({ host: server.url, token: async () => 'none' });
    await expect(stranger.upload('a.json', bytes('{}'))).rejects.toThrow(refused('401 Invalid JWT token'));
  });

  test('an id with a slash stays one part of the path', async () => {
    await expect(client.startExport('../bots', { exportType: 'latest' })).rejects.toThrow(
      refused('400 Invalid StreamId'),
    );
  });
});

describe('a host that answers nonsense', () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of cleanUp.splice(0)) await close();
  });

  async function clientOf(answer: RequestListener): Promise<Client> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp.push(() => server.close());
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return createClient({ host, token: async () => 'a.secret.token' });
  }
  const answering = (reply: unknown) => clientOf((_request, response) => response.end(JSON.stringify(reply)));

  /** What a call fails with; it must be a failure of the registry. */
  async function detailOf(call: Promise<unknown>): Promise<string> {
    const error: unknown = await call.then(
      () => 'no error',
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(BotportError);
    expect(error).toMatchObject({ type: 'request_failed' });
    return (error as BotportError).detail ?? '';
  }

  const good = { _id: 'x-1', status: 'success' };
  test.each<[string, string, unknown, (client: Client) => Promise<unknown>]>([
    ['upload', 'fileId', { fileId: 1 }, (it) => it.upload('a', bytes(''))],
    ['startImport', 'status', { ...good, status: 'maybe', statusLogs: [] }, (it) => it.startImport({})],
    ['waitForImport', 'statusLogs', good, (it) => it.waitForImport('bir-1')],
    [
      'waitForImport',
      'statusLogs.0.status',
      { ...good, statusLogs: [{ taskType: '', taskName: '' }] },
      (it) => it.waitForImport('bir-1'),
    ],
    ['waitForPublish', '_id', { status: 'successful' }, (it) => it.waitForPublish('st-1')],
    ['startExport', '_id', { status: 'pending' }, (it) => it.startExport('st-1', {})],
    ['waitForExport', 'fileSize', { ...good, fileSize: 5 }, (it) => it.waitForExport('st-1')],
    ['waitForExport', 'fileSize', { ...good, fileSize: 'big' }, (it) => it.waitForExport('st-1')],
    ['waitForExport', 'downloadURL', { ...good, downloadURL: '' }, (it) => it.waitForExport('st-1')],
    [
      'waitForExport',
      'downloadURL',
      { ...good, downloadURL: 'file:///etc/passwd' },
      (it) => it.waitForExport('st-1'),
    ],
    ['explainExport', 'sections', {}, (it) => it.explainExport('ber-1')],
    ['planExport', 'dangling', { sections: [], tasks: [] }, (it) => it.planExport('st-1', {})],
    [
      'listBots',
      'bots.0.name',
      { total: 1, availableMore: false, bots: [{ _id: 'st-1' }] },
      (it) => it.listBots(),
    ],
  ])('fails %s, naming %s', async (_method, field, reply, call) => {
    expect(await detailOf(call(await answering(reply)))).toContain(`: ${field}: `);
  });

  test('fails publish when the reply is no list', async () => {
    expect(await detailOf((await answering({})).publish('st-1', 'x'))).toMatch(
      /unexpected reply to .*publish/,
    );
  });

  test.each([['null'], ['"text"'], ['[]']])('fails with %s where an object is expected', async (text) => {
    const client = await clientOf((_request, response) => response.end(text));
    expect(await detailOf(client.listBots())).toMatch(/unexpected reply to \/api\/public\/bots/);
  });

  test('fails with a proxy’s page, and the status line is what it says', async () => {
    const client = await clientOf((_request, response) => response.writeHead(502).end('<html>'));
    expect(await detailOf(client.listBots())).toBe('502 Bad Gateway');
  });

  test('fails with an error reply that is cut off', async () => {
    const client = await clientOf((_request, response) => {
      response.writeHead(500, { 'content-length': 100 });
      response.write('{', () => response.destroy());
    });
    expect(await detailOf(client.listBots())).toBe('500 Internal Server Error');
  });

  test('fails with a success that lacks the link', async () => {
    expect(await detailOf((await answering(good)).waitForExport('st-1'))).toContain('the export failed');
  });

  test('fails a download that breaks off', async () => {
    const url = await new Promise<string>((resolve) => {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('PK', () => response.destroy());
      }).listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
      cleanUp.push(() => server.close());
    });
    const { size, content } = await (await answering({})).download(url);
    expect(size).toBe(100);
    expect(await detailOf(buffer(content))).toBe('the download broke off after 2 bytes');
  });

  test('fails a download from an address that is none', async () => {
    const client = await answering({});
    expect(await detailOf(client.download('nowhere'))).toContain('nowhere');
  });

  test('members it does not know are no nonsense', async () => {
    const client = await answering({ total: 0, availableMore: false, bots: [], more: { than: 'known' } });
    expect(await client.listBots()).toMatchObject({ total: 0 });
  });
});

test('a host nobody answers at is named', async () => {
  const client = createClient({ host: 'http://127.0.0.1:1/base', token: async () => 't' });
  await expect(client.listBots()).rejects.toMatchObject({
    type: 'request_failed',
    detail: 'http://127.0.0.1:1 cannot be reached',
  });
});
