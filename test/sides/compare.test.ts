import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';
import { compareSides } from '../../src/sides/compare.ts';
import { readSide } from '../../src/sides/side.ts';
import { limits, scratchFolder, writeBot } from '../support/bot-files.ts';
import {
  callerOf,
  exportBot,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

const folder = scratchFolder();
const at = (name: string) => path.join(folder, name);

const definition = (words: string): Json =>
  smallDefinition({
    localeData: { en: { name: 'Travel' } },
    dialogs: [{ _id: 'dg-1', refId: '1', lname: 'book', localeData: { en: { name: 'Book' } }, words }],
  });

let botport: TestServer;
let second: TestServer;
/** A host that speaks the documented API and nothing else. */
let other: Server;
let bot: string;
let exportId: string;
/** By the names hosts have here. */
const clients = new Map<string | undefined, Client>();
/** Requests of the first server, as method and path. */
const asked: string[] = [];

beforeAll(async () => {
  botport = await startServer();
  second = await startServer();
  const app = await botport.createApp();
  const admin = await callerOf(botport, app);
  bot = await importedBot(botport, admin, { definition: JSON.stringify(definition('first')) });
  await publishBot(admin, bot);
  await replaceDraft(botport, admin, bot, { definition: JSON.stringify(definition('second')) });
  const { status, archive } = await exportBot(admin, bot);
  exportId = String(status._id);
  writeFileSync(at('draft.zip'), archive);

  const secondApp = await second.createApp();
  const there = await callerOf(second, secondApp);
  await importedBot(second, there, { definition: JSON.stringify(definition('third')) });

  other = createServer(async (request, response) => {
    if (request.url?.startsWith('/api/v1/')) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>');
      return;
    }
    const body: Buffer[] = [];
    for await (const piece of request) body.push(piece);
    const { auth = '', 'content-type': type = '' } = request.headers as Record<string, string>;
    const reply = await fetch(`${botport.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { auth, ...(type ? { 'content-type': type } : {}) },
      ...(body.length > 0 ? { body: Buffer.concat(body) } : {}),
    });
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(await reply.text());
  });
  await once(other.listen(0, '127.0.0.1'), 'listening');

  const record: typeof fetch = (url, init) => {
    asked.push(`${init?.method ?? 'GET'} ${new URL(String(url)).pathname}`);
    return fetch(url, init);
  };
  const token = appTokens(app);
  clients.set(undefined, createClient({ host: botport.url, token, fetch: record }));
  const otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  clients.set('other', createClient({ host: otherUrl, token, fetch: record }));
  clients.set('second', createClient({ host: second.url, token: appTokens(secondApp) }));
});
afterAll(async () => {
  other.close();
  await botport.close();
  await second.close();
});

function compare(from: string, to: string) {
  asked.length = 0;
  return compareSides(readSide(from), readSide(to), {
    connect: async (host) => {
      const client = clients.get(host);
      if (!client) throw new Error(`no host is called ${host}`);
      return client;
    },
    limit: 500,
    limits,
  });
}

/** `words` of the one dialog, before and after. */
async function changeOf(from: string, to: string) {
  const told = await compare(from, to);
  const items = told.difference.sections.flatMap((section) => section.items);
  expect(items.map(({ words }) => words)).toEqual(['dialog "Book"']);
  return items[0]?.fields.map(({ before, after }) => [before, after]);
}

const exportCalls = () => asked.filter((call) => call.includes('export'));

test('two states on one Botport host are compared there, by name or id', async () => {
  const expected = [['"first"', '"second"']];
  expect(await changeOf('version:Travel', 'draft:Travel')).toEqual(expected);
  expect(await changeOf(`version:${bot}@1`, `draft:${bot}@2`)).toEqual(expected);
  expect(await changeOf('version:Travel', `export:${exportId}`)).toEqual(expected);
  expect(exportCalls()).toEqual([]);
  const { from, to } = await compare('version:Travel', 'draft:Travel');
  expect([from, to]).toEqual([
    { side: 'version:Travel', words: 'version 1 of "Travel"' },
    { side: 'draft:Travel', words: 'the draft of "Travel"' },
  ]);
});

test('a path and a state on a Botport host are compared there', async () => {
  expect(await changeOf('version:Travel', at('draft.zip'))).toEqual([['"first"', '"second"']]);
  expect(asked).toContain('POST /api/public/uploadfile');
  expect(exportCalls()).toEqual([]);
  expect((await compare(at('draft.zip'), 'draft:Travel')).difference).toMatchObject({ same: true });
});

test('a folder is sent packed', async () => {
  const place = writeBot(at('edited'), { 'botDefinition.json': definition('edited') });
  expect(await changeOf('draft:Travel', place)).toEqual([['"second"', '"edited"']]);
  const { to } = await compare('draft:Travel', place);
  expect(to).toEqual({ side: place, words: 'the folder "edited"' });
});

test('two paths need no host', async () => {
  expect(await changeOf(at('draft.zip'), at('edited'))).toEqual([['"second"', '"edited"']]);
  expect(asked).toEqual([]);
});

test('states of a host that is no Botport are exported from it, and compared here', async () => {
  const expected = [['"first"', '"second"']];
  expect(await changeOf('other/version:Travel', 'other/draft:Travel')).toEqual(expected);
  expect(exportCalls()).not.toEqual([]);
  const here = await compare('other/version:Travel', 'other/draft:Travel');
  const there = await compare('version:Travel', 'draft:Travel');
  expect(here.difference).toEqual(there.difference);
  expect(here.to).toEqual({ side: 'other/draft:Travel', words: 'the draft of "Travel"' });
});

test('a file is not sent to a host that cannot compare', async () => {
  expect(await changeOf('other/version:Travel', at('draft.zip'))).toEqual([['"first"', '"second"']]);
  expect(asked).not.toContain('POST /api/public/uploadfile');
});

test('states of two hosts are exported from both', async () => {
  expect(await changeOf('draft:Travel', 'second/draft:Travel')).toEqual([['"second"', '"third"']]);
  expect(await changeOf('draft:Travel@1', 'second/draft:Travel')).toEqual([['"first"', '"third"']]);
  expect(await changeOf(`export:${exportId}`, 'second/draft:Travel')).toEqual([['"second"', '"third"']]);
});

test.each(['other/draft:Travel@1', 'other/version:Travel@1'])('%s is refused by name', async (side) => {
  await expect(compare(side, at('draft.zip'))).rejects.toMatchObject({ type: 'host_is_other', detail: side });
});

test('a refusal of a Botport host is not taken for another host', async () => {
  await expect(compare('draft:Travel@9', 'draft:Travel')).rejects.toMatchObject({
    type: 'refused',
    hostType: 'unknown_version',
  });
  await expect(compare(`draft:st-${'0'.repeat(8)}`, at('draft.zip'))).rejects.toMatchObject({
    hostType: 'invalid_stream_id',
  });
  expect(asked).not.toContain('POST /api/public/uploadfile');
});

test('a path where nothing is fails before any host is asked', async () => {
  await expect(compare('draft:Travel', at('none'))).rejects.toMatchObject({ type: 'bot_not_found' });
  expect(asked).toEqual([]);
});
