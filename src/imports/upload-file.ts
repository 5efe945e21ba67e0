import { DatabaseSync } from 'node:sqlite';
import { BotportError } from '../errors.ts';
import { bytesOfChunks, type UploadBytes } from './upload-bytes.ts';

/** How long a read waits for another process, in milliseconds. It holds up only its own thread. */
const busyTimeout = 10_000;

/**
 * The uploads in the SQLite file at this place, for a thread of its own: a connection that only reads, beside the one
 * that writes. Reading and writing do not hold each other up (https://www.sqlite.org/wal.html#concurrency).
 */
export function openUploadFile(databaseFile: string): UploadBytes & { close(): void } {
  const database = new DatabaseSync(databaseFile, { readOnly: true, timeout: busyTimeout });
  const sizes = database.prepare('select size from uploads where id = ? and complete = 1');
  const slices = database.prepare(
    'select substr(bytes, ?, ?) as bytes from upload_chunks where upload_id = ? and ordinal = ?',
  );
  const uploads = bytesOfChunks({
    async size(id) {
      const row = sizes.get(id);
      if (!row) throw new BotportError('invalid_file_id', id);
      return Number(row.size);
    },
    // Counts from 1.
    slice: async (id, ordinal, offset, length) =>
      slices.get(offset + 1, length, id, ordinal)?.bytes as Uint8Array | undefined,
  });
  return { ...uploads, close: () => database.close() };
}
