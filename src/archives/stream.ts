import { Readable } from 'node:stream';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { LiteralPart, Recipe, SegmentPart } from './recipe.ts';

/** Bytes of an archive: from `start` up to but without `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Segments are read so many at a time, but not more bytes than this: one look into the store serves them all. */
const batch = { parts: 32, bytes: 1024 ** 2 };

/**
 * The bytes of the archive a recipe describes, or a range of them, read a few segments ahead of their taking. What
 * lies outside the range is not read.
 */
export function streamArchive(
  recipe: Recipe,
  segments: SegmentStore,
  range: ByteRange = { start: 0, end: recipe.size },
): Readable {
  return Readable.from(archiveBytes(recipe, segments, range), { objectMode: false });
}

async function* archiveBytes(
  recipe: Recipe,
  segments: SegmentStore,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  for (const slices of inBatches(slicesOf(recipe, range))) {
    const digests = slices.flatMap(({ part }) => ('segment' in part ? [part.segment] : []));
    const found = await segments.getAll(digests);
    for (const { part, from, to } of slices) {
      const bytes = 'literal' in part ? Buffer.from(part.literal, 'base64') : found.get(part.segment)?.bytes;
      if (bytes?.length !== lengthOf(part)) {
        throw new Error(`segment ${'segment' in part && part.segment} is missing or cut off`);
      }
      yield bytes.subarray(from, to);
    }
  }
}

/** What a range takes of one part. */
interface Slice {
  part: SegmentPart | LiteralPart;
  from: number;
  to: number;
}

function* slicesOf({ parts }: Recipe, { start, end }: ByteRange): Generator<Slice> {
  let offset = 0;
  for (const part of parts) {
    const length = lengthOf(part);
    const from = Math.max(0, start - offset);
    const to = Math.min(length, end - offset);
    if (from < to) yield { part, from, to };
    offset += length;
    if (offset >= end) return;
  }
}

function lengthOf(part: SegmentPart | LiteralPart): number {
  return 'segment' in part ? part.length : Buffer.byteLength(part.literal, 'base64');
}

function* inBatches(slices: Iterable<Slice>): Generator<Slice[]> {
  let [taken, bytes]: [Slice[], number] = [[], 0];
  for (const slice of slices) {
    taken.push(slice);
    bytes += lengthOf(slice.part);
    if (taken.length < batch.parts && bytes < batch.bytes) continue;
    yield taken;
    [taken, bytes] = [[], 0];
  }
  if (taken.length > 0) yield taken;
}
