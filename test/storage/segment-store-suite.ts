import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tx } from '../../src/storage/database.ts';
import type { Segment, SegmentStore } from '../../src/storage/segment-store.ts';

/** A store opened for one test. */
export interface OpenSegmentStore {
  readonly store: SegmentStore;
  /** Runs `work` in a transaction of the database the store belongs to. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Opens the same store anew, as a restarted server would. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export function segmentOf(text: string): Segment {
  const bytes = Buffer.from(text);
  return {
    digest: createHash('sha256').update(bytes).digest('hex'),
    textLength: bytes.length,
    crc32: crc32(bytes),
    bytes: deflateRawSync(bytes),
  };
}

/** What every segment store does. */
export function segmentStoreSuite(name: string, open: () => Promise<OpenSegmentStore>): void {
  describe(`${name} as a segment store`, () => {
    let opened: OpenSegmentStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const put = (...segments: Segment[]) => opened.transaction((tx) => opened.store.put(tx, segments, 1));
    const get = async (digest: string) => {
      const segment = await opened.store.get(digest);
      return segment && { ...segment, bytes: Buffer.from(segment.bytes) };
    };
    const stored = (segment: Segment) => ({ ...segment, bytes: Buffer.from(segment.bytes) });

    test('gives several at once, those that are there', async () => {
      const [one, two] = [segmentOf('one'), segmentOf('two')];
      await put(one, two);
      const found = await opened.store.getAll([one.digest, 'unknown', two.digest, one.digest]);
      expect([...found.keys()].sort()).toEqual([one.digest, two.digest].sort());
      expect(Buffer.from(found.get(two.digest)?.bytes ?? [])).toEqual(Buffer.from(two.bytes));
      expect(await opened.store.getAll([])).toEqual(new Map());
    });

    test('gives back what was put, byte for byte', async () => {
      const segments = [segmentOf('{"name": "Grüße 👋"}'), segmentOf('x'.repeat(200_000))];
      await put(...segments);
      for (const segment of segments) expect(await get(segment.digest)).toEqual(stored(segment));
    });

    test('has numbers of the whole range of a CRC-32', async () => {
      const segment = { ...segmentOf('a'), crc32: 0xffffffff };
      await put(segment);
      expect((await get(segment.digest))?.crc32).toBe(0xffffffff);
    });

    test('takes a segment of no bytes', async () => {
      const segment = { ...segmentOf(''), bytes: new Uint8Array() };
      await put(segment);
      expect(await get(segment.digest)).toEqual(stored(segment));
    });

    test('has nothing under a digest that was never put', async () => {
      expect(await opened.store.get(segmentOf('none').digest)).toBeUndefined();
    });

    test('keeps the first of two segments with one digest', async () => {
      const first = segmentOf('twice');
      await put(first, first);
      await put({ ...first, bytes: deflateRawSync('twice', { level: 0 }) });
      expect(await get(first.digest)).toEqual(stored(first));
    });

    test('says how many bytes it has of each, also where it had them before', async () => {
      const [one, two] = [segmentOf('one'), segmentOf('two')];
      await put(one);
      const other = { ...one, bytes: Buffer.concat([one.bytes, one.bytes]) };
      expect(await put(other, two)).toEqual([one.bytes.length, two.bytes.length]);
    });

    test('takes no segments', async () => {
      await put();
    });

    test('takes them from any iterable, once', async () => {
      const texts = Array.from({ length: 500 }, (_, index) => `segment ${index}`);
      function* segments() {
        for (const text of texts) yield segmentOf(text);
      }
      await opened.transaction((tx) => opened.store.put(tx, segments(), 1));
      for (const text of texts) expect((await get(segmentOf(text).digest))?.textLength).toBe(text.length);
    });

    test('forgets what a rolled back transaction put', async () => {
      const segment = segmentOf('never');
      const rolledBack = opened.transaction(async (tx) => {
        await opened.store.put(tx, [segment], 1);
        throw new Error('no');
      });
      await expect(rolledBack).rejects.toThrow('no');
      expect(await opened.store.get(segment.digest)).toBeUndefined();
      await put(segment);
      expect(await get(segment.digest)).toEqual(stored(segment));
    });

    test('still has them after being opened again', async () => {
      const segment = segmentOf('durable');
      await put(segment);
      await opened.reopen();
      expect(await get(segment.digest)).toEqual(stored(segment));
    });

    test('does not share its bytes with those who read or wrote them', async () => {
      const segment = segmentOf('shared');
      const original = stored({ ...segment, bytes: Uint8Array.from(segment.bytes) });
      await put(segment);
      segment.bytes.fill(0);
      (await opened.store.get(segment.digest))?.bytes.fill(0);
      expect(await get(segment.digest)).toEqual(original);
    });
  });
}
