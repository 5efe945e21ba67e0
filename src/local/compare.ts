import type { Difference } from '../definition/diff/difference.ts';
import { compare } from '../diffs/compare.ts';
import { type Side, sideOf } from '../diffs/side.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import type { LocalSnapshot } from './snapshot.ts';

/** What one bot has other than another, as a server finds it; `limit` is how many items are told one by one. */
export function compareLocal(from: LocalSnapshot, to: LocalSnapshot, limit: number): Promise<Difference> {
  const segments = either(from.segments, to.segments);
  return compare(segments, sideIn(from), sideIn(to), { limit, mostBytes: Number.POSITIVE_INFINITY });
}

/** Of a definition alone, variables and other files are not compared. */
function sideIn(snapshot: LocalSnapshot): Side {
  const side = sideOf(snapshot, snapshot.segments);
  return snapshot.definitionOnly ? { ...side, files: undefined } : side;
}

function either(one: SegmentReader, other: SegmentReader): SegmentReader {
  return {
    get: async (digest) => (await one.get(digest)) ?? other.get(digest),
    getAll: async (digests) => new Map([...(await other.getAll(digests)), ...(await one.getAll(digests))]),
  };
}
