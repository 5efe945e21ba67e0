import { Readable } from 'node:stream';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { Recipe } from './recipe.ts';

/** The bytes of the archive a recipe describes, read segment by segment as they are taken. */
export function streamArchive(recipe: Recipe, segments: SegmentStore): Readable {
  return Readable.from(archiveBytes(recipe, segments), { objectMode: false });
}

async function* archiveBytes(recipe: Recipe, segments: SegmentStore): AsyncGenerator<Uint8Array> {
  for (const part of recipe.parts) {
    if ('literal' in part) {
      yield Buffer.from(part.literal, 'base64');
      continue;
    }
    const segment = await segments.get(part.segment);
    if (segment?.bytes.length !== part.length)
      throw new Error(`segment ${part.segment} is missing or cut off`);
    yield segment.bytes;
  }
}
