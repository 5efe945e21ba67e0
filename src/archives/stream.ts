import { Readable } from 'node:stream';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { LiteralPart, Recipe, SegmentPart } from './recipe.ts';

/** Segments are read so many at a time, but not more bytes than this: one look into the store serves them all. */
const batch = { parts: 32, bytes: 1024 ** 2 };

/** The bytes of the archive a recipe describes, read a few segments ahead of their taking. */
export function streamArchive(recipe: Recipe, segments: SegmentStore): Readable {
  return Readable.from(archiveBytes(recipe, segments), { objectMode: false });
}

async function* archiveBytes(recipe: Recipe, segments: SegmentStore): AsyncGenerator<Uint8Array> {
  for (const parts of inBatches(recipe.parts)) {
    const digests = parts.flatMap((part) => ('segment' in part ? [part.segment] : []));
    const found = await segments.getAll(digests);
    for (const part of parts) {
      if ('literal' in part) {
        yield Buffer.from(part.literal, 'base64');
        continue;
      }
      const bytes = found.get(part.segment)?.bytes;
      if (bytes?.length !== part.length) throw new Error(`segment ${part.segment} is missing or cut off`);
      yield bytes;
    }
  }
}

function* inBatches(parts: Recipe['parts']): Generator<(SegmentPart | LiteralPart)[]> {
  let [start, bytes] = [0, 0];
  for (const [index, part] of parts.entries()) {
    bytes += 'segment' in part ? part.length : part.literal.length;
    if (index + 1 - start < batch.parts && bytes < batch.bytes) continue;
    yield parts.slice(start, index + 1);
    [start, bytes] = [index + 1, 0];
  }
  if (start < parts.length) yield parts.slice(start);
}
