import { Kept } from '../kept.ts';
import type { Segment, SegmentReader } from '../storage/segment-store.ts';
import type { ArchiveSegments } from './stream.ts';

/**
 * Segments read last, up to so many compressed bytes. What bots have in common, and what a bot has in common with
 * itself before an edit, is then read once.
 */
export function keepSegments(segments: Pick<SegmentReader, 'getAll'>, bytes: number): ArchiveSegments {
  const kept = new Kept<Segment>(bytes);

  return {
    async read(runs) {
      const found = new Map<string, Segment>();
      const missing: string[] = [];
      for (const { digest, storedLength } of runs) {
        const segment = kept.get(digest);
        // The text of a digest never changes, but another zlib may have compressed it since.
        if (segment?.bytes.length === storedLength) found.set(digest, segment);
        else missing.push(digest);
      }
      if (missing.length === 0) return found;
      for (const [digest, segment] of await segments.getAll(missing)) {
        kept.set(digest, segment, segment.bytes.length);
        found.set(digest, segment);
      }
      return found;
    },
  };
}
