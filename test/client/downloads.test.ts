import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, createClient, type ToFileOptions } from '../../src/client/index.ts';
import {
  answers,
  breaksOff,
  cutsOff,
  type MisbehavingHost,
  ranged,
  refuses,
  stalls,
  startMisbehavingHost,
} from './misbehaving-host.ts';

let folder: string;
let file: string;
let host: MisbehavingHost;
let client: Client;
let link: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'botport-client-'));
  file = path.join(folder, 'bot.zip');
  host = await startMisbehavingHost();
  client = createClient({ host: host.url, token: 'a.secret.token', retry: { firstPause: 1 } });
  link = (await client.exports.wait('st-1')).downloadURL;
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const save = (options: Partial<ToFileOptions> = {}) =>
  client.downloads.toFile({ file, from: link, ...options });
const failure = (type: string, words = '') =>
  expect.objectContaining({ name: 'ClientError', type, message: expect.stringContaining(words) });
const asked = () => host.heardAt('.zip');
const saved = () => ({ size: host.archive.length, sha256: host.archiveSha256 });
const digestOf = (bytes: Buffer) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

/** The file is whole, and nothing lies beside it. */
function expectWhole(): void {
  expect(readdirSync(folder)).toEqual(['bot.zip']);
  expect(readFileSync(file).equals(host.archive)).toBe(true);
}

test('a download becomes the file, and its size and digest are given', async () => {
  expect(await save()).toEqual(saved());
  expectWhole();
  expect(asked()[0]?.headers).toMatchObject({ 'want-repr-digest': 'sha-256=1' });
  expect(asked()[0]?.headers.auth).toBeUndefined();
});

test('a download replaces what was there, also what was longer', async () => {
  writeFileSync(file, Buffer.alloc(400_000));
  await save();
  expectWhole();
});

test('a finished export is downloaded, its size checked', async () => {
  expect(await save({ from: { downloadURL: link, size: 300_000 } })).toEqual(saved());
  await expect(save({ from: { downloadURL: link, size: 299_999 } })).rejects.toThrow(
    failure('download_damaged', '300000 bytes instead of 299999'),
  );
  expectWhole();
});

test('progress is told with each piece, with the total where it is known', async () => {
  const told: [number, number | undefined][] = [];
  const onProgress: ToFileOptions['onProgress'] = (...progress) => told.push(progress);
  await save({ onProgress });
  expect(told.at(-1)).toEqual([300_000, 300_000]);
  expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
  told.length = 0;
  host.misbehave('.zip', (_request, response) => void response.writeHead(200).end(host.archive));
  await save({ onProgress });
  expect(told.at(-1)).toEqual([300_000, undefined]);
});

test('a connection that is cut is taken up where it broke off, by a host that knows ranges', async () => {
  host.misbehave(
    '.zip',
    ranged(host.archive, { upTo: 100_000 }),
    ranged(host.archive, { upTo: 200_000 }),
    ranged(host.archive),
  );
  expect(await save()).toEqual(saved());
  expectWhole();
  expect(asked().map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
    [undefined, undefined],
    [expect.stringMatching(/^bytes=[1-9]\d*-$/), '"a"'],
    [expect.stringMatching(/^bytes=[1-9]\d*-$/), '"a"'],
  ]);
});

test('a connection that is cut is begun again by a host that knows no ranges', async () => {
  const half = host.archive.subarray(0, 150_000);
  host.misbehave('.zip', breaksOff(half, { 'content-length': 300_000 }), cutsOff);
  expect(await save()).toEqual(saved());
  expectWhole();
  expect(asked().map(({ headers }) => headers.range)).toEqual([undefined, undefined, undefined]);
});

test('what is there does not count when the archive has become another', async () => {
  host.misbehave(
    '.zip',
    ranged(Buffer.alloc(300_000), { tag: '"old"', upTo: 100_000 }),
    ranged(host.archive),
  );
  expect(await save()).toEqual(saved());
  expectWhole();
});

test.each([
  ['of other bytes than it was asked for', { 'content-range': 'bytes 0-299999/300000' }],
  ['of another archive', { etag: '"b"' }],
  ['without saying of what', { 'content-range': '' }],
])('a range %s does not get into the file', async (_words, headers) => {
  host.misbehave('.zip', ranged(host.archive, { upTo: 100_000 }), ranged(Buffer.alloc(300_000), { headers }));
  expect(await save()).toEqual(saved());
  expectWhole();
});

test('a weak tag does not say that the bytes are the same: the download begins again', async () => {
  host.misbehave('.zip', ranged(host.archive, { tag: 'W/"a"', upTo: 100_000 }));
  expect(await save()).toEqual(saved());
  expect(asked()[1]?.headers.range).toBeUndefined();
});

test('a range the host cannot give is done without', async () => {
  host.misbehave('.zip', ranged(host.archive, { upTo: 100_000 }), refuses(416));
  expect(await save()).toEqual(saved());
  expectWhole();
});

test('a host that keeps cutting connections leaves nothing behind', async () => {
  host.misbehave('.zip', ...Array(9).fill(breaksOff('PK', { 'content-length': 300_000 })));
  await expect(save()).rejects.toThrow(failure('download_broken', 'after '));
  expect(asked()).toHaveLength(5);
  expect(readdirSync(folder)).toEqual([]);
});

test('a download without a length that ends early is found by the size of the export', async () => {
  const early = (): Parameters<MisbehavingHost['misbehave']>[1] => (_request, response) =>
    void response.writeHead(200).end(host.archive.subarray(0, 1000));
  host.misbehave('.zip', early());
  expect(await save({ from: { downloadURL: link, size: 300_000 } })).toEqual(saved());
  expect(asked()).toHaveLength(2);
});

test('a wrong content length is a download that broke off', async () => {
  host.misbehave('.zip', ...Array(9).fill(breaksOff(host.archive, { 'content-length': 300_001 })));
  await expect(save()).rejects.toThrow(failure('download_broken'));
  expect(readdirSync(folder)).toEqual([]);
});

test('a digest the host names has to be that of what arrived', async () => {
  host.misbehave('.zip', ranged(host.archive, { headers: { 'repr-digest': digestOf(host.archive) } }));
  expect(await save()).toEqual(saved());
  host.misbehave(
    '.zip',
    ranged(Buffer.alloc(300_000), { headers: { 'repr-digest': digestOf(host.archive) } }),
  );
  await expect(save()).rejects.toThrow(failure('download_damaged', 'SHA-256'));
  expectWhole();
});

test('a digest is that of the whole, also of a download that was taken up again', async () => {
  const headers = { 'repr-digest': `sha-512=:AAAA:, ${digestOf(host.archive)}` };
  host.misbehave('.zip', ranged(host.archive, { upTo: 100_000, headers }), ranged(host.archive));
  expect(await save()).toEqual(saved());
  const other = Buffer.concat([Buffer.alloc(100_000), host.archive.subarray(100_000)]);
  host.misbehave('.zip', ranged(other, { upTo: 100_000 }), ranged(host.archive, { headers }));
  await expect(save()).rejects.toThrow(failure('download_damaged'));
});

test.each([403, 404, 410])('a link that has expired (%i) is asked for once more', async (status) => {
  host.misbehave('.zip', refuses(status));
  expect(await save({ from: (call) => client.exports.wait('st-1', call) })).toEqual(saved());
  expectWhole();
  const [first, second] = asked();
  expect(second?.path).not.toBe(first?.path);
});

test('a fresh link does not lose what has arrived', async () => {
  host.misbehave('.zip', ranged(host.archive, { upTo: 100_000 }), refuses(403), ranged(host.archive));
  expect(await save({ from: (call) => client.exports.wait('st-1', call) })).toEqual(saved());
  expect(asked().at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
  expectWhole();
});

test('a host that goes away in the middle is waited for', async () => {
  const away = Array(5).fill(refuses(502));
  host.misbehave('.zip', ranged(host.archive, { upTo: 100_000 }), ...away, ranged(host.archive));
  expect(await save()).toEqual(saved());
  expect(asked().at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
});

test('a link that has expired, and the fresh one as well, leaves nothing behind', async () => {
  host.misbehave('.zip', refuses(403), refuses(410), refuses(410));
  await expect(save({ from: (call) => client.exports.wait('st-1', call) })).rejects.toThrow(
    failure('link_expired', '410'),
  );
  expect(asked()).toHaveLength(2);
  await expect(save()).rejects.toThrow(failure('link_expired'));
  expect(asked()).toHaveLength(3);
  expect(readdirSync(folder)).toEqual([]);
});

test('a download that stays silent counts as broken, and is taken up again', async () => {
  const headers = { etag: '"a"', 'content-length': 300_000 };
  host.misbehave('.zip', stalls(host.archive.subarray(0, 1000), headers), ranged(host.archive));
  expect(await save({ idleTimeout: 100 })).toEqual(saved());
  expect(asked()[1]?.headers.range).toBe('bytes=1000-');
});

test('an abort leaves nothing behind', async () => {
  const aborting = new AbortController();
  host.misbehave('.zip', stalls('PK', { 'content-length': 300_000 }));
  const call = save({ signal: aborting.signal, onProgress: () => aborting.abort() });
  await expect(call).rejects.toThrow(failure('aborted'));
  expect(readdirSync(folder)).toEqual([]);
});

test('a page behind the link does not become the file', async () => {
  const page = answers('<html>Sign in</html>', { 'content-type': 'text/html; charset=utf-8' });
  host.misbehave('.zip', page, answers('', { location: `${host.url}/login.zip` }, 302), page);
  await expect(save()).rejects.toThrow(failure('unexpected_reply', 'a page'));
  await expect(save()).rejects.toThrow(failure('unexpected_reply', 'a page'));
  expect(readdirSync(folder)).toEqual([]);
});

test('a host that fails before it sends is asked again', async () => {
  host.misbehave('.zip', refuses(500), refuses(429, { 'retry-after': '0' }), cutsOff);
  expect(await save()).toEqual(saved());
});

test('bytes that were packed for the way are unpacked, and not taken up again', async () => {
  const { gzipSync } = await import('node:zlib');
  const digest = digestOf(Buffer.from('packed'));
  const headers = { 'content-encoding': 'gzip', etag: '"a"', 'repr-digest': digest };
  const packed = gzipSync(host.archive);
  host.misbehave('.zip', breaksOff(packed.subarray(0, 1e5), headers), answers(packed, headers));
  expect(await save({ from: { downloadURL: link, size: 300_000 } })).toEqual(saved());
  expect(asked()[1]?.headers.range).toBeUndefined();
});

test('an error of the file system comes as it is, before anything is asked for', async () => {
  await expect(save({ file: path.join(folder, 'none', 'bot.zip') })).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(asked()).toEqual([]);
});

test('a name that is taken by a folder is refused, and nothing lies beside it', async () => {
  await expect(save({ file: folder })).rejects.toMatchObject({
    code: expect.stringMatching(/EISDIR|ENOTEMPTY/),
  });
  expect(readdirSync(path.dirname(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

test('an empty archive is one', async () => {
  host.misbehave('.zip', answers('', { 'content-length': 0 }));
  expect(await save()).toMatchObject({ size: 0 });
});

test('open gives size and bytes as they come', async () => {
  const { size, content } = await client.downloads.open(link);
  expect(size).toBe(300_000);
  expect((await buffer(content)).equals(host.archive)).toBe(true);
});

test('open fails where the bytes break off, stay silent, or the link has expired', async () => {
  host.misbehave('.zip', breaksOff('PK', { 'content-length': 100 }), stalls('PK'), refuses(403));
  const { content } = await client.downloads.open(link);
  await expect(buffer(content)).rejects.toThrow(failure('download_broken', 'after '));
  const silent = await client.downloads.open(link, { idleTimeout: 50 });
  await expect(buffer(silent.content)).rejects.toThrow(failure('download_broken', 'no more came'));
  await expect(client.downloads.open(link)).rejects.toThrow(failure('link_expired', '403'));
});

test.each(['nowhere', 'file:///etc/passwd'])('a link that is none is not told: %s', async (address) => {
  const error = await client.downloads.open(address).catch((thrown: Error) => thrown);
  expect(error).toEqual(failure('unexpected_reply', 'the download link is no http or https URL'));
  expect(String(error)).not.toContain(address);
});
