import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/** A file on its way: it has a name of its own until all of it is there. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number;
  write(bytes: Uint8Array): Promise<void>;
  /** Begins anew. */
  clear(): Promise<void>;
  /** SHA-256 of what is there. */
  sha256(): Buffer;
  /** Takes the place of what is under the name. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

export async function createPartialFile(file: string): Promise<PartialFile> {
  const partial = `${file}.${randomUUID()}.partial`;
  const handle = await open(partial, 'wx');
  let hash = createHash('sha256');
  let size = 0;
  return {
    get size() {
      return size;
    },
    async write(bytes) {
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, size + written);
        written += bytesWritten;
      }
      hash.update(bytes);
      size += bytes.length;
    },
    async clear() {
      if (size === 0) return;
      await handle.truncate(0);
      hash = createHash('sha256');
      size = 0;
    },
    sha256: () => hash.copy().digest(),
    async finish() {
      // On the disk before it has the name: after a power cut there is the old file or the new one, never a half.
      await handle.sync();
      await handle.close();
      await rename(partial, file);
    },
    async discard() {
      await handle.close().catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}
