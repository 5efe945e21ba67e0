import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  type Json,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';
import {
  boundary,
  hasTool,
  kindOf,
  newBot,
  run,
  sample,
  send,
  uploadedBot,
  type WireRequest,
} from './support.ts';

let server: TestServer;
let admin: Caller;
const folder = mkdtempSync(path.join(tmpdir(), 'botport-habits-'));

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const withBoundary = `Content-Type: multipart/form-data; boundary=${boundary}`;
const content = '{"a": "Grüße"}';
const sha1 = (bytes: string | Uint8Array) => createHash('sha1').update(bytes).digest('hex');

function uploadForm(body: string | Uint8Array, headers = [withBoundary], more: Partial<WireRequest> = {}) {
  const request = { method: 'POST', path: '/api/public/uploadfile', body, ...more };
  return send(server, { ...request, headers: [`auth: ${admin.token}`, ...headers] });
}

const file = (more: { fileName?: string; headers?: string[] } = {}) => ({
  name: 'file',
  value: content,
  fileName: 'botDefinition.json',
  ...more,
});
const context = { name: 'fileContext', value: 'bulkImport' };
const extension = (value: string) => ({ name: 'fileExtension', value });

/** The name a script is exported under, which is the name it was uploaded under. */
async function nameInExport(fileId: unknown): Promise<string | undefined> {
  const files = await uploadedBot(server, admin.token);
  const { body } = await admin.post('/api/public/bot/import', { ...files, botFunctions: [fileId] });
  const { streamId } = await untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
  const members = await membersOf((await exportBot(admin, streamId as string)).archive);
  return [...members.keys()].at(-1);
}

test('a form written by hand, fields before the file, is taken and answered with fileId and hash', async () => {
  const parts = [context, extension('json'), file({ headers: ['Content-Type: application/octet-stream'] })];
  const { status, json } = await uploadForm(kindOf(...parts));
  expect([status, json]).toEqual([
    200,
    {
      fileId: expect.stringMatching(/^[0-9a-f]{24}$/),
      hash: sha1(content),
      fileName: expect.stringMatching(/^f-[0-9a-f-]{36}$/),
    },
  ]);
});

test('the file may come first, and the fields behind it several times', async () => {
  const form = kindOf(
    file(),
    context,
    extension('json'),
    context,
    extension('json'),
    context,
    extension('png'),
  );
  expect(await uploadForm(form)).toMatchObject({ status: 200, json: { hash: sha1(content) } });
});

test.each([
  ['names no boundary', ['Content-Type: multipart/form-data']],
  ['names it in quotes', [`Content-Type: multipart/form-data; boundary="${boundary}"`]],
  ['is written in capitals', [`CONTENT-TYPE: Multipart/Form-Data; Boundary=${boundary}`]],
  ['names a charset as well', [`Content-Type: multipart/form-data; charset=UTF-8; boundary=${boundary}`]],
  ['calls the form JSON', ['Content-Type: application/json']],
  ['is missing', []],
])('a form whose content type %s is taken, with a length or in chunks', async (_what, headers) => {
  for (const chunked of [false, true]) {
    const reply = await uploadForm(kindOf(file(), context, extension('json')), headers, { chunked });
    expect(reply).toMatchObject({ status: 200, json: { hash: sha1(content) } });
  }
});

test('FormData sent by fetch under a bare content type of the caller’s own is taken', async () => {
  const form = new FormData();
  form.append('file', new Blob([content]), 'botDefinition.json');
  form.append('fileContext', 'bulkImport');
  form.append('fileExtension', 'json');
  const response = await fetch(`${server.url}/api/public/uploadfile`, {
    method: 'POST',
    headers: { auth: admin.token, 'Content-Type': 'multipart/form-data' },
    body: form,
  });
  expect([response.status, await response.json()]).toMatchObject([200, { hash: sha1(content) }]);
});

test('what programs write around the parts does not matter', async () => {
  const plain = kindOf(context, file());
  for (const body of [
    plain.slice(0, -2),
    `\r\n${plain}`,
    `a preamble\r\n${plain}`,
    plain.replaceAll('name="file"', 'name=file'),
    kindOf(
      context,
      file({ headers: ['Content-Type: application/json', 'Content-Transfer-Encoding: binary'] }),
    ),
    kindOf({ ...context, headers: ['Content-Type: text/plain; charset=ISO-8859-1'] }, file()),
  ]) {
    expect([body, await uploadForm(body)]).toMatchObject([
      body,
      { status: 200, json: { hash: sha1(content) } },
    ]);
  }
});

test('a client that waits for 100 Continue is told to go on', async () => {
  const { head, body } = await uploadForm(kindOf(file()), [withBoundary, 'Expect: 100-continue']);
  expect(head).toMatch(/^HTTP\/1.1 100 Continue/);
  expect(body.toString()).toMatch(/^HTTP\/1.1 200 OK/);
});

test.each([
  ['application/json', 'icon.png'],
  ['application/json', 'bot_functions.js'],
  ['application/octet-stream', 'config.json'],
  ['text/plain', 'icon.png'],
  ['application/json', 'test12.csv'],
])('a part of type %s for %s is taken', async (type, fileName) => {
  const reply = await uploadForm(kindOf(file({ fileName, headers: [`Content-Type: ${type}`] }), context));
  expect(reply).toMatchObject({ status: 200, json: { hash: sha1(content) } });
});

test.each([
  ['/home/someone/bots/bot_functions.js', 'bot_functions.js'],
  ['../export/bot_functions.js', 'bot_functions.js'],
  ['C:\\bots\\new\\bot_functions.js', 'bot_functions.js'],
  ['C:\\\\bots\\\\new\\\\bot_functions.js', 'bot_functions.js'],
  ['.\\bot_functions.js', 'bot_functions.js'],
  ['C:/bots\\new/bot_functions.js', 'bot_functions.js'],
  ['Travel Bot_botfunctions.js', 'Travel Bot_botfunctions.js'],
  ['Reisebüro.js', 'Reisebüro.js'],
])('of a file called %s only the base name is kept', async (fileName, kept) => {
  const { json } = await uploadForm(kindOf(file({ fileName }), context));
  expect(await nameInExport(json.fileId)).toBe(kept);
});

test('a file name in the encoded form of RFC 5987 is understood', async () => {
  const plain = kindOf(file({ fileName: 'x' })).replace('filename="x"', "filename*=UTF-8''Reiseb%C3%BCro.js");
  const { status, json } = await uploadForm(plain);
  expect([status, await nameInExport(json.fileId)]).toEqual([200, 'Reisebüro.js']);
});

test.each([['json'], ['.json'], ['png'], ['.js'], ['txt'], ['zip'], ['JSON'], ['']])(
  'fileExtension "%s" is not held against the file, whatever its name',
  async (value) => {
    for (const fileName of ['icon.png', 'botDefinition.json', 'bot_functions.js']) {
      const reply = await uploadForm(kindOf(file({ fileName }), context, extension(value)));
      expect(reply).toMatchObject({ status: 200, json: { hash: sha1(content) } });
    }
  },
);

test('an upload without fileExtension by a client that calls itself KoreAssistant is taken', async () => {
  const reply = await uploadForm(kindOf(file(), context), [withBoundary, 'User-Agent: KoreAssistant']);
  expect(reply).toMatchObject({ status: 200, json: { hash: sha1(content) } });
});

test('an upload to a path with a doubled slash, a version and a slash at the end is taken', async () => {
  for (const path of ['//api//public/uploadfile', '/api/1.1/public/uploadfile/', '/api/public/uploadfile/']) {
    expect((await uploadForm(kindOf(file()), [withBoundary], { path })).status).toBe(200);
  }
});

test('a builder app uploads, and an admin app imports what it uploaded', async () => {
  const botId = await newBot(server, admin);
  const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [botId] }));
  const { status, body } = await admin.post(
    '/api/public/bot/import',
    await uploadedBot(server, builder.token),
  );
  expect(status).toBe(200);
  expect(await untilEnded(admin, `/api/public/bot/import/status/${body._id}`)).toMatchObject({
    status: 'success',
  });
});

test('curl -F with a content type of its own in -H is taken, also for a large file', async ({ skip }) => {
  if (!hasTool('curl')) skip('there is no curl on this machine');
  for (const name of ['tiny', 'bank-assistant'] as const) {
    const bytes = sample(name, 'botDefinition.json');
    const place = path.join(folder, 'Bot Definition.json');
    writeFileSync(place, bytes);
    const printed = await run('curl', [
      ...['-sS', '-X', 'POST', `${server.url}/api/public/uploadfile`],
      ...['-H', `auth: ${admin.token}`, '-H', 'content-type: multipart/form-data'],
      ...['-F', `file=@${place}`, '-F', 'fileContext=bulkImport', '-F', 'fileExtension=json'],
    ]);
    expect((JSON.parse(printed) as Json).hash).toBe(sha1(bytes));
  }
});
