import { randomBytes } from 'node:crypto';
import { crc32, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, EntryBuilder, packText } from '../../src/archives/entry.ts';
import { makeSegment } from '../../src/snapshots/segment.ts';

type Part = { literal: string } | { segment: string } | { packed: string };

/** Builds an entry of parts, and lays its bytes end to end. */
async function build(parts: Part[]): Promise<{ entry: Entry; bytes: Buffer }> {
  const stored: Uint8Array[] = [];
  const builder = new EntryBuilder();
  for (const part of parts) {
    if ('literal' in part) {
      builder.literal(part.literal);
      continue;
    }
    if ('packed' in part) {
      builder.packed(packText(Buffer.from(part.packed)));
      continue;
    }
    const { textLength, crc32, bytes } = await makeSegment(Buffer.from(part.segment));
    const from = stored.push(bytes) - 1;
    builder.runs({ from, count: 1, textLength, crc32, storedLength: bytes.length });
  }
  const entry = await builder.finish('a.json');
  const pieces = entry.parts.map((part) =>
    Buffer.isBuffer(part) ? part : (stored[part.from] ?? Buffer.alloc(0)),
  );
  return { entry, bytes: Buffer.concat(pieces) };
}

async function expectSound(parts: Part[]): Promise<Entry> {
  const text = Buffer.from(parts.flatMap((part) => Object.values(part)).join(''));
  const { entry, bytes } = await build(parts);
  // Nothing behind the last block: the stream ends where the entry says it does.
  const { buffer, engine } = inflateRawSync(bytes, { info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  expect(buffer.equals(text)).toBe(true);
  expect(engine.bytesWritten).toBe(bytes.length);
  expect(entry).toMatchObject({
    name: 'a.json',
    size: text.length,
    crc32: crc32(text),
    compressedSize: bytes.length,
  });
  return entry;
}

/** Text that does not get shorter by compressing: every byte is one of 2^7, at random. */
const incompressible = (length: number) =>
  Array.from(randomBytes(length), (byte) => String.fromCharCode(byte & 0x7f)).join('');

describe('an entry inflates to its parts put together, with right sizes and CRC-32', () => {
  test('whatever literals and segments it is made of', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.lorem({ maxCount: 100 }), fc.constant(''));
    const part = fc.oneof(
      text.map((literal): Part => ({ literal })),
      text.map((segment): Part => ({ segment })),
      text.filter((packed) => packed !== '').map((packed): Part => ({ packed })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => void (await expectSound(parts))),
      { numRuns: 150 },
    );
  });

  test('without any part', async () => {
    expect((await expectSound([])).parts).toHaveLength(1);
  });

  test.each([1, 47, 48, 49, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 300_000])(
    'with a literal of %i bytes that cannot be compressed',
    async (length) => {
      await expectSound([{ literal: incompressible(length) }]);
      await expectSound([{ segment: 'a' }, { literal: incompressible(length) }, { segment: 'b' }]);
    },
  );

  test('with a literal of which a character falls on the border of two pieces', async () => {
    for (const before of [0, 1, 2]) {
      await expectSound([{ literal: `${'a'.repeat(before)}${'€'.repeat(100_000)}` }]);
    }
  });

  test('with segments that cannot be compressed', async () => {
    await expectSound([
      { segment: incompressible(200_000) },
      { literal: ',' },
      { segment: incompressible(70_000) },
    ]);
  });

  test('with half characters at the borders of literals', async () => {
    await expectSound([{ literal: 'a\ud83d' }, { literal: '\ude00b' }]);
  });
});

test('literals that touch are one part, however many there are', async () => {
  const { entry } = await build([
    ...Array.from({ length: 1000 }, (_, n): Part => ({ literal: `word ${n} ` })),
    { segment: 'x' },
    { literal: 'end' },
  ]);
  // The literals, the segment, the literal behind it, the last block.
  expect(entry.parts).toHaveLength(4);
});

test('the same parts make the same bytes', async () => {
  const parts = [{ literal: 'a'.repeat(200_000) }, { segment: 'b' }, { literal: 'c' }];
  expect((await build(parts)).bytes.equals((await build(parts)).bytes)).toBe(true);
});

test('a short literal costs five bytes more than it has', async () => {
  const { entry } = await build([{ literal: ',' }, { segment: 'x' }]);
  expect(entry.parts[0]).toHaveLength(6);
});
