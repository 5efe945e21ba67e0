import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopesOf } from '../../src/auth/scopes.ts';
import { eventNames, scopeOf } from '../../src/webhooks/events.ts';
import { signedHeaders } from '../../src/webhooks/signature.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  type Json,
  publishBot,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const block = (info: string) => new RegExp(`\`\`\`${info}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-docs-'));
let server: TestServer;
let admin: Caller;
let receiver: Receiver;
beforeAll(async () => {
  server = await startServer({ webhookPrivate: true });
  admin = await callerOf(server, await server.createApp());
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

type Verify = (secret: string, headers: Json, body: string) => Json;

async function inNode(): Promise<Verify> {
  const file = path.join(folder, 'verify.mjs');
  writeFileSync(file, block('js'));
  return (await import(pathToFileURL(file).href)).verify;
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python = `
import sys
given = json.loads(sys.stdin.read())
print(json.dumps(verify(given["secret"], given["headers"], given["body"].encode())))`;

const inPython: Verify = (secret, headers, body) => {
  const file = path.join(folder, 'verify.py');
  writeFileSync(file, block('python') + python);
  const input = JSON.stringify({ secret, headers, body });
  return JSON.parse(execFileSync('python3', [file], { input, stdio: ['pipe', 'pipe', 'pipe'] }).toString());
};

describe.each<[string, () => Promise<Verify>, boolean]>([
  ['in Node', inNode, true],
  ['in Python', async () => inPython, hasPython()],
])('the example %s', (_what, load, isThere) => {
  test.skipIf(!isThere)('takes what the server sends, and nothing else', async () => {
    const verify = await load();
    const { body } = await admin.post('/api/v1/webhooks', { url: receiver.url, events: eventNames });
    const secret = body.secret as string;
    receiver.received.length = 0;
    await admin.post(`/api/v1/webhooks/${body.id}/test`);
    const [message] = (await receiver.first(1)) as [Received];
    await admin.delete(`/api/v1/webhooks/${body.id}`);
    const headers = { ...message.headers } as Json;
    expect(verify(secret, headers, message.body)).toEqual(message.json);
    const several = { ...headers, 'webhook-signature': `v1,AAAA v2,x ${headers['webhook-signature']}` };
    expect(verify(secret, several, message.body)).toEqual(message.json);

    const other = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
    expect(() => verify(other, headers, message.body)).toThrow('wrong signature');
    expect(() => verify(secret, headers, `${message.body} `)).toThrow('wrong signature');
    expect(() => verify(secret, { ...headers, 'webhook-id': 'msg-1' }, message.body)).toThrow(
      'wrong signature',
    );
    expect(() => verify(secret, { ...headers, 'webhook-signature': 'v1,' }, message.body)).toThrow(
      'wrong signature',
    );
    const old = signedHeaders({ id: 'msg-1', body: '{}' }, Math.floor(Date.now() / 1000) - 400, secret);
    expect(() => verify(secret, old, '{}')).toThrow('too old');
  });
});

test('the page names every event with its scope', () => {
  const rows = [...page.matchAll(/^\| (`\w+\.\w+`.*?) \| `(.+?)` +\|$/gm)];
  const named = rows.flatMap(([, events = '', scope]) =>
    [...events.matchAll(/`(.+?)`/g)].map(([, event]) => [event, scope]),
  );
  const printed: Record<string, string> = {
    'bot_definition:bot_export': 'Bot Definition > Bot Export',
    'bot_definition:bot_import': 'Bot Definition > Bot Import',
    'bot_publish:publish_status': 'Bot Publish > Publish Status',
  };
  expect(scopesOf('admin')).toEqual(expect.arrayContaining(Object.keys(printed)));
  expect(named).toEqual(eventNames.map((event) => [event, printed[scopeOf(event)]]));
});

test('the page names every member of every message', async () => {
  const { body } = await admin.post('/api/v1/webhooks', { url: receiver.url, events: eventNames });
  receiver.received.length = 0;
  const { streamId } = await importBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
  await publishBot(admin, streamId as string);
  await exportBot(admin, streamId as string);
  const messages = await receiver.first(3);
  await admin.delete(`/api/v1/webhooks/${body.id}`);
  const sent = new Set(messages.flatMap(({ json }) => [...Object.keys(json), ...Object.keys(json.data)]));
  for (const member of sent) expect(page).toMatch(new RegExp(`["\`]${member}["\`]`));
  const example = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text));
  const exported = messages.find(({ json }) => json.type === 'export.succeeded');
  const shown = example.find(({ type }) => type === 'export.succeeded');
  expect(Object.keys(shown.data).sort()).toEqual(Object.keys(exported?.json.data ?? {}).sort());
});
