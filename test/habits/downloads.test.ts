import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';
import { readByTheDirectory, readFromTheFront } from './archive-readers.ts';
import { hasTool, newBot, run, sample, send, sendBytes } from './support.ts';

let server: TestServer;
let admin: Caller;
let url: URL;
let fileSize: number;
let archive: Buffer;
let members: Map<string, Buffer>;
const folder = mkdtempSync(path.join(tmpdir(), 'botport-habits-'));

const source = {
  definition: sample('bank-assistant', 'botDefinition.json'),
  config: sample('bank-assistant', 'config.json'),
  icon: sample('bank-assistant', 'icon.png'),
  scripts: [
    { name: 'bot_functions.js', content: sample('bank-assistant', 'bot_functions.js').toString() },
    { name: 'botFunctions.js', content: '' },
    { name: 'Reisebüro_botfunctions.js', content: 'function f() {}' },
  ],
};

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  const exported = await exportBot(admin, await importedBot(server, admin, source));
  url = new URL(exported.status.downloadURL as string);
  fileSize = Number(exported.status.fileSize);
  archive = exported.archive;
  members = await membersOf(archive);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const target = () => `${url.pathname}${url.search}`;

describe('the link', () => {
  test.each([
    ['no header at all', []],
    ['the token in auth', ['auth: TOKEN']],
    ['a token that is none', ['Auth: undefined']],
    ['the Accept of Java', ['Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2']],
    ['a wish for compression', ['Accept-Encoding: gzip, deflate, br', 'Accept: */*']],
    ['a content type', ['Content-Type: application/json']],
    ['headers meant for a proxy', ['Proxy-Connection: keep-alive', 'X-Forwarded-Proto: https']],
  ])('opened with %s answers 200 at once with the bytes as they are', async (_what, headers) => {
    const sent = headers.map((line) => line.replace('TOKEN', admin.token));
    const { status, head, body } = await send(server, { path: target(), headers: sent });
    expect(status).toBe(200);
    expect(head).not.toMatch(/^(location|content-encoding|transfer-encoding|set-cookie):/im);
    expect(head).toMatch(new RegExp(`^content-length: ${fileSize}$`, 'im'));
    expect(body.equals(archive)).toBe(true);
  });

  test('is on the scheme and host the client used', () => {
    expect(url.origin).toBe(server.url);
  });

  test('opens for a client of HTTP/1.0', async () => {
    const { status, body } = await sendBytes(server, `GET ${target()} HTTP/1.0\r\n\r\n`);
    expect([status, body.equals(archive)]).toEqual([200, true]);
  });

  test('opens again and again, and by several clients at once', async () => {
    const replies = await Promise.all([fetch(url), fetch(url), fetch(url), fetch(url)]);
    for (const reply of replies) expect(Buffer.from(await reply.arrayBuffer()).equals(archive)).toBe(true);
  });

  test('opens when a client has parsed it and written it anew', async () => {
    const turned = new URLSearchParams([...url.searchParams].reverse());
    const { pathname, search } = url;
    for (const path of [
      `${pathname}${search.replaceAll('%20', '+')}`,
      `${pathname}?${turned}`,
      `${pathname}${search}&_=1700000000`,
      `/${pathname}${search}`,
    ]) {
      expect([path, (await send(server, { path })).status]).toEqual([path, 200]);
    }
  });

  test('can be read a kilobyte at a time, counted against the length announced', async () => {
    const response = await fetch(url);
    let count = 0;
    for await (const chunk of response.body ?? []) {
      for (let at = 0; at < chunk.length; at += 1024) count += chunk.subarray(at, at + 1024).length;
    }
    expect(count).toBe(Number(response.headers.get('content-length')));
    expect(count).toBe(fileSize);
  });

  test('is cut behind its last 8081 by a client that puts its own host before the rest', async () => {
    const inside = await startServer({ publicUrl: 'https://platform.example:8081' });
    try {
      const caller = await callerOf(inside, await inside.createApp());
      const bot = await newBot(inside, caller);
      let pieces: string[] = [];
      // Ids and signatures hold any digits: now and then these four.
      while (pieces.length !== 2) {
        await caller.post(`/api/public/bot/${bot}/export`, { exportType: 'latest' });
        const { body } = await caller.get(`/api/public/bot/${bot}/export/status`);
        pieces = String(body.downloadURL).split('8081');
      }
      const response = await fetch(inside.url + pieces.at(-1));
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
    } finally {
      await inside.close();
    }
  });

  test.each([
    ['A bot', 'A bot.zip'],
    ['Travel/Hotel: 50% & more?', 'Travel_Hotel_ 50_ _ more_.zip'],
    ['..\\..\\evil', '_.._evil.zip'],
    ['Reisebüro 旅行 #1', 'Reisebüro 旅行 _1.zip'],
    ['My bot.zip', 'My bot.zip.zip'],
  ])('of the bot "%s" ends with the name of a zip file to store it under', async (name, expected) => {
    const { status } = await exportBot(admin, await newBot(server, admin, name));
    const link = String(status.downloadURL);
    // Some clients take it from the parsed query, others take what stands behind the last equals sign.
    expect(new URL(link).searchParams.get('clientfilename')).toBe(expected);
    const cut = link.split('clientfilename=')[1] ?? '';
    expect(decodeURIComponent(cut)).toBe(expected);
    expect(cut).toMatch(/^[^/\\&=?]+\.zip$/);
    writeFileSync(path.join(folder, cut), archive);
    writeFileSync(path.join(folder, expected), archive);
  });

  test('says the size and the name to one who only asks for the headers', async () => {
    const { status, head } = await send(server, { method: 'HEAD', path: target() });
    expect(status).toBe(200);
    expect(head).toMatch(new RegExp(`^content-length: ${fileSize}$`, 'im'));
    expect(head).toMatch(/^content-disposition: attachment; filename="[^"]+\.zip"/im);
  });

  test.each([
    ['curl', ['-fsS', '-L', '-o']],
    ['wget', ['-q', '-O']],
  ])('is fetched by %s', async (program, options) => {
    if (!hasTool(program))
      return console.warn(`There is no ${program} on this machine: its download is not tested.`);
    const place = path.join(folder, `${program}.zip`);
    await run(program, [...options, place, url.href]);
    expect(readFileSync(place).equals(archive)).toBe(true);
  });
});

describe('the archive', () => {
  test('is read from the front by a reader of streams, and by its directory, with the same result', () => {
    expect(readFromTheFront(archive)).toEqual(members);
    expect(readByTheDirectory(archive)).toEqual(members);
  });

  test('has no directories, no paths and no names that are the same on some systems', () => {
    const names = [...members.keys()];
    expect(names.filter((name) => /[/\\:]|^\.|\.$/.test(name))).toEqual([]);
  });

  test('unpacks into one folder without making others', () => {
    const place = path.join(folder, 'flat');
    mkdirSync(place);
    for (const [name, content] of readByTheDirectory(archive)) writeFileSync(path.join(place, name), content);
    expect(readdirSync(place).sort()).toEqual([...members.keys()].sort());
  });

  test('has its members under the names clients look for', () => {
    expect([...members.keys()].slice(0, 3)).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
    expect(members.has('bot_functions.js')).toBe(true);
    for (const [name, content] of Object.entries({ 'config.json': source.config, 'icon.png': source.icon })) {
      expect(members.get(name)?.equals(content)).toBe(true);
    }
  });

  test('has one .json whose name holds botdefinition, and it is the largest', () => {
    const documents = [...members].filter(([name]) => name.endsWith('.json'));
    const named = documents.filter(([name]) => /botdefinition|appdefinition/.test(name.toLowerCase()));
    const [largest] = documents.sort(([, a], [, b]) => b.length - a.length);
    expect(named.map(([name]) => name)).toEqual([largest?.[0]]);
  });

  test('can have every member read as UTF-8 text, and the .json ones parsed', () => {
    for (const [name, content] of members) {
      const text = content.toString('utf8');
      if (!name.endsWith('.json')) continue;
      expect(Buffer.from(text).equals(content)).toBe(true);
      expect(text.charCodeAt(0)).toBe('{'.charCodeAt(0));
      expect(JSON.parse(text)).toBeTypeOf('object');
    }
  });

  test('has a definition with the lists clients walk', () => {
    const definition = JSON.parse(String(members.get('botDefinition.json'))) as Json;
    for (const list of ['dialogs', 'dialogComponents', 'sentences', 'patterns']) {
      expect([list, Array.isArray(definition[list])]).toEqual([list, true]);
    }
    const config = JSON.parse(String(members.get('config.json'))) as Json;
    expect(config).toMatchObject({ name: expect.any(String), envVariables: expect.any(Array) });
  });

  test('goes in again as it came out, with every member', async () => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(archive)]), 'bot.zip');
    form.append('fileContext', 'bulkImport');
    form.append('fileExtension', 'zip');
    const request = { method: 'POST', headers: { auth: admin.token }, body: form };
    const uploaded = await fetch(`${server.url}/api/public/uploadfile`, request);
    const { fileId } = (await uploaded.json()) as Json;
    const { body } = await admin.post('/api/public/bot/import', { uploadMode: 'ZIP', zipInfo: fileId });
    const { streamId } = await untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
    const again = await membersOf((await exportBot(admin, streamId as string)).archive);
    expect([...again.keys()]).toEqual([...members.keys()]);
    for (const [name, content] of again) {
      if (name !== 'botDefinition.json')
        expect(content.equals(members.get(name) ?? Buffer.alloc(0))).toBe(true);
    }
  });
});
