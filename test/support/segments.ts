import type { Segment, SegmentStore } from '../../src/storage/segment-store.ts';

/** These segments, as a store to read from. */
export function segmentsInMemory(segments: Iterable<Segment>): SegmentStore {
  const stored = new Map([...segments].map((segment) => [segment.digest, segment]));
  return {
    put: async () => {},
    get: async (digest) => stored.get(digest),
    getAll: async (digests) =>
      new Map(
        digests.flatMap((digest) => {
          const segment = stored.get(digest);
          return segment ? [[digest, segment]] : [];
        }),
      ),
  };
}
