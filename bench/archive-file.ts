import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import type { ArchiveSource } from '../src/archives/zip-reader.ts';

/** An archive in a file. */
export function archiveFile(file: string): ArchiveSource {
  return {
    size: statSync(file).size,
    async read(start, length) {
      const handle = openSync(file, 'r');
      try {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(handle, bytes, 0, length, start));
      } finally {
        closeSync(handle);
      }
    },
    stream: ({ start, end }) => createReadStream(file, { start, end: end - 1 }),
  };
}
