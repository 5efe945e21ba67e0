import { DatabaseSync } from 'node:sqlite';
import type { Selectable } from 'kysely';
import type { SegmentTable } from './schema.ts';
import { type SegmentReader, toSegment } from './segment-store.ts';

/** How long a read waits for another process, in milliseconds. It holds up only its own thread. */
const busyTimeout = 10_000;

/**
 * The segments in the SQLite file at this place, for a thread of its own: a connection that only reads, beside the one
 * that writes.
 */
export function openSegmentFile(databaseFile: string): SegmentReader & { close(): void } {
  const database = new DatabaseSync(databaseFile, { readOnly: true, timeout: busyTimeout });
  const one = database.prepare('select * from segments where digest = ?');
  const some = database.prepare('select * from segments where digest in (select value from json_each(?))');
  const read = (row: unknown) => toSegment(row as Selectable<SegmentTable>);
  return {
    async get(digest) {
      const row = one.get(digest);
      return row && read(row);
    },
    async getAll(digests) {
      return new Map(some.all(JSON.stringify(digests)).map((row) => [row.digest as string, read(row)]));
    },
    close: () => database.close(),
  };
}
