import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFd, type ZipFile } from 'yauzl';
import { EntryBuilder } from '../../src/archives/entry.ts';
import { readRecipe } from '../../src/archives/recipe.ts';
import { archiveRecipe } from '../../src/archives/zip-writer.ts';
import { hasTool } from '../habits/support.ts';

/*
 * Archives beyond 4 GB that take little to make: one run, taken many times over. In the file of zeros only the headers
 * of its blocks are written, and the file system keeps the rest as holes.
 */

const folder = mkdtempSync(path.join(tmpdir(), 'botport-zip64-'));
afterAll(() => rmSync(folder, { recursive: true }));

const gigabytes4 = 2 ** 32;

interface Run {
  text: Buffer;
  bytes: Buffer;
  /** How many bytes of it are not zero, at its beginning. */
  written: number;
}

const flat = Buffer.alloc(2 ** 20, 'a');
const packed = deflateRawSync(flat, { finishFlush: 2 });
/** A megabyte that takes a thousand bytes. */
const small: Run = { text: flat, bytes: packed, written: packed.length };
const zeros = Buffer.alloc(65_535);
/** A stored block of zeros (RFC 1951, 3.2.4). */
const sparse: Run = {
  text: zeros,
  bytes: Buffer.concat([Buffer.from([0, 0xff, 0xff, 0, 0]), zeros]),
  // The rest of its head is zeros, too.
  written: 3,
};

async function entryOf(name: string, run: Run, times: number) {
  const builder = new EntryBuilder();
  const { text, bytes } = run;
  const range = {
    from: 0,
    count: 1,
    textLength: text.length,
    crc32: crc32(text),
    storedLength: bytes.length,
  };
  for (let n = 0; n < times; n += 1) builder.runs(range);
  return builder.finish(name);
}

const last = '{"this": "is the last one"}';

/** Writes an archive of a large member and a small one behind it. */
async function writeArchive(file: string, run: Run, times: number): Promise<void> {
  const entries = [
    await entryOf('large.json', run, times),
    await new EntryBuilder().literal(last).finish('config.json'),
  ];
  const recipe = archiveRecipe(entries, 'of one run');
  const target = openSync(file, 'w');
  ftruncateSync(target, recipe.size);
  let at = 0;
  for (const part of readRecipe(recipe.bytes)) {
    const bytes = Buffer.isBuffer(part) ? part : run.bytes.subarray(0, run.written);
    writeSync(target, bytes, 0, bytes.length, at);
    at += Buffer.isBuffer(part) ? part.length : run.bytes.length;
  }
  closeSync(target);
  expect(at).toBe(recipe.size);
}

function listing(file: string): Promise<{ name: string; size: number; packed: number; at: number }[]> {
  return new Promise((resolve, reject) => {
    fromFd(openSync(file, 'r'), { lazyEntries: false }, (error, zip: ZipFile) => {
      if (error) return reject(error);
      const found: { name: string; size: number; packed: number; at: number }[] = [];
      zip.on('entry', (entry) =>
        found.push({
          name: entry.fileName,
          size: entry.uncompressedSize,
          packed: entry.compressedSize,
          at: entry.relativeOffsetOfLocalHeader,
        }),
      );
      zip.on('end', () => resolve(found)).on('error', reject);
    });
  });
}

/** The last bytes of a file. */
function tailOf(file: string, length: number): string {
  const source = openSync(file, 'r');
  const end = Buffer.alloc(length);
  const { size } = fstatSync(source);
  readSync(source, end, 0, length, size - length);
  closeSync(source);
  return end.toString('latin1');
}

const archives = [
  // 4.3 GB of text in an archive of 4 MB: only the sizes of the member are large.
  { what: 'text', file: path.join(folder, 'text.zip'), run: small, times: 4100, hasLargeOffsets: false },
  // An archive of more than 4 GB: the second member and the directory lie beyond.
  { what: 'bytes', file: path.join(folder, 'bytes.zip'), run: sparse, times: 65_600, hasLargeOffsets: true },
];

describe.each(archives)('an archive of more than 4 GB of $what', ({ file, run, times, hasLargeOffsets }) => {
  const size = run.text.length * times;

  beforeAll(() => writeArchive(file, run, times));

  test('has zip64 records where, and only where, a number does not fit otherwise', () => {
    const tail = tailOf(file, 200);
    expect([tail.includes('PK\x06\x06'), tail.includes('PK\x06\x07')]).toEqual([
      hasLargeOffsets,
      hasLargeOffsets,
    ]);
  });

  test('is listed by yauzl with its sizes and places', async () => {
    const [large, config] = await listing(file);
    expect(large).toMatchObject({ name: 'large.json', size, packed: run.bytes.length * times + 2, at: 0 });
    expect(config).toMatchObject({ name: 'config.json', size: last.length });
    expect((config?.at ?? 0) > gigabytes4).toBe(hasLargeOffsets);
  });

  test('is read by Info-ZIP', () => {
    expect(execFileSync('unzip', ['-p', file, 'config.json']).toString()).toBe(last);
    expect(execFileSync('unzip', ['-l', file]).toString()).toMatch(
      new RegExp(`^ *${size} .* large.json$`, 'm'),
    );
  });

  test('is read by Python’s zipfile', () => {
    const program = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print([i.file_size for i in z.infolist()], z.read('config.json').decode())
with z.open('large.json') as f: print(len(f.read(1 << 20)))`;
    expect(execFileSync('python3', ['-c', program, file]).toString()).toBe(
      `[${size}, ${last.length}] ${last}\n${2 ** 20}\n`,
    );
  });

  test('is read whole by Java, from the front', () => {
    if (!hasTool('java')) return console.warn('There is no java on this machine: it is not tested.');
    const program = path.join(folder, 'Front.java');
    const source = openSync(program, 'w');
    writeSync(
      source,
      `import java.io.*; import java.util.zip.*;
       class Front { public static void main(String[] a) throws Exception {
         try (var zip = new ZipInputStream(new BufferedInputStream(new FileInputStream(a[0]), 1 << 20))) {
           byte[] buffer = new byte[1 << 20];
           for (ZipEntry e; (e = zip.getNextEntry()) != null; ) {
             long size = 0;
             for (int n; (n = zip.read(buffer)) > 0; ) size += n;
             System.out.println(e.getName() + " " + size);
           } } } }`,
    );
    closeSync(source);
    expect(execFileSync('java', [program, file]).toString()).toBe(
      `large.json ${size}\nconfig.json ${last.length}\n`,
    );
  });
});
