import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openArchive } from '../../src/archives/zip-reader.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { archiveSource } from '../../src/imports/upload-bytes.ts';
import { cleanFileName, openUploads, type Uploads } from '../../src/imports/uploads.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { exportMembers, makeZip } from '../archives/zip-kit.ts';

const MB = 1024 ** 2;

let folder: string;
let db: Db;
let uploads: Uploads;
let caller: Caller;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'botport-uploads-'));
  db = await openDatabase(folder);
  uploads = openUploads(db, { maxUpload: 400 * MB });
  const { id: accountId } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  caller = {
    clientId: 'cs-test',
    accountId,
    kind: 'admin',
    limited: false,
    scopes: new Set(),
    userId: 'u-6f1c2b7e-0d5a-5b1e-9c55-3f2a1b0c9d8e',
  };
});

afterAll(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  await db.deleteFrom('uploads').execute();
});

async function rows(): Promise<{ uploads: number; chunks: number }> {
  const uploadRows = await db.selectFrom('uploads').select('id').execute();
  const chunkRows = await db.selectFrom('upload_chunks').select('ordinal').execute();
  return { uploads: uploadRows.length, chunks: chunkRows.length };
}

/** The bytes as a network would bring them: in pieces of these lengths, over and over. */
function pieces(bytes: Buffer, lengths: readonly number[]): Readable {
  function* cut() {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const length = lengths[turn % lengths.length] ?? 1;
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
  return Readable.from(cut(), { objectMode: false });
}

function store(bytes: Buffer, fileName = 'bot.zip') {
  return uploads.store(caller, fileName, pieces(bytes, [64 * 1024]));
}

describe('uploads.store', () => {
  test('gives back what went in, whatever its size and however it came', async () => {
    const around = (n: number) => fc.integer({ min: Math.max(0, n - 2), max: n + 2 });
    const size = fc.oneof(around(0), around(MB), around(2 * MB), fc.nat(3 * MB));
    const lengths = fc.array(fc.integer({ min: 1000, max: 3 * MB }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(size, lengths, async (bytes, cuts) => {
        const content = randomBytes(bytes);
        const upload = await uploads.store(caller, 'bot.zip', pieces(content, cuts));
        expect(upload).toEqual({
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          fileName: 'bot.zip',
          size: bytes,
          sha1: createHash('sha1').update(content).digest('hex'),
        });
        expect(await uploads.find(caller.accountId, upload.id)).toEqual(upload);
        expect((await buffer(uploads.stream(upload.id))).equals(content)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('keeps who brought it and when', async () => {
    const before = Date.now();
    const { id } = await store(Buffer.from('{}'));
    const row = await db.selectFrom('uploads').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ account_id: caller.accountId, created_by: caller.userId, complete: 1 });
    expect(row.created_at).toBeGreaterThanOrEqual(before);
  });

  test('takes a file as large as the limit', async () => {
    const small = openUploads(db, { maxUpload: 3000 });
    expect(await small.store(caller, 'f', pieces(Buffer.alloc(3000), [700]))).toMatchObject({ size: 3000 });
  });

  for (const [what, maxUpload] of [
    ['small', 3000],
    ['several chunks long', 2.5 * MB],
  ] as const) {
    test(`refuses a file larger than a ${what} limit, as soon as it shows, and leaves nothing`, async () => {
      const limited = openUploads(db, { maxUpload });
      const endless = new Readable({
        read() {
          this.push(Buffer.alloc(1000));
        },
      });
      await expect(limited.store(caller, 'f', endless)).rejects.toMatchObject({ type: 'body_too_large' });
      expect(endless.destroyed).toBe(true);
      expect(await rows()).toEqual({ uploads: 0, chunks: 0 });
    });
  }

  for (const bytes of [10, 3 * MB]) {
    test(`leaves nothing when the stream breaks off after ${bytes} bytes`, async () => {
      const broken = new Error('connection reset');
      async function* content() {
        yield Buffer.alloc(bytes);
        throw broken;
      }
      await expect(uploads.store(caller, 'f', Readable.from(content()))).rejects.toBe(broken);
      expect(await rows()).toEqual({ uploads: 0, chunks: 0 });
    });

    test(`leaves nothing when the stream is closed after ${bytes} bytes`, async () => {
      const content = new Readable({ read() {} });
      content.push(Buffer.alloc(bytes));
      const storing = uploads.store(caller, 'f', content);
      setTimeout(() => content.destroy(), 50);
      await expect(storing).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
      expect(await rows()).toEqual({ uploads: 0, chunks: 0 });
    });
  }

  test('stores several files at once', async () => {
    const files = Array.from({ length: 5 }, () => randomBytes(2 * MB + 17));
    const stored = await Promise.all(files.map((file) => uploads.store(caller, 'f', pieces(file, [30_000]))));
    for (const [index, { id }] of stored.entries()) {
      expect((await buffer(uploads.stream(id))).equals(files[index] as Buffer)).toBe(true);
    }
  });

  test('takes no more from the stream than it can write, and little memory for much', async () => {
    const total = 300;
    const piece = randomBytes(64 * 1024);
    let made = 0;
    const content = new Readable({
      read() {
        made += 1;
        this.push(made > total * 16 ? null : piece);
      },
    });
    let highest = 0;
    const before = process.memoryUsage();
    const watch = setInterval(() => {
      const now = process.memoryUsage();
      highest = Math.max(highest, now.heapUsed + now.external - before.heapUsed - before.external);
    }, 5);
    const upload = await uploads.store(caller, 'big.zip', content);
    let read = 0;
    for await (const bytes of uploads.stream(upload.id)) read += bytes.length;
    clearInterval(watch);
    expect(upload.size).toBe(total * MB);
    expect(read).toBe(total * MB);
    expect(highest).toBeLessThan(100 * MB);
  });
});

describe('uploads.find', () => {
  test('does not know a file of another account', async () => {
    const { id } = await store(Buffer.from('{}'));
    expect(await uploads.find('0123456789abcdef01234567', id)).toBeUndefined();
  });

  test('does not know an id that was never given', async () => {
    expect(await uploads.find(caller.accountId, '0123456789abcdef01234567')).toBeUndefined();
    expect(await uploads.find(caller.accountId, '')).toBeUndefined();
  });

  test('does not know a file that is still coming in', async () => {
    const content = new Readable({ read() {} });
    content.push(Buffer.alloc(6 * MB));
    const storing = uploads.store(caller, 'f', content);
    await expect.poll(rows).toEqual({ uploads: 1, chunks: 4 });
    const { id } = await db.selectFrom('uploads').select('id').executeTakeFirstOrThrow();
    expect(await uploads.find(caller.accountId, id)).toBeUndefined();
    await expect(uploads.read(id, 0, 1)).rejects.toMatchObject({ type: 'invalid_file_id' });
    content.push(null);
    const upload = await storing;
    expect(upload.id).toBe(id);
    expect(await uploads.find(caller.accountId, id)).toEqual(upload);
  });
});

describe('uploads.read and uploads.stream', () => {
  const content = randomBytes(3 * MB + 1234);
  let id: string;
  beforeEach(async () => {
    ({ id } = await store(content));
  });

  test('give any range as a slice of the whole', async () => {
    const place = fc.oneof(fc.nat(content.length + 10), fc.constantFrom(0, MB - 1, MB, MB + 1, 2 * MB));
    await fc.assert(
      fc.asyncProperty(place, place, async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const slice = content.subarray(start, end);
        expect((await uploads.read(id, start, end - start)).equals(slice)).toBe(true);
        expect((await buffer(uploads.stream(id, { start, end }))).equals(slice)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('give the rest where a range has no end, and the beginning where it has no start', async () => {
    expect((await buffer(uploads.stream(id, { start: 2 * MB }))).equals(content.subarray(2 * MB))).toBe(true);
    expect((await buffer(uploads.stream(id, { end: 99 }))).equals(content.subarray(0, 99))).toBe(true);
  });

  test('fail for an id that is not there', async () => {
    const missing = '0123456789abcdef01234567';
    await expect(uploads.read(missing, 0, 1)).rejects.toMatchObject({ type: 'invalid_file_id' });
    await expect(buffer(uploads.stream(missing))).rejects.toMatchObject({ type: 'invalid_file_id' });
  });

  test('never pass a file off as whole that is not', async () => {
    await db.deleteFrom('upload_chunks').where('upload_id', '=', id).where('ordinal', '=', 3).execute();
    await expect(buffer(uploads.stream(id))).rejects.toThrow(/lacks bytes/);
  });

  test('serve as the source of an archive', async () => {
    const zip = makeZip([
      ...exportMembers,
      { name: 'large.js', content: randomBytes(2 * MB).toString('hex'), stored: true },
    ]);
    const upload = await store(zip);
    const { members } = await openArchive(archiveSource(uploads, upload), { maxUnpacked: 100 * MB });
    const sizes = await Promise.all(members.map(async (member) => (await buffer(member.stream())).length));
    expect(sizes).toEqual(members.map(({ size }) => size));
    expect(sizes.at(-1)).toBe(4 * MB);
  });
});

describe('uploads.removeBroken', () => {
  test('removes what a crash left, and only that', async () => {
    const whole = await store(Buffer.from('{}'));
    await db
      .insertInto('uploads')
      .values({
        id: '0123456789abcdef01234567',
        account_id: caller.accountId,
        file_name: 'half.zip',
        size: 0,
        sha1: '',
        complete: 0,
        created_by: caller.userId,
        created_at: Date.now(),
      })
      .execute();
    await db
      .insertInto('upload_chunks')
      .values({ upload_id: '0123456789abcdef01234567', ordinal: 0, bytes: Buffer.alloc(10) })
      .execute();
    expect(await uploads.removeBroken()).toBe(1);
    expect(await uploads.removeBroken()).toBe(0);
    expect(await rows()).toEqual({ uploads: 1, chunks: 1 });
    expect(await uploads.find(caller.accountId, whole.id)).toEqual(whole);
  });
});

describe('file names', () => {
  const cleaned: Record<string, string> = {
    'botDefinition.json': 'botDefinition.json',
    '/home/kite/bot/config.json': 'config.json',
    'C:\\Users\\Kite\\bot.zip': 'bot.zip',
    '..\\../icon.png': 'icon.png',
    ' a\r\nb\u0000.js ': 'ab.js',
    'Grüße 🪁.js': 'Grüße 🪁.js',
    '': 'file',
    'folder/': 'file',
    '..': 'file',
    '\u0007': 'file',
    'half\ud800': 'half\ufffd',
  };
  for (const [given, kept] of Object.entries(cleaned)) {
    test(`${JSON.stringify(given)} is kept as ${JSON.stringify(kept)}`, async () => {
      expect(await store(Buffer.from('{}'), given)).toMatchObject({ fileName: kept });
    });
  }

  test('are never longer than 255 characters, nor cut inside one', () => {
    expect(cleanFileName('a'.repeat(1000))).toBe('a'.repeat(255));
    expect(cleanFileName('🪁'.repeat(1000))).toBe('🪁'.repeat(255));
  });
});
