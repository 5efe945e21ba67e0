import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appTokens, type Client, createClient } from '../../src/client/index.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { startReceiver } from '../support/receiver.ts';
import { sampleBots } from '../support/samples.ts';
import { pixel, startServer, type TestServer } from '../support/server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-client-'));
const bytes = (content: string | Uint8Array) => new Uint8Array(Buffer.from(content));
const [bot] = sampleBots();

let server: TestServer;
let client: Client;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  const app = await server.createApp();
  client = createClient({ host: `${server.url}/`, token: appTokens(app) });
  if (!bot) throw new Error('the samples are missing');
  const { _id } = await client.imports.start({
    botDefinition: await client.files.upload('botDefinition.json', bytes(bot.definition)),
    configInfo: await client.files.upload('config.json', bytes(bot.config)),
    icon: await client.files.upload('icon.png', bytes(pixel)),
  });
  botId = (await client.imports.wait(_id)).streamId;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const failure = (type: string, words: string) =>
  expect.objectContaining({ type, detail: expect.stringContaining(words) });

/** An archive of the bot. */
async function archive(): Promise<Buffer> {
  const { _id } = await client.exports.start(botId, { exportType: 'latest' });
  const { downloadURL } = await client.exports.wait(botId, { id: _id });
  return buffer((await client.downloads.open(downloadURL)).content);
}

test('files.upload gives a file id', async () => {
  expect(await client.files.upload('a.json', bytes('{}'))).toMatch(/^[0-9a-f]{24}$/);
});

test('exports.start, exports.wait and downloads.toFile save the archive, with its digest', async () => {
  const started = await client.exports.start(botId, { exportType: 'latest' });
  expect(started).toMatchObject({ _id: expect.stringMatching(/^ber-/), status: 'pending' });
  const file = path.join(folder, 'bot.zip');
  const seen: string[] = [];
  const onStatus = ({ status }: { status: string }) => seen.push(status);
  const { size, sha256 } = await client.downloads.toFile({
    file,
    from: (call) => client.exports.wait(botId, { id: started._id, onStatus, ...call }),
  });
  expect(seen.at(-1)).toBe('success');
  const zip = readFileSync(file);
  expect({ size, sha256 }).toEqual({
    size: zip.length,
    sha256: createHash('sha256').update(zip).digest('hex'),
  });
  expect(readdirSync(folder)).toEqual(['bot.zip']);
  const definition = String((await membersOf(zip)).get('botDefinition.json'));
  expect(withoutRewritten(definition)).toBe(withoutRewritten(String(bot?.definition)));
});

test('imports.start gives a pending request, imports.wait its end with the id of the bot', async () => {
  const zipInfo = await client.files.upload('a.zip', bytes(await archive()));
  const started = await client.imports.start({ zipInfo });
  expect(started).toMatchObject({ _id: expect.stringMatching(/^bir-/), status: 'pending' });
  const ended = await client.imports.wait(started._id);
  expect(ended).toMatchObject({ _id: started._id, status: 'success' });
  expect(ended.streamId).toMatch(/^st-/);
  expect(ended.streamId).not.toBe(botId);
  expect((await client.imports.get(started._id)).progress?.bytes.done).toBeGreaterThan(0);
});

test('imports.start keeps the id in the file where asked to, and imports.wait says that it is taken', async () => {
  const zipInfo = await client.files.upload('a.zip', bytes(await archive()));
  const { _id } = await client.imports.start({ zipInfo }, { keepId: true });
  await expect(client.imports.wait(_id)).rejects.toThrow(
    failure('not_successful', `The bot id is taken: ${botId}`),
  );
});

test('imports.wait throws the host’s words, and its name for them, when the import fails', async () => {
  const zipInfo = await client.files.upload('a.zip', bytes('<html>'));
  const { _id } = await client.imports.start({ zipInfo });
  const error = await client.imports.wait(_id).catch((thrown) => thrown);
  expect(error).toEqual(failure('not_successful', 'the import: The file is not a readable zip archive'));
  expect(error.hostType).toBe('zip_malformed');
});

test('imports.plan and imports.apply change a bot as planned; bots.rollBack goes back', async () => {
  const target = (await client.imports.wait((await startCopy())._id)).streamId;
  const zipInfo = await client.files.upload('a.zip', bytes(await archive()));
  const plan = await client.imports.plan(target, { zipInfo });
  const { _id } = await client.imports.apply(target, { zipInfo, plan: plan.digest });
  expect(await client.imports.wait(_id)).toMatchObject({ streamId: target });
  const drafts = await client.bots.drafts(target);
  expect(await client.bots.rollBack(target, { draft: drafts.at(-1)?.number ?? 1 })).toMatchObject({
    digest: drafts.at(-1)?.digest,
  });
});

async function startCopy() {
  return client.imports.start({ zipInfo: await client.files.upload('a.zip', bytes(await archive())) });
}

test('imports.functions gives a bot its functions', async () => {
  const fileId = await client.files.upload('f.js', bytes('function f() {}'));
  const copy = (await client.imports.wait((await startCopy())._id)).streamId;
  expect(await client.imports.functions(copy, [{ fileId, fileName: 'f.js' }])).toMatchObject({
    status: 'Success',
  });
});

test('publishing makes versions, which can be listed, labelled, exported and deleted', async () => {
  await expect(client.publishing.start(botId, 'first')).resolves.toBeUndefined();
  const { _id } = await client.publishing.wait(botId);
  expect(await client.publishing.get(_id)).toMatchObject({ id: _id, botId, comment: 'first', version: 1 });
  await client.publishing.start(botId, 'second', { initiateTraining: false });
  await client.publishing.wait(botId);
  expect(await client.versions.update(botId, 1, { label: 'one' })).toMatchObject({ label: 'one' });
  const numbers: number[] = [];
  for await (const { number } of client.versions.all(botId)) numbers.push(number);
  expect(numbers).toEqual([2, 1]);
  const started = await client.exports.startOf(botId, { exportType: 'published', number: 1 });
  const { size } = await client.exports.waitFor(started._id);
  expect(size).toBeGreaterThan(1000);
  await client.versions.delete(botId, 1);
  expect(await client.versions.list(botId)).toHaveLength(1);
});

test('exports.plan and exports.explain say the same of the same body', async () => {
  const body = { exportType: 'latest', exportOptions: { nlpData: ['utterances'] } } as const;
  const plan = await client.exports.plan(botId, body);
  const { _id } = await client.exports.start(botId, body);
  const { sections, tasks, dangling } = await client.exports.explain(_id);
  expect(plan).toMatchObject({ sections, tasks, dangling });
  expect(sections.length).toBeGreaterThan(50);
});

test('bots.list gives a page of bots, bots.all all of them, and bots.idOf one by its name', async () => {
  const page = await client.bots.list();
  expect(page.bots.map(({ _id }) => _id)).toContain(botId);
  expect(await client.bots.list({ offset: 0, limit: 1 })).toMatchObject({
    total: page.total,
    availableMore: page.total !== 1,
    bots: [{ _id: expect.any(String) }],
  });
  const ids: string[] = [];
  for await (const { _id } of client.bots.all()) ids.push(_id);
  expect(ids).toHaveLength(page.total ?? 0);
  expect(await client.bots.idOf(botId)).toBe(botId);
  await expect(client.bots.idOf('nobody')).rejects.toThrow(failure('refused', 'no bot is called "nobody"'));
});

test('variables.import sets what variables.export gives', async () => {
  const app = await server.createApp({ kind: 'builder', bots: [botId] });
  const builder = createClient({ host: server.url, token: appTokens(app) });
  const message = await builder.variables.import(botId, [{ key: 'greeting', value: 'hello' }]);
  expect(message).toContain('1 Variables');
  const exported = await builder.variables.export(botId);
  expect([exported].flat()).toEqual(
    expect.arrayContaining([expect.objectContaining({ key: 'greeting', value: 'hello' })]),
  );
});

test('utterances.wait gives a link to what users may say', async () => {
  const { _id } = await client.utterances.start(botId, { type: 'csv' });
  const from = await client.utterances.wait(botId, { id: _id });
  const file = path.join(folder, 'utterances.csv');
  const { size } = await client.downloads.toFile({ file, from });
  expect(readFileSync(file)).toHaveLength(size);
  expect(size).toBeGreaterThan(10);
});

test('changeLogs tells what happened, and bots.linkedApps what is linked', async () => {
  const copy = (await client.imports.wait((await startCopy())._id)).streamId;
  expect(await client.changeLogs.list(copy, { startDate: '2020-01-01' })).toMatchObject([
    { message: 'Bot imported as draft 1', resourceType: 'stream' },
  ]);
  const all: string[] = [];
  for await (const { message } of client.changeLogs.all(copy)) all.push(message);
  expect(all).toHaveLength(1);
  expect(await client.bots.linkedApps(copy)).toEqual({ configured: [], published: [] });
});

test('diffs.get and diffs.text say what differs', async () => {
  const same = await client.diffs.get(`draft:${botId}`, `draft:${botId}`);
  expect(same).toMatchObject({ same: true, sections: [] });
  expect(await client.diffs.text(`draft:${botId}`, `draft:${botId}`)).toMatch(/\w+/);
});

test('webhooks are made, shown, tested and deleted', async () => {
  const own = await startServer({ webhookPrivate: true });
  const receiver = await startReceiver();
  try {
    const it = createClient({ host: own.url, token: appTokens(await own.createApp()) });
    const made = await it.webhooks.make({ url: receiver.url, events: ['export.failed'] });
    expect(made.secret).toMatch(/^whsec_/);
    const { secret, ...shown } = made;
    expect(await it.webhooks.get(made.id)).toEqual(shown);
    expect(await it.webhooks.list()).toEqual([shown]);
    expect(await it.webhooks.test(made.id)).toMatchObject({ event: 'ping' });
    expect(await it.webhooks.deliveries(made.id, { limit: 5 })).toHaveLength(1);
    expect(await it.webhooks.delete(made.id)).toMatchObject({ id: made.id });
    await expect(it.webhooks.get(made.id)).rejects.toMatchObject({ hostType: 'webhook_unknown' });
  } finally {
    await receiver.close();
    await own.close();
  }
});

test('host.health and host.document need no app', async () => {
  const nobody = createClient({
    host: server.url,
    token: () => {
      throw new Error('asked for a token');
    },
  });
  await expect(nobody.host.health()).resolves.toBeUndefined();
  expect((await nobody.host.document()).openapi).toBe('3.1.0');
});

describe('a refusal has the host’s words', () => {
  const nobody = 'st-00000000-0000-0000-0000-000000000000';
  const latest = { exportType: 'latest' } as const;
  test.each<[string, string, (it: Client) => Promise<unknown>]>([
    ['imports.start', '400 Invalid file id', (it) => it.imports.start({ zipInfo: 'f' })],
    ['imports.wait', '400 Invalid request ID', (it) => it.imports.wait('bir-1')],
    ['publishing.start', '412 Validation errors', (it) => it.publishing.start(botId, ' ')],
    ['publishing.wait', '400 Invalid StreamId', (it) => it.publishing.wait(nobody)],
    ['exports.start', '400 Invalid StreamId', (it) => it.exports.start(nobody, latest)],
    ['exports.start', '400 Invalid StreamId', (it) => it.exports.start('../bots', latest)],
    ['exports.wait', '400 Invalid StreamId', (it) => it.exports.wait(nobody)],
    ['exports.explain', '400 Invalid request ID', (it) => it.exports.explain('ber-1')],
    ['exports.plan', '400 Please select', (it) => it.exports.plan(botId, { ...latest, exportOptions: {} })],
    ['utterances.wait', '400 Invalid StreamId', (it) => it.utterances.wait(nobody)],
  ])('%s: %s', async (_call, words, call) => {
    await expect(call(client)).rejects.toThrow(failure('refused', words));
  });

  test('a token nobody knows', async () => {
    const stranger = createClient({ host: server.url, token: 'none' });
    await expect(stranger.files.upload('a.json', bytes('{}'))).rejects.toThrow(
      failure('unauthorized', '401 Invalid JWT token'),
    );
  });

  test('a link without a signature', async () => {
    await expect(client.downloads.open(`${server.url}/api/getMediaStream/market/f-1.zip`)).rejects.toThrow(
      failure('link_expired', '403 The download link'),
    );
  });
});
