import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
import { newBot, sample, send, uploadedBot } from './support.ts';

let server: TestServer;
let admin: Caller;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  botId = await newBot(server, admin);
});
afterAll(() => server.close());

/** Every reply of a run in which all goes well, word by word. */
async function goodReplies(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const ask = async (name: string, path: string, body?: unknown, headers: string[] = []) => {
    const reply = await send(server, {
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: [`auth: ${admin.token}`, ...headers],
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    expect([name, reply.status]).toEqual([name, 200]);
    texts.set(name, reply.body.toString());
    return reply.json;
  };
  const form = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n{}\r\n--x--\r\n';
  await ask('upload', '/api/public/uploadfile', form, ['Content-Type: multipart/form-data; boundary=x']);
  const { _id } = await ask('import', '/api/public/bot/import', await uploadedBot(server, admin.token));
  await ask('import status, at once', `/api/public/bot/import/status/${_id}`);
  const { streamId } = await untilEnded(admin, `/api/public/bot/import/status/${_id}`);
  await ask('import status', `/api/public/bot/import/status/${_id}`);
  const bot = `/api/public/bot/${streamId}`;
  await ask('publish', `${bot}/publish`, { versionComment: 'x' });
  await ask('publish status, at once', `${bot}/publish/status`);
  await untilEnded(admin, `${bot}/publish/status`, 'inprogress');
  await ask('publish status', `${bot}/publish/status`);
  await ask('export', `${bot}/export`, { exportType: 'published' });
  await ask('export status', `${bot}/export/status`);
  await ask('bots', '/api/public/bots?offset=0&limit=50');
  return texts;
}

/** Every object in a reply. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

describe('a reply in which all is well', () => {
  test('holds neither the word error nor, but in ids, times and links, the numbers 404 and 405', async () => {
    for (const [name, text] of await goodReplies()) {
      const fixed = text
        .replace(/"downloadURL":"[^"]*"|"urlParams":"[^"]*"|"fileSize":"\d+"/g, '')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '')
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{24,40}\b/g, '');
      expect([name, fixed.match(/error|40[45]/i)]).toEqual([name, null]);
    }
  });

  test('has no two keys that differ in case only, so that a shell that ignores case can read it', async () => {
    for (const [name, text] of await goodReplies()) {
      for (const one of objectsIn(JSON.parse(text))) {
        const keys = Object.keys(one).map((key) => key.toLowerCase());
        expect([name, keys.length]).toEqual([name, new Set(keys).size]);
      }
    }
  });

  test('names no file id but fileId, and no bot of the next call but streamId', async () => {
    const replies = await goodReplies();
    expect(JSON.parse(replies.get('upload') ?? '')).toMatchObject({ fileId: expect.any(String) });
    for (const name of ['import status', 'publish status', 'export', 'export status']) {
      expect(JSON.parse(replies.get(name) ?? '').streamId).toMatch(/^st-/);
    }
  });

  test('is JSON and says so, with its length', async () => {
    const { head } = await send(server, {
      path: '/api/public/bots?limit=1',
      headers: [`auth: ${admin.token}`, 'Accept-Encoding: gzip'],
    });
    expect(head).toMatch(/^content-type: application\/json/im);
    expect(head).toMatch(/^content-length: \d+$/im);
    expect(head).not.toMatch(/^(content-encoding|location|set-cookie):/im);
  });
});

describe('a refusal', () => {
  const refusals: [string, string, string, string?][] = [
    ['GET', '/api/public/bot/st-none/export/status', 'good'],
    ['GET', '/api/public/bot/import/status/bir-none', 'good'],
    ['POST', '/api/public/bot/import', 'good', '{}'],
    ['POST', '/api/public/uploadfile', 'good', '{}'],
    ['GET', '/api/public/nothing', 'good'],
    ['GET', '/api/public/bots', 'none'],
    ['GET', '/api/public/bots', 'bad'],
    ['GET', '/api/getMediaStream/market/f-1.zip?e=1', 'none'],
  ];

  test.each(refusals)('of %s %s with a %s token has errors[0].msg, a code, and no _id', async (...asked) => {
    const [method, path, token, body] = asked;
    const auth = { good: [`auth: ${admin.token}`], bad: ['auth: JWTToken'], none: [] }[token] ?? [];
    const reply = await send(server, {
      method,
      path,
      headers: auth,
      ...(body === undefined ? {} : { body }),
    });
    expect(reply.status).toBeGreaterThanOrEqual(400);
    const [first] = reply.json.errors as [Json];
    expect(first.msg).toEqual(expect.stringMatching(/\w/));
    expect(first.code).toBeTypeOf('number');
    expect(objectsIn(reply.json).filter((one) => '_id' in one)).toEqual([]);
  });

  test('of a wrong method comes before the token, also of POST on a status path', async () => {
    for (const [method, path] of [
      ['POST', `/api/public/bot/${botId}/export/status`],
      ['POST', '/api/public/bot/import/status/bir-1'],
      ['POST', `/api/1.1/public/bot/${botId}/publish/status/`],
      ['GET', `//api/public/bot/${botId}/export`],
      ['GET', '/api/public/bot/import'],
      ['GET', '/api/public/uploadfile'],
      ['POST', '/api/public/bots'],
    ] as const) {
      for (const auth of [[], ['auth: JWTToken'], [`Auth: ${admin.token}`]]) {
        const headers = [...auth, 'Content-Type: application/json'];
        const body = method === 'POST' ? { body: '{}' } : {};
        const reply = await send(server, { method, path, headers, ...body });
        expect([path, reply.status, reply.json]).toMatchObject([
          path,
          405,
          { errors: [{ msg: 'Method Not Allowed', code: 405 }] },
        ]);
      }
    }
  });
});

describe('a Host header', () => {
  test.each([
    ['<calculated when request is sent>'],
    ['{{host}}'],
    ['bots.kore.ai/'],
    ['https://bots.kore.ai'],
    ['a host'],
    [''],
  ])('that says "%s" is no reason to refuse, and the link leads back all the same', async (host) => {
    await exportBot(admin, botId);
    const reply = await send(server, {
      path: `/api/public/bot/${botId}/export/status`,
      headers: [`Host: ${host}`, `auth: ${admin.token}`],
    });
    expect(reply.status).toBe(200);
    expect((await fetch(String(reply.json.downloadURL))).status).toBe(200);
  });

  test('that names the host another way is what the link begins with', async () => {
    const port = new URL(server.url).port;
    const reply = await send(server, {
      path: `/api/public/bot/${botId}/export/status`,
      headers: [`Host: localhost:${port}`, `auth: ${admin.token}`],
    });
    expect(reply.json.downloadURL).toMatch(new RegExp(`^http://localhost:${port}/api/`));
  });
});

test('a connection is kept open longer than patient clients wait between two calls', async () => {
  const { headers } = await admin.get('/api/public/bots');
  const seconds = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1];
  expect(Number(seconds)).toBeGreaterThan(30);
});

test('one connection serves a whole run, a download in the middle included', async () => {
  const bot = await importedBot(server, admin, { definition: sample('tiny', 'botDefinition.json') });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  const ask = (method: string, target: string, body?: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const url = new URL(target, server.url);
      const sent = request(url, { agent, method, headers: { Auth: admin.token } }, (reply) => {
        const pieces: Buffer[] = [];
        reply.on('data', (piece: Buffer) => pieces.push(piece));
        reply.on('end', () => resolve(Buffer.concat(pieces)));
        reply.on('error', reject);
      });
      sent.on('socket', (socket) => sockets.add(socket));
      sent.on('error', reject);
      sent.end(body);
    });
  const path = `/api/public/bot/${bot}/export`;
  for (let round = 0; round < 3; round += 1) {
    await ask('POST', path, '{"exportType": "latest"}');
    const { downloadURL, fileSize } = JSON.parse((await ask('GET', `${path}/status`)).toString());
    expect((await ask('GET', downloadURL)).length).toBe(Number(fileSize));
  }
  expect(sockets.size).toBe(1);
  agent.destroy();
});
