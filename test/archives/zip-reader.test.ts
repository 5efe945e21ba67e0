import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAll, sortMembers } from '../../src/archives/members.ts';
import {
  type ArchiveLimits,
  type ArchiveMember,
  openArchive,
  printableName,
} from '../../src/archives/zip-reader.ts';
import { BotportError, type ErrorName } from '../../src/errors.ts';
import { exportMembers, inMemory, type KitEntry, type KitOptions, makeZip } from './zip-kit.ts';

const limits: ArchiveLimits = { maxUnpacked: 256 * 1024 ** 2 };

function open(zip: Uint8Array, more: Partial<ArchiveLimits> = {}) {
  return openArchive(inMemory(zip), { ...limits, ...more });
}

/** Opens an archive and reads every member: name to content. */
async function contents(zip: Uint8Array, more: Partial<ArchiveLimits> = {}): Promise<Record<string, Buffer>> {
  const { members } = await open(zip, more);
  const read: [string, Buffer][] = [];
  for (const member of members) read.push([member.name, await buffer(member.stream())]);
  return Object.fromEntries(read);
}

async function failure(work: Promise<unknown>): Promise<BotportError> {
  const outcome = await work.then(
    (value) => value,
    (error) => error,
  );
  if (!(outcome instanceof BotportError)) throw new Error(`expected a BotportError, got ${outcome}`);
  return outcome;
}

const goodContents = Object.fromEntries(
  exportMembers.map(({ name, content }) => [name as string, Buffer.from(content ?? '')]),
);

describe('archives that are taken', () => {
  const taken: Record<string, [readonly KitEntry[], KitOptions?]> = {
    'an archive as the platform writes it: deflate with data descriptors': [exportMembers],
    'sizes in the local headers': [exportMembers.map((entry) => ({ ...entry, descriptor: false }))],
    'stored members': [exportMembers.map((entry) => ({ ...entry, descriptor: false, stored: true }))],
    'stored members with data descriptors': [exportMembers.map((entry) => ({ ...entry, stored: true }))],
    'data descriptors after local headers that know the sizes already': [
      exportMembers.map((entry) => ({
        ...entry,
        descriptor: false,
        local: { flags: 0x808 },
        central: { flags: 0x808 },
      })),
    ],
    'zip64 members': [exportMembers.map((entry) => ({ ...entry, descriptor: false, zip64: true }))],
    'a zip64 end record': [exportMembers, { zip64: true }],
    'comments on members and archive': [
      exportMembers.map((entry) => ({ ...entry, comment: 'from the nightly run' })),
      { comment: 'Kite, 3 members' },
    ],
    'bytes before the archive that its offsets account for': [
      exportMembers,
      { prepend: Buffer.alloc(5000, 7) },
    ],
    'folder entries': [[{ name: 'empty/', mode: 0o040775, stored: true }, ...exportMembers]],
    'one folder around all members': [
      [
        { name: 'Kite/', mode: 0o040775, stored: true },
        ...exportMembers.map((entry) => ({ ...entry, name: `Kite/${entry.name}` })),
      ],
    ],
    'what macOS adds': [
      [
        ...exportMembers.map((entry) => ({ ...entry, name: `Kite/${entry.name}` })),
        { name: 'Kite/.DS_Store', content: 'x' },
        { name: '__MACOSX/Kite/._config.json', content: 'x' },
        { name: '__MACOSX/._Kite', content: 'x' },
      ],
    ],
    'attributes of systems without modes': [
      exportMembers.map((entry) => ({ ...entry, mode: 0, madeBy: 20 })),
    ],
  };
  for (const [what, [entries, options]] of Object.entries(taken)) {
    test(what, async () => {
      expect(await contents(makeZip(entries, options))).toEqual(goodContents);
    });
  }

  test('an empty member, stored or deflated', async () => {
    const zip = makeZip([{ name: 'a.js', stored: true }, { name: 'b.js' }]);
    expect(await contents(zip)).toEqual({ 'a.js': Buffer.alloc(0), 'b.js': Buffer.alloc(0) });
  });

  test('an archive without members', async () => {
    expect(await contents(makeZip([]))).toEqual({});
  });

  test('names in UTF-8, with and without the flag, and in CP437', async () => {
    const zip = makeZip([
      { name: 'Grüße.js' },
      { name: 'größer.js', local: { flags: 0 }, central: { flags: 0 } },
      { name: Buffer.from('f\x81r.js', 'latin1'), local: { flags: 0 }, central: { flags: 0 } },
    ]);
    expect((await open(zip)).members.map(({ name }) => name)).toEqual(['Grüße.js', 'größer.js', 'für.js']);
  });

  test('a member knows its size before it is read, and can be read twice', async () => {
    const { members } = await open(makeZip([{ name: 'a.js', content: 'twice' }]));
    const [member] = members as [ArchiveMember];
    expect(member.size).toBe(5);
    expect((await buffer(member.stream())).toString()).toBe('twice');
    expect((await buffer(member.stream())).toString()).toBe('twice');
  });

  test('a member that is not read to its end lets go of its source', async () => {
    const zip = makeZip([{ name: 'a.js', content: Buffer.alloc(3_000_000, 'ab') }]);
    const source = inMemory(zip);
    const streams: Readable[] = [];
    const stream: typeof source.stream = (range) => {
      const made = source.stream(range);
      streams.push(made);
      return made;
    };
    const { members } = await openArchive({ ...source, stream }, { ...limits, maxRatio: 2000 });
    for await (const piece of (members[0] as ArchiveMember).stream()) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true]);
  });
});

describe('archives that are refused when they are opened', () => {
  const good: KitEntry = { name: 'config.json', content: '{}' };
  const named = (name: string | Uint8Array) => [good, { name, content: 'x' }];
  const refused: Record<string, [ErrorName, RegExp, () => Uint8Array, Partial<ArchiveLimits>?]> = {
    'an empty file': ['zip_malformed', /not a zip/, () => Buffer.alloc(0)],
    'a file that is no zip': ['zip_malformed', /not a zip/, () => Buffer.from('{"_id":"st-1"}'.repeat(100))],
    'an archive cut off in its middle': [
      'zip_malformed',
      /truncated/,
      () => makeZip(exportMembers).subarray(0, 200),
    ],
    'an archive that lost its beginning': [
      'zip_malformed',
      /signature|EOF/,
      () => makeZip(exportMembers).subarray(30),
    ],
    'bytes before the archive that its offsets do not account for': [
      'zip_malformed',
      /entry 1 of the directory: invalid central directory/,
      () => makeZip([good], { prepend: Buffer.alloc(100), unadjusted: true }),
    ],
    'bytes after the archive': [
      'zip_malformed',
      /comment length/,
      () => makeZip([good], { append: Buffer.from('trailing') }),
    ],
    'an end record inside the comment': [
      'zip_malformed',
      /comment length/,
      () => makeZip([good], { comment: Buffer.concat([makeZip([]), Buffer.from('more')]) }),
    ],
    'an end record as the comment': [
      'zip_malformed',
      /directory does not end/,
      () => makeZip([good], { comment: makeZip([]) }),
    ],
    'a directory with more entries than the end record counts': [
      'zip_malformed',
      /directory does not end/,
      () => makeZip([good, ...named('a.js').slice(1)], { entryCount: 1 }),
    ],
    'a directory with fewer entries than the end record counts': [
      'zip_malformed',
      /entry 2 of the directory/,
      () => makeZip([good], { entryCount: 2 }),
    ],
    'bytes between directory and end record': [
      'zip_malformed',
      /directory does not end/,
      () => makeZip([good], { beforeEnd: Buffer.alloc(12) }),
    ],
    'a forged zip64 end record': [
      'zip_malformed',
      /EOF|signature/,
      () => {
        const zip = makeZip([good], { zip64: true });
        zip.fill(0xff, zip.length - 22 - 20 + 8, zip.length - 22 - 20 + 16);
        return zip;
      },
    ],
    'an encrypted member': [
      'zip_malformed',
      /config\.json is encrypted/,
      () => makeZip([{ ...good, central: { flags: 0x801 }, local: { flags: 0x801 } }]),
    ],
    'a member encrypted by its own header only': [
      'zip_malformed',
      /config\.json is not the same/,
      () => makeZip([{ ...good, local: { flags: 0x801 } }]),
    ],
    'strong encryption': [
      'zip_malformed',
      /strong encryption/,
      () => makeZip([{ ...good, central: { flags: 0x841 } }]),
    ],
    'a method other than stored and deflate': [
      'zip_malformed',
      /config\.json is compressed with method 93/,
      () => makeZip([{ ...good, central: { method: 93 }, local: { method: 93 } }]),
    ],
    'a stored member whose sizes differ': [
      'zip_malformed',
      /size mismatch for stored/,
      () => makeZip([{ ...good, stored: true, central: { size: 3 } }]),
    ],
    'a name of another name in its own header': [
      'zip_malformed',
      /config\.json is not the same/,
      () => makeZip([{ ...good, local: { name: 'Config.json' } }]),
    ],
    'a size other than in its own header': [
      'zip_malformed',
      /config\.json is not the same/,
      () => makeZip([{ ...good, local: { size: 99 } }]),
    ],
    'a CRC-32 other than in its own header': [
      'zip_malformed',
      /config\.json is not the same/,
      () => makeZip([{ ...good, local: { crc: 99 } }]),
    ],
    'a method other than in its own header': [
      'zip_malformed',
      /config\.json is not the same/,
      () => makeZip([{ ...good, local: { method: 0 } }]),
    ],
    'a member that starts outside the archive': [
      'zip_malformed',
      /config\.json: unexpected EOF/,
      () => makeZip([{ ...good, central: { offset: 0xfffffff0 } }]),
    ],
    'a member that starts where no header is': [
      'zip_malformed',
      /config\.json: invalid local file header/,
      () => makeZip([{ ...good, central: { offset: 3 } }]),
    ],
    'a member that reaches beyond the archive': [
      'zip_malformed',
      /overflows file bounds/,
      () => makeZip([{ ...good, central: { compressedSize: 5000 }, local: { compressedSize: 5000 } }]),
    ],
    'a name that is not UTF-8 though it says so': [
      'zip_malformed',
      /not UTF-8/,
      () => makeZip(named(Buffer.from([0x61, 0xff, 0x62]))),
    ],
    'a folder with content': [
      'zip_malformed',
      /folder a\/ has content/,
      () => makeZip([{ name: 'a/', content: 'x', mode: 0o040775 }]),
    ],
    'a broken extra field': [
      'zip_malformed',
      /extra field/,
      () => makeZip([{ ...good, central: { extra: Buffer.from([1, 0, 200, 0]) } }]),
    ],

    'a member that reaches into the directory': [
      'zip_unsafe',
      /config\.json overlaps/,
      () => makeZip([{ ...good, central: { compressedSize: 40 }, local: { compressedSize: 40 } }]),
    ],
    'a member inside another': [
      'zip_unsafe',
      /outer\.js overlaps/,
      () => {
        const inner = makeZip([{ name: 'inner.js', content: 'x' }]);
        const local = inner.subarray(0, inner.indexOf('PK\x01\x02', 0, 'latin1'));
        return makeZip([
          { name: 'outer.js', content: local, stored: true },
          // Its own bytes are never looked at: it points at those in the first member.
          { name: 'inner.js', content: 'x', central: { offset: 30 + 'outer.js'.length } },
        ]);
      },
    ],
    'two members on the same bytes': [
      'zip_unsafe',
      /there twice/,
      () => makeZip([good, { ...good, central: { offset: 0 } }]),
    ],
    'a step up in a name': [
      'zip_unsafe',
      /\.\.\/config\.json leaves its folder/,
      () => makeZip(named('../config.json')),
    ],
    'a step up inside a name': ['zip_unsafe', /leaves its folder/, () => makeZip(named('a/../../b.js'))],
    'a step up at the end of a name': ['zip_unsafe', /leaves its folder/, () => makeZip(named('a/..'))],
    'an absolute name': ['zip_unsafe', /absolute/, () => makeZip(named('/etc/passwd'))],
    'a drive letter': ['zip_unsafe', /absolute/, () => makeZip(named('c:evil.js'))],
    'a backslash': ['zip_unsafe', /backslash/, () => makeZip(named('..\\evil.js'))],
    'a NUL in a name': [
      'zip_unsafe',
      /icon\.png\\u\{0\}\.js has control/,
      () => makeZip(named('icon.png\0.js')),
    ],
    'a line break in a name': ['zip_unsafe', /control/, () => makeZip(named('a\nb.js'))],
    'a mark that turns the direction of a name': [
      'zip_unsafe',
      /control/,
      () => makeZip(named('a\u202esj.js')),
    ],
    'an empty name': ['zip_unsafe', /plain path/, () => makeZip(named(''))],
    'an empty step': ['zip_unsafe', /plain path/, () => makeZip(named('a//b.js'))],
    'a step on the spot': ['zip_unsafe', /plain path/, () => makeZip(named('./b.js'))],
    'a very long name': ['zip_unsafe', /long/, () => makeZip(named(`${'a'.repeat(60_000)}.js`))],
    'an unsafe name in what macOS adds': ['zip_unsafe', /leaves/, () => makeZip(named('__MACOSX/../../x'))],
    'a symbolic link': [
      'zip_unsafe',
      /a\.js is a link/,
      () => makeZip([good, { name: 'a.js', content: '/etc/passwd', mode: 0o120777 }]),
    ],
    'a symbolic link, whatever system made it': [
      'zip_unsafe',
      /a\.js is a link/,
      () => makeZip([good, { name: 'a.js', content: '/etc/passwd', mode: 0o120777, madeBy: 20 }]),
    ],
    'a device': ['zip_unsafe', /not a regular file/, () => makeZip([{ ...good, mode: 0o020666 }])],
    'a pipe': ['zip_unsafe', /not a regular file/, () => makeZip([{ ...good, mode: 0o010666 }])],
    'a folder under the name of a file': [
      'zip_unsafe',
      /not a regular file/,
      () => makeZip([{ ...good, mode: 0o040775 }]),
    ],
    'the same name twice': ['zip_unsafe', /config\.json is there twice/, () => makeZip([good, good])],
    'the same name in another case': ['zip_unsafe', /twice/, () => makeZip(named('Config.JSON'))],
    'the same name in another Unicode form': [
      'zip_unsafe',
      /twice/,
      () => makeZip([{ name: 'gr\u00fcn.js' }, { name: 'gru\u0308n.js' }]),
    ],
    'a file and a folder of the same name': [
      'zip_unsafe',
      /twice/,
      () => makeZip([good, { name: 'config.json/', stored: true, mode: 0o040775 }]),
    ],
    'members that declare more than the limit together': [
      'zip_unsafe',
      /with b\.js the archive unpacks to more than 1500 bytes/,
      () => makeZip(['a.js', 'b.js'].map((name) => ({ name, content: Buffer.alloc(1000) }))),
      { maxUnpacked: 1500 },
    ],
    'a hundred megabytes of zeros': [
      'zip_unsafe',
      /zeros\.js unpacks to more than 500 times its size/,
      () => makeZip([{ name: 'zeros.js', content: Buffer.alloc(100 * 1024 ** 2) }]),
    ],
    'a member that declares an absurd size': [
      'zip_unsafe',
      /unpacks to more than/,
      () => makeZip([{ ...good, zip64: true, central: { extra: zip64Field(2 ** 60) } }]),
    ],

    'many members': [
      'zip_members',
      /21 files; at most 20/,
      () => makeZip(Array.from({ length: 21 }, (_, index) => ({ name: `${index}.js` }))),
    ],
    'very many entries, before the first is read': [
      'zip_members',
      /60000 entries/,
      () => makeZip([good], { entryCount: 60_000 }),
    ],
    'a file in a folder beside a file at the root': [
      'zip_members',
      /lies in a folder/,
      () => makeZip(named('lib/a.js')),
    ],
    'files in two folders': [
      'zip_members',
      /lies beside the folder a\//,
      () => makeZip([{ name: 'a/a.js' }, { name: 'b/b.js' }]),
    ],
    'files two folders down': ['zip_members', /lies in a folder/, () => makeZip([{ name: 'a/b/c.js' }])],
  };
  for (const [what, [type, detail, zip, more]] of Object.entries(refused)) {
    test(what, async () => {
      const error = await failure(open(zip(), more));
      expect(error.type, error.message).toBe(type);
      expect(error.detail).toMatch(detail);
      expect(error.detail?.length).toBeLessThan(300);
    });
  }

  test('what the source itself fails with is handed on as it is', async () => {
    const broken = new Error('disk gone');
    const source = { ...inMemory(makeZip(exportMembers)), read: () => Promise.reject(broken) };
    await expect(openArchive(source, limits)).rejects.toBe(broken);
  });

  function zip64Field(size: number): Buffer {
    const out = Buffer.alloc(20);
    out.writeUInt16LE(1, 0);
    out.writeUInt16LE(16, 2);
    out.writeBigUInt64LE(BigInt(size), 4);
    out.writeBigUInt64LE(4n, 12);
    return out;
  }
});

describe('members that are refused while they are read', () => {
  const text = 'one two three '.repeat(1000);
  const deflated = deflateRawSync(text);
  const both = (fields: { crc?: number; size?: number; compressedSize?: number }) => ({
    local: fields,
    central: fields,
  });
  const refused: Record<string, [ErrorName, RegExp, Omit<KitEntry, 'name'>]> = {
    'a wrong CRC-32': [
      'zip_malformed',
      /a\.js does not match its CRC-32/,
      { content: text, ...both({ crc: 7 }) },
    ],
    'a wrong CRC-32 of a stored member': [
      'zip_malformed',
      /CRC-32/,
      { content: text, stored: true, ...both({ crc: 7 }) },
    ],
    'more content than declared': [
      'zip_unsafe',
      /more than the 100 bytes/,
      { content: text, ...both({ size: 100 }) },
    ],
    'less content than declared': [
      'zip_malformed',
      /holds 14000 bytes/,
      { content: text, ...both({ size: 14_001 }) },
    ],
    'no content, though some is declared': [
      'zip_malformed',
      /a\.js/,
      { content: text, packed: new Uint8Array() },
    ],
    'deflate that is cut off': [
      'zip_malformed',
      /a\.js: unexpected end/,
      { content: text, packed: deflated.subarray(0, -5) },
    ],
    'deflate that is corrupt': [
      'zip_malformed',
      /a\.js: invalid/,
      { content: text, packed: Buffer.alloc(50, 0xff) },
    ],
    'bytes behind the end of the deflate stream': [
      'zip_malformed',
      /ends before its declared end/,
      { content: text, packed: Buffer.concat([deflated, Buffer.alloc(10)]) },
    ],
    'many bytes behind the end of the deflate stream': [
      'zip_malformed',
      /ends before its declared end/,
      { content: text, packed: Buffer.concat([deflated, Buffer.alloc(1_000_000)]) },
    ],
  };
  for (const [what, [type, detail, entry]] of Object.entries(refused)) {
    test(what, async () => {
      const { members } = await open(makeZip([{ name: 'a.js', ...entry }]));
      const error = await failure(buffer((members[0] as ArchiveMember).stream()));
      expect(error.type, error.message).toBe(type);
      expect(error.detail).toMatch(detail);
    });
  }

  test('a bomb that declares little: no more than declared is unpacked', async () => {
    const content = Buffer.alloc(100 * 1024 ** 2);
    const zip = makeZip([{ name: 'a.js', content, ...both({ size: 150_000 }) }]);
    const { members } = await open(zip);
    let read = 0;
    const reading = async () => {
      for await (const piece of (members[0] as ArchiveMember).stream()) read += piece.length;
    };
    expect((await failure(reading())).type).toBe('zip_unsafe');
    expect(read).toBeLessThanOrEqual(150_000);
  });

  test('what the source itself fails with is handed on as it is', async () => {
    const broken = new Error('disk gone');
    const source = {
      ...inMemory(makeZip(exportMembers)),
      stream: () =>
        new Readable({
          read() {
            this.destroy(broken);
          },
        }),
    };
    const { members } = await openArchive(source, limits);
    await expect(buffer((members[0] as ArchiveMember).stream())).rejects.toBe(broken);
  });
});

describe('damage', () => {
  const zip = makeZip([...exportMembers, { name: 'botFunctions.js', content: 'var kite = 1;\n'.repeat(50) }]);
  const zip64 = makeZip(
    exportMembers.map((entry) => ({ ...entry, descriptor: false, zip64: true })),
    { zip64: true, comment: 'kite' },
  );

  /** Every outcome but a BotportError or the right content is a failure of the test. */
  async function survives(damaged: Uint8Array, original: Uint8Array): Promise<void> {
    const right = await contents(original);
    try {
      const read = await contents(damaged);
      // A changed byte may fall into a member's name; contents cannot change unseen.
      const known = Object.values(right).map((content) => content.toString('latin1'));
      for (const content of Object.values(read)) expect(known).toContain(content.toString('latin1'));
    } catch (error) {
      if (!(error instanceof BotportError)) throw error;
      expect(error.type).toMatch(/^zip_/);
    }
  }

  for (const [what, original] of Object.entries({ 'an archive': zip, 'a zip64 archive': zip64 })) {
    test(`any one byte of ${what} changed is noticed or does no harm`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat(original.length - 1),
          fc.integer({ min: 1, max: 255 }),
          async (position, difference) => {
            const damaged = Buffer.from(original);
            damaged[position] = (damaged[position] ?? 0) ^ difference;
            await survives(damaged, original);
          },
        ),
        { numRuns: 1500 },
      );
    });

    test(`${what} cut off anywhere is refused`, async () => {
      for (let length = 0; length < original.length; length += 1) {
        const error = await failure(contents(original.subarray(0, length)));
        expect(error.type).toBe('zip_malformed');
      }
    });

    test(`${what} with a piece of itself copied over another is noticed or does no harm`, async () => {
      const place = fc.nat(original.length - 1);
      await fc.assert(
        fc.asyncProperty(place, place, fc.integer({ min: 1, max: 64 }), async (from, to, length) => {
          const damaged = Buffer.from(original);
          damaged.set(original.subarray(from, Math.min(from + length, from + original.length - to)), to);
          await survives(damaged, original);
        }),
        { numRuns: 500 },
      );
    });
  }
});

describe('archives made by other tools', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'botport-zips-'));
    mkdirSync(path.join(folder, 'bot'));
    for (const [name, content] of Object.entries(goodContents)) {
      writeFileSync(path.join(folder, 'bot', name), content);
    }
    symlinkSync('/etc/passwd', path.join(folder, 'link.js'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const has = (tool: string, ...args: string[]) => spawnSync(tool, args).status === 0;
  const run = (tool: string, args: string[], cwd = folder) =>
    execFileSync(tool, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const made = (name: string) => readFileSync(path.join(folder, name));
  const inBot = () => path.join(folder, 'bot');
  const names = Object.keys(goodContents);

  describe.skipIf(!has('zip', '--version'))('Info-ZIP zip (skipped where it is not installed)', () => {
    test('files', async () => {
      run('zip', ['-q', '../flat.zip', ...names], inBot());
      expect(await contents(made('flat.zip'))).toEqual(goodContents);
    });
    test('a folder', async () => {
      run('zip', ['-qr', 'folder.zip', 'bot']);
      expect(await contents(made('folder.zip'))).toEqual(goodContents);
    });
    test('written to a pipe, with data descriptors and zip64 in case', async () => {
      writeFileSync(
        path.join(folder, 'piped.zip'),
        run('sh', ['-c', `zip -q - ${names.join(' ')} | cat`], inBot()),
      );
      expect(await contents(made('piped.zip'))).toEqual(goodContents);
    });
    test('zip64 by force', async () => {
      run('zip', ['-q', '-fz', '../wide.zip', ...names], inBot());
      expect(await contents(made('wide.zip'))).toEqual(goodContents);
    });
    test('a password', async () => {
      run('zip', ['-q', '-P', 'secret', '../secret.zip', ...names], inBot());
      expect((await failure(contents(made('secret.zip')))).detail).toMatch(/is encrypted/);
    });
    test('a link kept as a link', async () => {
      run('zip', ['-qy', 'link.zip', 'link.js']);
      expect((await failure(contents(made('link.zip')))).detail).toMatch(/link\.js is a link/);
    });
  });

  describe.skipIf(!has('python3', '--version'))('Python (skipped where it is not installed)', () => {
    const python = (code: string) => run('python3', ['-c', `import zipfile\n${code}`], inBot());
    const files = JSON.stringify(names);
    test('deflated', async () => {
      python(`z = zipfile.ZipFile('../python.zip', 'w', zipfile.ZIP_DEFLATED)
for n in ${files}: z.write(n)
z.close()`);
      expect(await contents(made('python.zip'))).toEqual(goodContents);
    });
    test('stored, written to something that cannot seek, with zip64', async () => {
      python(`class Pipe:
    def __init__(self): self.f = open('../pipe.zip', 'wb')
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
p = Pipe()
z = zipfile.ZipFile(p, 'w')
for n in ${files}:
    with z.open(n, 'w', force_zip64=True) as m: m.write(open(n, 'rb').read())
z.close()
p.f.close()`);
      expect(await contents(made('pipe.zip'))).toEqual(goodContents);
    });
    test('LZMA', async () => {
      python(`z = zipfile.ZipFile('../lzma.zip', 'w', zipfile.ZIP_LZMA)
z.writestr('config.json', '{}')
z.close()`);
      expect((await failure(contents(made('lzma.zip')))).detail).toMatch(/method 14/);
    });
  });

  describe.skipIf(!has('jar', '--version'))('Java jar (skipped where it is not installed)', () => {
    test('without manifest', async () => {
      run('jar', ['cMf', '../java.zip', ...names], inBot());
      expect(await contents(made('java.zip'))).toEqual(goodContents);
    });
    test('with manifest, which no export has', async () => {
      run('jar', ['cf', '../manifest.jar', ...names], inBot());
      expect((await failure(contents(made('manifest.jar')))).type).toBe('zip_members');
    });
  });
});

describe('members of an export', () => {
  const sorted = async (...members: string[]) =>
    sortMembers(await open(makeZip(members.map((name) => ({ name, content: name })))));

  test('are known by name, in any case', async () => {
    const { definition, config, icon, scripts } = await sorted(
      'B.js',
      'Kite_AppDefinition v2.JSON',
      'BotConfig.json',
      'Icon.PNG',
      'botFunctions.js',
    );
    expect([definition, config, icon].map((member) => member?.name)).toEqual([
      'Kite_AppDefinition v2.JSON',
      'BotConfig.json',
      'Icon.PNG',
    ]);
    expect(scripts.map(({ name }) => name)).toEqual(['B.js', 'botFunctions.js']);
  });

  test('need neither icon nor script', async () => {
    const members = await sorted('botDefinition.json', 'config.json');
    expect(members).toMatchObject({ scripts: [] });
    expect(members).not.toHaveProperty('icon');
  });

  const refused: Record<string, [string[], RegExp]> = {
    'without definition': [['config.json', 'bot.json'], /botDefinition\.json is missing/],
    'without config': [['botDefinition.json'], /config\.json is missing/],
    'with two definitions': [
      ['botDefinition.json', 'appDefinition.json', 'config.json'],
      /both botDefinition\.json and appDefinition\.json/,
    ],
    'with two configs': [
      ['botDefinition.json', 'config.json', 'botconfig.json'],
      /both config\.json and botconfig/,
    ],
    'with another file': [['botDefinition.json', 'config.json', 'readme.txt'], /readme\.txt is no part/],
    'with another image': [['botDefinition.json', 'config.json', 'logo.png'], /logo\.png is no part/],
    'with eleven scripts': [
      ['botDefinition.json', 'config.json', ...Array.from({ length: 11 }, (_, index) => `${index}.js`)],
      /11 \.js files/,
    ],
  };
  for (const [what, [members, detail]] of Object.entries(refused)) {
    test(`are refused ${what}`, async () => {
      const error = await failure(sorted(...members));
      expect(error.type).toBe('zip_members');
      expect(error.detail).toMatch(detail);
    });
  }

  test('are read whole up to a limit', async () => {
    const { config } = await sorted('botDefinition.json', 'config.json');
    expect((await readAll(config, 11)).toString()).toBe('config.json');
    expect((await failure(readAll(config, 10, 'config_invalid'))).type).toBe('config_invalid');
  });
});

test('a printed name stays on one line and short', () => {
  expect(printableName('a\r\n\u0000\u202eb')).toBe('a\\u{d}\\u{a}\\u{0}\\u{202e}b');
  expect(Array.from(printableName('😀'.repeat(500)))).toHaveLength(80);
});
