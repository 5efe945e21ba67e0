import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepSegments } from '../../src/archives/kept-segments.ts';
import { type RecipePart, separatorBlock } from '../../src/archives/recipe.ts';
import { ArchiveReader, blockSize, keepBlocks } from '../../src/archives/stream.ts';
import type { SegmentStore } from '../../src/storage/segment-store.ts';
import { segmentsInMemory } from '../support/segments.ts';

/** Runs with these bytes, the segments they are stored in, and how often segments were asked for. */
function stored(contents: readonly Buffer[]) {
  const segments = contents.map((bytes, n) => ({ digest: `s${n}`, textLength: 0, crc32: 0, bytes }));
  const runs = segments.map(({ digest, bytes }) => ({ digest, storedLength: bytes.length }));
  const inMemory = segmentsInMemory(segments);
  const looks = { count: 0 };
  const store: SegmentStore = {
    ...inMemory,
    getAll(digests) {
      looks.count += 1;
      return inMemory.getAll(digests);
    },
  };
  return { runs, store, looks };
}

function readerOf(parts: readonly RecipePart[], contents: readonly Buffer[], blocks = keepBlocks()) {
  const { runs, store, looks } = stored(contents);
  return { reader: new ArchiveReader({ digest: 'r', parts }, runs, keepSegments(store, 0), blocks), looks };
}

/** What a recipe means, put together naively. */
function bytesOf(parts: readonly RecipePart[], contents: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) =>
      Buffer.isBuffer(part)
        ? [part]
        : contents
            .slice(part.from, part.from + part.count)
            .flatMap((bytes, n) => (n === 0 ? [bytes] : [separatorBlock, bytes])),
    ),
  );
}

const contents = [10, 300_000, 1, 70_000, 262_144, 5].map((size) => randomBytes(size));
const range = fc
  .integer({ min: 0, max: contents.length - 1 })
  .chain((from) => fc.integer({ min: 1, max: contents.length - from }).map((count) => ({ from, count })));
const literal = fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes));
const parts = fc.array<RecipePart>(fc.oneof(literal, range), { minLength: 1, maxLength: 6 });

test('any range of any archive is that range of its parts laid end to end', async () => {
  const ends = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(parts, ends, async (parts, [one, other]) => {
      const whole = bytesOf(parts, contents);
      const { reader } = readerOf(parts, contents);
      expect(reader.size).toBe(whole.length);
      expect((await buffer(reader.stream())).equals(whole)).toBe(true);
      const start = Math.floor(Math.min(one, other) * whole.length);
      const end = Math.floor(Math.max(one, other) * whole.length);
      expect((await buffer(reader.stream({ start, end }))).equals(whole.subarray(start, end))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

const large = [Buffer.alloc(10 * blockSize)];
const all = [{ from: 0, count: 1 }];

test('nothing is read of what a client does not take', async () => {
  const { reader, looks } = readerOf(all, large, keepBlocks(0));
  const stuck = new Writable({ highWaterMark: 1, write() {} });
  reader.stream().pipe(stuck);
  while (stuck.writableLength === 0) await new Promise(setImmediate);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect([looks.count, stuck.writableLength]).toEqual([1, blockSize]);
});

test('nothing is read after the client went away', async () => {
  const { reader, looks } = readerOf(all, large, keepBlocks(0));
  const stream = reader.stream();
  await once(stream, 'data');
  stream.destroy();
  await finished(stream).catch(() => {});
  const before = looks.count;
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect(looks.count).toBe(before);
});

test('many who read the same archive at once share its blocks', async () => {
  const { reader, looks } = readerOf(all, large);
  const read = await Promise.all(Array.from({ length: 20 }, () => buffer(reader.stream())));
  expect(new Set(read.map(({ length }) => length))).toEqual(new Set([10 * blockSize]));
  expect(looks.count).toBe(10);
});

test('archives that have segments in common read them once', async () => {
  const { runs, store, looks } = stored(large);
  const kept = keepSegments(store, 100 * blockSize);
  const read = (digest: string, parts: RecipePart[]) =>
    buffer(new ArchiveReader({ digest, parts }, runs, kept, keepBlocks()).stream());
  const first = await read('one', all);
  const { count } = looks;
  const second = await read('other', [Buffer.from('head'), ...all]);
  expect(second.equals(Buffer.concat([Buffer.from('head'), first]))).toBe(true);
  expect(looks.count).toBe(count);
});

test('a segment of another length than the manifest says ends the stream with an error', async () => {
  const { store } = stored([Buffer.from('abc')]);
  const runs = [{ digest: 's0', storedLength: 4 }];
  const reader = new ArchiveReader({ digest: 'r', parts: all }, runs, keepSegments(store, 0), keepBlocks());
  await expect(buffer(reader.stream())).rejects.toThrow('missing or cut off');
});

test('a recipe that refers to a run the snapshot does not have is refused', () => {
  expect(() => readerOf([{ from: 1, count: 1 }], [Buffer.from('abc')])).toThrow('no run 1');
});
