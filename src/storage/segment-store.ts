import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import { prepared } from './prepared.ts';
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

/** Reads segments. */
export interface SegmentReader {
  /** The segment of a digest, or `undefined`. */
  get(digest: string): Promise<Segment | undefined>;
  /** Those of the segments that are there, by digest: one look for all of them. */
  getAll(digests: readonly string[]): Promise<ReadonlyMap<string, Segment>>;
}

/** Keeps segments, each once per digest. */
export interface SegmentStore extends SegmentReader {
  /**
   * Stores those that are not there yet, and marks all of them as needed by an ingest (its id: snapshots/ingests.ts).
   * Gives the bytes each has in the store: another zlib, or another level, may have compressed it when it came first.
   */
  put(tx: Tx, segments: Iterable<Segment>, ingest: number): Promise<number[]>;
}

/** One text however many digests there are: to build a query for each number of them takes longer than to run it. */
const segmentsOf = prepared((db, value: { digests: string }) =>
  db
    .selectFrom('segments')
    .selectAll()
    .where('digest', 'in', sql<string>`(select value from json_each(${value.digests}))`),
);

export function segmentsInDatabase(db: Db): SegmentStore {
  return {
    async put(tx, segments, ingest) {
      const lengths: number[] = [];
      for (const { digest, textLength, crc32, bytes } of segments) {
        const { length } = await tx
          .insertInto('segments')
          .values({ digest, text_length: textLength, crc32, bytes, ingest })
          .onConflict((conflict) =>
            conflict.column('digest').doUpdateSet({
              // Both in SQLite and PostgreSQL.
              ingest: sql`case when segments.ingest < excluded.ingest then excluded.ingest else segments.ingest end`,
            }),
          )
          .returning(sql<number>`length(bytes)`.as('length'))
          .executeTakeFirstOrThrow();
        lengths.push(length);
      }
      return lengths;
    },

    async get(digest) {
      const row = await db.selectFrom('segments').selectAll().where('digest', '=', digest).executeTakeFirst();
      return row && toSegment(row);
    },

    async getAll(digests) {
      const rows = await segmentsOf.all(db, { digests: JSON.stringify(digests) });
      return new Map(rows.map((row) => [row.digest, toSegment(row)]));
    },
  };
}

/** A row as a segment. */
export function toSegment({ digest, text_length, crc32, bytes }: Selectable<SegmentTable>): Segment {
  return { digest, textLength: text_length, crc32, bytes };
}
