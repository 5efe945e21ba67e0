import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

/** A bot whose archive has about so many bytes, whatever it is compressed with. */
async function botOf(bytes: number): Promise<string> {
  const noise = Array.from({ length: Math.ceil(bytes / 3000) }, (_, n) => ({
    _id: `sm-${n}`,
    noise: randomBytes(2000).toString('latin1'),
  }));
  return importedBot(server, admin, { definition: JSON.stringify(smallDefinition({ smallTalk: noise })) });
}

async function linkTo(botId: string): Promise<URL> {
  return new URL((await exportBot(admin, botId)).status.downloadURL as string);
}

describe('the digest of an archive', () => {
  /** Headers that are not the archive's. */
  const ofTheMessage = ['date', 'x-request-id', 'connection', 'keep-alive'];
  const wish = { 'want-repr-digest': 'sha-256=3, sha-512=0' };
  const digests = ({ headers }: Response) => [headers.get('repr-digest'), headers.get('content-digest')];

  test('is told to who wants it, and from then on to all who download the same content', async () => {
    const botId = await botOf(400_000);
    const url = await linkTo(botId);
    const plain = await fetch(url);
    expect(digests(plain)).toEqual([null, null]);
    const sha256 = createHash('sha256')
      .update(new Uint8Array(await plain.arrayBuffer()))
      .digest('base64');
    const digest = `sha-256=:${sha256}:`;
    const wanted = await fetch(url, { headers: wish });
    expect(digests(wanted)).toEqual([digest, digest]);
    await wanted.arrayBuffer();
    for (const link of [url, await linkTo(botId)]) {
      const later = await fetch(link);
      expect(digests(later)).toEqual([digest, digest]);
      await later.arrayBuffer();
    }
  });

  test('is that of the whole archive where a part is sent, and says nothing of the part', async () => {
    const url = await linkTo(await botOf(10_000));
    const part = await fetch(url, { headers: { ...wish, range: 'bytes=5-9' } });
    expect([part.status, digests(part)]).toEqual([206, [expect.stringMatching(/^sha-256=:/), null]]);
  });

  test('is made once, however many want it at once', async () => {
    const url = await linkTo(await botOf(1_000_000));
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => fetch(url, { method: 'HEAD', headers: wish })),
    );
    const [first, ...others] = replies.map(digests);
    expect(first).toEqual([expect.stringMatching(/^sha-256=:/), expect.stringMatching(/^sha-256=:/)]);
    for (const other of others) expect(other).toEqual(first);
  });

  test.each([
    ['no digest', 'sha-256=0'],
    ['another algorithm', 'sha-512=5'],
    ['what is no preference', 'sha-256=11, sha-256=yes, xsha-256=1'],
  ])('is not told to who wants %s', async (_what, wants) => {
    const reply = await fetch(await linkTo(await botOf(1000)), { headers: { 'want-repr-digest': wants } });
    expect(digests(reply)).toEqual([null, null]);
    await reply.arrayBuffer();
  });

  test('stands in the reply to HEAD as in that to GET, as every other header does', async () => {
    const url = await linkTo(await botOf(1000));
    const [get, head] = [
      await fetch(url, { headers: wish }),
      await fetch(url, { method: 'HEAD', headers: wish }),
    ];
    const comparable = ({ headers }: Response) =>
      Object.fromEntries([...headers].filter(([name]) => !ofTheMessage.includes(name)));
    expect(comparable(head)).toEqual(comparable(get));
    await get.arrayBuffer();
  });
});

describe('many clients who read nothing', () => {
  const clients = 60;
  let url: URL;
  beforeAll(async () => {
    url = await linkTo(await botOf(8_000_000));
  });

  /** Asks for the archive over a connection of its own and reads nothing until told to. */
  function stalled(url: URL): Promise<net.Socket> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: url.hostname, port: Number(url.port) });
      socket.once('error', reject).once('connect', () => {
        socket.pause();
        socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
        resolve(socket);
      });
    });
  }

  test('hold nobody up, and get their bytes in the end', async () => {
    const sockets = await Promise.all(Array.from({ length: clients }, () => stalled(url)));
    const archive = Buffer.from(await (await fetch(url)).arrayBuffer());
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const read = sockets.map(async (socket) => {
      const hash = createHash('sha256');
      let head: Buffer | undefined = Buffer.alloc(0);
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        if (!head) {
          hash.update(chunk);
          continue;
        }
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n') + 4;
        if (end < 4) continue;
        hash.update(head.subarray(end));
        head = undefined;
      }
      return hash.digest('hex');
    });
    expect(new Set(await Promise.all(read))).toEqual(new Set([sha256]));
  });

  test('and go away leave the server as it was', async () => {
    const sockets = await Promise.all(Array.from({ length: clients }, () => stalled(url)));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('readable', resolve))));
    for (const socket of sockets) socket.destroy();
    const reply = await fetch(url);
    expect((await reply.arrayBuffer()).byteLength).toBe(Number(reply.headers.get('content-length')));
  });
});
