import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { EntryBuilder } from '../../src/archives/entry.ts';
import { readRecipe } from '../../src/archives/recipe.ts';
import { archiveRecipe } from '../../src/archives/zip-writer.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-zip-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Archive of literals, as bytes. */
async function archive(files: Record<string, string>): Promise<Buffer> {
  const entries = await Promise.all(
    Object.entries(files).map(([name, text]) => new EntryBuilder().literal(text).finish(name)),
  );
  const recipe = archiveRecipe(entries, 'of no runs');
  const bytes = Buffer.concat(readRecipe(recipe.bytes).filter((part) => Buffer.isBuffer(part)));
  expect(bytes.length).toBe(recipe.size);
  return bytes;
}

/** The fields that both headers of a member have (APPNOTE.TXT 4.3.7 and 4.3.12), from `at`. */
function shared(zip: Buffer, at: number) {
  return {
    versionNeeded: zip.readUInt16LE(at),
    flags: zip.readUInt16LE(at + 2),
    method: zip.readUInt16LE(at + 4),
    time: zip.readUInt16LE(at + 6),
    date: zip.readUInt16LE(at + 8),
    crc: zip.readUInt32LE(at + 10),
    compressedSize: zip.readUInt32LE(at + 14),
    size: zip.readUInt32LE(at + 18),
    nameLength: zip.readUInt16LE(at + 22),
    extraLength: zip.readUInt16LE(at + 24),
  };
}

/** Reads an archive from its first byte to its last; nothing may lie between, before or behind what it knows. */
function parse(zip: Buffer) {
  let at = 0;
  const signature = () => zip.toString('latin1', at, at + 4);
  const locals: (ReturnType<typeof shared> & { offset: number; name: Buffer; text: string })[] = [];
  while (signature() === 'PK\x03\x04') {
    const fields = shared(zip, at + 4);
    const name = zip.subarray(at + 30, at + 30 + fields.nameLength);
    const data = at + 30 + fields.nameLength + fields.extraLength;
    const text = inflateRawSync(zip.subarray(data, data + fields.compressedSize)).toString();
    locals.push({ ...fields, offset: at, name, text });
    at = data + fields.compressedSize;
  }
  const directory = at;
  const centrals = [];
  while (signature() === 'PK\x01\x02') {
    const fields = shared(zip, at + 6);
    centrals.push({
      ...fields,
      madeBy: zip.readUInt16LE(at + 4),
      commentLength: zip.readUInt16LE(at + 32),
      disk: zip.readUInt16LE(at + 34),
      internal: zip.readUInt16LE(at + 36),
      external: zip.readUInt32LE(at + 38),
      offset: zip.readUInt32LE(at + 42),
      name: zip.subarray(at + 46, at + 46 + fields.nameLength),
    });
    at += 46 + fields.nameLength + fields.extraLength;
  }
  const end = {
    signature: signature(),
    disks: [zip.readUInt16LE(at + 4), zip.readUInt16LE(at + 6)],
    counts: [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)],
    directorySize: zip.readUInt32LE(at + 12),
    directoryOffset: zip.readUInt32LE(at + 16),
    commentLength: zip.readUInt16LE(at + 20),
  };
  expect(zip.length).toBe(at + 22);
  return { locals, centrals, end, directory, directorySize: at - directory };
}

const files = {
  'botDefinition.json': '{\n    "_id": "st-1"\n}'.repeat(100),
  'config.json': '{}',
  'icon.png': '',
};

describe('the fields of an archive', () => {
  test.each(Object.entries(files))(
    'of %s are the fixed ones, and what its content says',
    async (name, text) => {
      const { locals, centrals } = parse(await archive(files));
      const fixed = { versionNeeded: 20, flags: 0, method: 8, time: 0, date: 0x21, extraLength: 0 };
      const own = { crc: crc32(text), size: Buffer.byteLength(text), name: Buffer.from(name) };
      expect(locals.find((local) => local.name.equals(own.name))).toMatchObject({ ...fixed, ...own, text });
      expect(centrals.find((central) => central.name.equals(own.name))).toMatchObject({
        ...fixed,
        ...own,
        madeBy: (3 << 8) | 45,
        commentLength: 0,
        disk: 0,
        internal: 0,
        external: ((0o100664 << 16) | 0x20) >>> 0,
      });
    },
  );

  test('say the same in the directory as before the content, in the same order', async () => {
    const { locals, centrals } = parse(await archive(files));
    expect(locals.map(({ name }) => String(name))).toEqual(Object.keys(files));
    const comparable = ({ text, ...local }: (typeof locals)[number]) => local;
    expect(centrals).toMatchObject(locals.map(comparable));
  });

  test('of the end say where the directory is', async () => {
    const { end, directory, directorySize } = parse(await archive(files));
    expect(end).toEqual({
      signature: 'PK\x05\x06',
      disks: [0, 0],
      counts: [3, 3],
      directorySize,
      directoryOffset: directory,
      commentLength: 0,
    });
  });
});

test('a name in UTF-8 is flagged, any other is not', async () => {
  const { locals, centrals } = parse(await archive({ 'Öl.js': 'x', 'oil.js': 'y' }));
  for (const headers of [locals, centrals]) {
    expect(headers.map(({ name, flags }) => [String(name), flags])).toEqual([
      ['Öl.js', 1 << 11],
      ['oil.js', 0],
    ]);
  }
});

test('an archive of nothing is an end without a beginning', async () => {
  expect(parse(await archive({}))).toMatchObject({ locals: [], centrals: [], end: { counts: [0, 0] } });
});

describe('programs that read zips', () => {
  test('take an archive and give its files back', async () => {
    const file = path.join(folder, 'a.zip');
    writeFileSync(file, await archive({ ...files, 'Öl.js': 'x' }));
    execFileSync('unzip', ['-tqq', file]);
    expect(execFileSync('unzip', ['-p', file, 'botDefinition.json']).toString()).toBe(
      files['botDefinition.json'],
    );
    const read = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist())';
    expect(execFileSync('python3', ['-c', read, file]).toString().trim()).toBe(
      "None ['botDefinition.json', 'config.json', 'icon.png', 'Öl.js']",
    );
  });

  test('see files of mode 664 from the first day of 1980', async () => {
    const file = path.join(folder, 'modes.zip');
    writeFileSync(file, await archive({ 'a.json': '{}' }));
    const listing = execFileSync('unzip', ['-ZT', file]).toString();
    expect(listing).toMatch(/^-rw-rw-r-- .* 19800101\.000000 a\.json$/m);
  });
});

test('the digest of a recipe changes with a byte, a place or the runs, and with nothing else', async () => {
  const digest = async (text: string, from: number, runs: string) => {
    const range = { from, count: 1, textLength: 1, crc32: 1, storedLength: 1 };
    return archiveRecipe([await new EntryBuilder().literal(text).runs(range).finish('a.json')], runs).digest;
  };
  const first = await digest('a', 0, 'x');
  expect(await digest('a', 0, 'x')).toBe(first);
  const others = [await digest('b', 0, 'x'), await digest('a', 1, 'x'), await digest('a', 0, 'y')];
  expect(new Set([first, ...others]).size).toBe(4);
});
