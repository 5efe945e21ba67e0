import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';
import { packMembers } from '../../src/exploded/pack.ts';
import { deliverExport } from '../../src/transfer/deliver-export.ts';
import { exportToBuffer, exportToFile } from '../../src/transfer/fetch-export.ts';
import { openLocalSource } from '../../src/transfer/local-source.ts';
import { planImport, sendImport, uploadArchive, uploadMembers } from '../../src/transfer/send-import.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import {
  callerOf,
  importedBot,
  pixel,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-transfer-'));
const limits = { maxUnpacked: 1e9 };
const sample = sampleBots().find(({ name }) => name.endsWith('tiny'));
const body = { exportType: 'latest' } as const;

let server: TestServer;
let app: AppCredentials;
let client: Client;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  client = createClient({ host: server.url, token: appTokens(app) });
  if (!sample) throw new Error('the samples are missing');
  botId = await importedBot(server, await callerOf(server, app), sample);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

let places = 0;
const newPlace = () => path.join(folder, String(++places));

/** The client, with a host that says this of a finished export. */
function saying(facts: { size?: number; downloadURL?: string }): Client {
  const wait: Client['exports']['wait'] = async (...args) => ({
    ...(await client.exports.wait(...args)),
    ...facts,
  });
  return { ...client, exports: { ...client.exports, wait } };
}

describe('an export', () => {
  test('comes into a file and into memory as the same bytes, told as they come', async () => {
    const file = newPlace();
    const told: [number, number | undefined][] = [];
    const onBytes = (bytes: number, size: number | undefined) => told.push([bytes, size]);
    const saved = await exportToFile(client, { botId, body }, file, { onBytes });
    const { archive, size, sha256 } = await exportToBuffer(client, { botId, body });
    expect(readFileSync(file).equals(archive)).toBe(true);
    expect(saved).toEqual({ id: expect.stringMatching(/^ber-/), size, sha256 });
    expect(told.at(-1)).toEqual([size, size]);
  });

  test.each([
    ['is not as large as the host says', { size: 5 }, 'download_damaged'],
    ['cannot be downloaded', { downloadURL: 'http://127.0.0.1:1/none' }, 'unreachable'],
  ])('that %s leaves the file as it was', async (_what, facts, type) => {
    const place = newPlace();
    mkdirSync(place);
    const file = path.join(place, 'bot.zip');
    writeFileSync(file, 'before');
    const failing = createClient({ host: server.url, token: appTokens(app), retry: { attempts: 1 } });
    const host = { ...saying(facts), downloads: failing.downloads };
    await expect(exportToFile(host, { botId, body }, file)).rejects.toMatchObject({ type });
    expect(readdirSync(place)).toEqual(['bot.zip']);
    expect(String(readFileSync(file))).toBe('before');
  });

  test('of an earlier draft comes by its number', async () => {
    const { archive } = await exportToBuffer(client, { botId, body, number: 1 });
    const now = await exportToBuffer(client, { botId, body });
    expect(archive.equals(now.archive)).toBe(true);
  });
});

test('an export is not even started where the file cannot be written', async () => {
  const unasked = createClient({ host: 'http://127.0.0.1:1', token: appTokens(app) });
  const file = path.join(newPlace(), 'bot.zip');
  await expect(exportToFile(unasked, { botId, body }, file)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an export whose link has expired comes by a fresh link, and is not started again', async () => {
  let waits = 0;
  const wait: Client['exports']['wait'] = async (...args) => {
    const finished = await client.exports.wait(...args);
    waits += 1;
    return waits > 1 ? finished : { ...finished, downloadURL: `${server.url}/none` };
  };
  let starts = 0;
  const start: Client['exports']['start'] = (...args) => {
    starts += 1;
    return client.exports.start(...args);
  };
  const host = { ...client, exports: { ...client.exports, wait, start } };
  const { size, archive } = await exportToBuffer(host, { botId, body });
  expect({ waits, starts, size }).toEqual({ waits: 2, starts: 1, size: archive.length });
});

describe('a folder with the files of an export', () => {
  const deliver = (place: string, host = client) =>
    deliverExport(host, { botId, body }, { kind: 'folder', path: place }, limits);

  test('loses what the bot no longer has, and keeps what is somebody else’s', async () => {
    const place = newPlace();
    await deliver(place);
    writeFileSync(path.join(place, 'old_functions.js'), '');
    writeFileSync(path.join(place, 'README.md'), 'mine');
    writeFileSync(path.join(place, 'config.json'), '{}');
    const { files } = await deliver(place);
    expect(files).toEqual({ written: 1, removed: 1, unchanged: 2 });
    expect(readdirSync(place).sort()).toEqual(['README.md', 'botDefinition.json', 'config.json', 'icon.png']);
  });

  test('is refused where it holds scripts and no bot, before the host is asked', async () => {
    const place = newPlace();
    mkdirSync(place);
    writeFileSync(path.join(place, 'gulpfile.js'), '');
    const unasked = createClient({ host: 'http://127.0.0.1:1', token: appTokens(app) });
    await expect(deliver(place, unasked)).rejects.toMatchObject({ type: 'export_folder_foreign' });
    expect(readdirSync(place)).toEqual(['gulpfile.js']);
  });

  test('is not even made where the export fails', async () => {
    const place = newPlace();
    await expect(deliver(place, saying({ size: 1 }))).rejects.toMatchObject({ type: 'download_damaged' });
    expect(existsSync(place)).toBe(false);
  });
});

describe('an import', () => {
  const members = () => [
    { name: 'botDefinition.json', content: Buffer.from(JSON.stringify(smallDefinition())) },
    { name: 'config.json', content: Buffer.from('{"name":"A bot","envVariables":[]}') },
    { name: 'icon.png', content: pixel },
    { name: 'bot_functions.js', content: Buffer.from('// nothing\n') },
  ];

  test('of single files makes the same bot as one of an archive', async () => {
    const files = await uploadMembers(client, members());
    const archive = await uploadArchive(client, new Uint8Array(await packMembers(members())));
    const bots = [await sendImport(client, files, {}), await sendImport(client, archive, { name: 'Other' })];
    const [one, other] = await Promise.all(
      bots.map(async ({ streamId }) => {
        const { archive: bytes } = await exportToBuffer(client, { botId: streamId, body });
        const content = [...(await membersOf(bytes))].map(([name, bytes]) => [name, String(bytes)]);
        return new Map(content as [string, string][]);
      }),
    );
    expect([...(one?.keys() ?? [])].sort()).toEqual(
      members()
        .map(({ name }) => name)
        .sort(),
    );
    const definition = (files: Map<string, string> | undefined) =>
      withoutRewritten(files?.get('botDefinition.json') ?? '');
    expect(definition(one)).toBe(definition(other));
    expect(one?.get('bot_functions.js')).toBe(other?.get('bot_functions.js'));
  });

  test('does exactly what was planned, and is refused once the bot has moved', async () => {
    const archive = await uploadArchive(client, new Uint8Array(await packMembers(members())));
    const { streamId: into } = await sendImport(client, archive, {});
    const changed = members();
    changed[0] = {
      name: 'botDefinition.json',
      content: Buffer.from(JSON.stringify(smallDefinition({ dialogs: [{ _id: 'dg-1', lname: 'a' }] }))),
    };
    const files = await uploadArchive(client, new Uint8Array(await packMembers(changed)));
    const { digest, counts } = await planImport(client, files, { into });
    expect(counts.created).toBe(1);
    await sendImport(client, files, { into, plan: digest });
    await expect(sendImport(client, files, { into, plan: digest })).rejects.toMatchObject({
      type: 'refused',
      hostType: 'plan_outdated',
    });
  });

  test('that failed says at which steps, where the host tells', async () => {
    const statusLogs = [
      { taskType: 'importRequest', taskName: 'Bank', status: 'success' },
      { taskType: 'Dialog', taskName: 'Pay', status: 'failed' },
    ];
    const reply = { _id: 'bir-1', statusLogs, status: 'failed' as const, errors: [{ msg: 'No room' }] };
    const host = createClient({
      host: server.url,
      token: appTokens(app),
      fetch: async () => new Response(JSON.stringify(reply)),
    });
    await expect(sendImport(host, { zipInfo: '1' }, {})).rejects.toMatchObject({
      type: 'not_successful',
      detail: 'the import: No room\n  Dialog "Pay": failed',
    });
  });
});

describe('what is uploaded of', () => {
  const text = async (place: string) =>
    membersOf(Buffer.from(await (await openLocalSource(place, limits)).archive.arrayBuffer()));

  test('an archive is the archive, byte for byte', async () => {
    const file = newPlace();
    await exportToFile(client, { botId, body }, file);
    const { archive, hasConfig } = await openLocalSource(file, limits);
    expect(Buffer.from(await archive.arrayBuffer()).equals(readFileSync(file))).toBe(true);
    expect(hasConfig).toBe(true);
  });

  test('an archive that is changed on the way is packed anew', async () => {
    const file = newPlace();
    await exportToFile(client, { botId, body }, file);
    const source = await openLocalSource(file, limits, (members) =>
      members.map((member) =>
        member.name === 'config.json' ? { ...member, content: Buffer.from('{"new":1}') } : member,
      ),
    );
    const now = await membersOf(Buffer.from(await source.archive.arrayBuffer()));
    expect(String(now.get('config.json'))).toBe('{"new":1}');
    const before = await membersOf(readFileSync(file));
    expect(now.get('botDefinition.json')).toEqual(before.get('botDefinition.json'));
  });

  test('a definition alone has a config.json with no variables, and is known for it', async () => {
    const file = newPlace();
    writeFileSync(file, '\uFEFF {"dialogs": []}');
    expect((await openLocalSource(file, limits)).hasConfig).toBe(false);
    expect([...(await text(file)).keys()]).toEqual(['botDefinition.json', 'config.json']);
  });

  test.each(['<html>', '', '[]'])('%j is nothing', async (content) => {
    const file = newPlace();
    writeFileSync(file, content);
    await expect(
      openLocalSource(file, limits).then(({ archive }) => client.files.upload('a.zip', archive)),
    ).rejects.toMatchObject({ type: 'bot_not_found' });
  });
});
