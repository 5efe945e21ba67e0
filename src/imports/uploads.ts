import type { Readable } from 'node:stream';
import type { Caller } from '../auth/caller.ts';

export interface Upload {
  /** 24 hexadecimal digits. */
  id: string;
  /** Base name of the file as the client called it. */
  fileName: string;
  size: number;
  /** SHA-1 of the bytes, hexadecimal: what the upload reply calls `hash`. */
  sha1: string;
}

export interface Uploads {
  /** Stores a file as it streams in. Throws `body_too_large`; a broken stream leaves nothing behind. */
  store(caller: Caller, fileName: string, content: Readable): Promise<Upload>;
  /** The file, if it exists and belongs to the account. */
  find(accountId: string, id: string): Promise<Upload | undefined>;
  /** `length` bytes from `start`, for random access (zip directories). */
  read(id: string, start: number, length: number): Promise<Buffer>;
  /** The bytes in order, from `start` (default 0) up to but without `end` (default the size). */
  stream(id: string, range?: { start?: number; end?: number }): Readable;
  /** Removes the remains of uploads a crash or a closed connection broke off. Run at start. */
  removeBroken(): Promise<number>;
}
