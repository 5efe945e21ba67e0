import { Readable } from 'node:stream';
import type { ArchiveSource } from '../archives/zip-reader.ts';

/** Reads what was uploaded. */
export interface UploadBytes {
  /** `length` bytes from `start`, fewer where the file ends: random access for zip directories. */
  read(id: string, start: number, length: number): Promise<Buffer>;
  /** The bytes in order, from `start` (default 0) up to but without `end` (default the size). */
  stream(id: string, range?: { start?: number; end?: number }): Readable;
}

/** Where the chunks of uploads are. */
export interface ChunkStore {
  /** Bytes of a complete upload. Throws `invalid_file_id`. */
  size(id: string): Promise<number>;
  /** `length` bytes of a chunk from `offset`; fewer, or none, where it lacks them. */
  slice(id: string, ordinal: number, offset: number, length: number): Promise<Uint8Array | undefined>;
}

/** Bytes of every chunk but the last. Files at rest are cut by it, so it cannot change without a migration. */
export const chunkSize = 1024 ** 2;

export function bytesOfChunks(chunks: ChunkStore): UploadBytes {
  /** The bytes from `start` up to but without `end`, one chunk's share at a time. */
  async function* slices(id: string, start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let position = start; position < end; ) {
      const ordinal = Math.floor(position / chunkSize);
      const offset = position - ordinal * chunkSize;
      const length = Math.min(end - position, chunkSize - offset);
      const bytes = await chunks.slice(id, ordinal, offset, length);
      if (bytes?.length !== length) throw new Error(`Upload ${id} lacks bytes at ${position}`);
      yield bytes;
      position += length;
    }
  }

  return {
    async read(id, start, length) {
      const end = Math.min(start + length, await chunks.size(id));
      const found: Uint8Array[] = [];
      for await (const bytes of slices(id, start, end)) found.push(bytes);
      return Buffer.concat(found);
    },

    stream(id, range = {}) {
      const all = async function* () {
        const size = await chunks.size(id);
        yield* slices(id, range.start ?? 0, Math.min(range.end ?? size, size));
      };
      return Readable.from(all(), { objectMode: false, highWaterMark: 1 });
    },
  };
}

/** An upload as the bytes of an archive. */
export function archiveSource(uploads: UploadBytes, upload: { id: string; size: number }): ArchiveSource {
  return {
    size: upload.size,
    read: (start, length) => uploads.read(upload.id, start, length),
    stream: (range) => uploads.stream(upload.id, range),
  };
}
