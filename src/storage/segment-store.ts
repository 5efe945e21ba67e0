import type { Db, Tx } from './database.ts';
import type { SegmentTable } from './schema.ts';

/** A stored run of text. `bytes` is raw deflate (RFC 1951) ended by a sync flush, so that segments concatenate. */
export interface Segment {
  /** SHA-256 of the text, hexadecimal. */
  digest: string;
  /** Bytes of the text. */
  textLength: number;
  /** CRC-32 of the text, as zip entries have it. */
  crc32: number;
  bytes: Uint8Array;
}

/** Keeps segments, each once per digest. */
export interface SegmentStore {
  /** Stores those that are not there yet, inside the transaction that makes them needed. */
  put(tx: Tx, segments: Iterable<Segment>): Promise<void>;
  /** The segment of a digest, or `undefined`. */
  get(digest: string): Promise<Segment | undefined>;
  /** Those of the segments that are there, by digest: one look for all of them. */
  getAll(digests: readonly string[]): Promise<ReadonlyMap<string, Segment>>;
}

export function segmentsInDatabase(db: Db): SegmentStore {
  return {
    async put(tx, segments) {
      for (const { digest, textLength, crc32, bytes } of segments) {
        await tx
          .insertInto('segments')
          .values({ digest, text_length: textLength, crc32, bytes })
          .onConflict((conflict) => conflict.column('digest').doNothing())
          .execute();
      }
    },

    async get(digest) {
      const row = await db.selectFrom('segments').selectAll().where('digest', '=', digest).executeTakeFirst();
      return row && toSegment(row);
    },

    async getAll(digests) {
      const rows = await db.selectFrom('segments').selectAll().where('digest', 'in', digests).execute();
      return new Map(rows.map((row) => [row.digest, toSegment(row)]));
    },
  };
}

function toSegment({ digest, text_length, crc32, bytes }: SegmentTable): Segment {
  return { digest, textLength: text_length, crc32, bytes };
}
