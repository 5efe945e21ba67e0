import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Insertable, sql } from 'kysely';
import type { Caller } from '../auth/caller.ts';
import { BotportError } from '../errors.ts';
import { newHexId } from '../ids.ts';
import type { Db } from '../storage/database.ts';
import type { UploadTable } from '../storage/schema.ts';
import { bytesOfChunks, type ChunkStore, chunkSize, type UploadBytes } from './upload-bytes.ts';

export interface Upload {
  /** 24 hexadecimal digits. */
  id: string;
  /** Base name of the file as the client called it. */
  fileName: string;
  size: number;
  /** SHA-1 of the bytes, hexadecimal: what the upload reply calls `hash`. */
  sha1: string;
}

export interface Uploads extends UploadBytes {
  /**
   * Stores a file as it streams in. Throws `body_too_large`; a broken stream leaves nothing behind. When it throws,
   * `content` is destroyed.
   */
  store(caller: Caller, fileName: string, content: Readable): Promise<Upload>;
  /** The file, if it exists and belongs to the account. */
  find(accountId: string, id: string): Promise<Upload | undefined>;
  /** Removes the remains of uploads a crash or a closed connection broke off. Run at start. */
  removeBroken(): Promise<number>;
}

const longestFileName = 255;

export function openUploads(db: Db, options: { maxUpload: number }): Uploads {
  return {
    ...bytesOfChunks(chunksIn(db)),

    async store(caller, fileName, content) {
      const upload = newUpload(caller, fileName);
      try {
        await fill(db, upload, content, options.maxUpload);
      } catch (error) {
        content.destroy();
        // What cannot be removed now, removeBroken finds; the first failure is the one to report.
        await db
          .deleteFrom('uploads')
          .where('id', '=', upload.id)
          .execute()
          .catch(() => undefined);
        throw error;
      }
      return { id: upload.id, fileName: upload.file_name, size: upload.size, sha1: upload.sha1 };
    },

    async find(accountId, id) {
      const row = await db
        .selectFrom('uploads')
        .select(['id', 'file_name', 'size', 'sha1'])
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .where('complete', '=', 1)
        .executeTakeFirst();
      return row && { id: row.id, fileName: row.file_name, size: row.size, sha1: row.sha1 };
    },

    async removeBroken() {
      const { numDeletedRows } = await db
        .deleteFrom('uploads')
        // Literally, so that the index of incomplete uploads serves.
        .where('complete', '=', sql.lit(0))
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

/**
 * The name a client gave a file, without folders (of any system) and control characters; `file` where nothing is
 * left of it.
 */
export function cleanFileName(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? '';
  const visible = base
    .toWellFormed()
    .replace(/\p{Cc}/gu, '')
    .trim();
  const short = Array.from(visible).slice(0, longestFileName).join('').trim();
  return short === '' || short === '.' || short === '..' ? 'file' : short;
}

type NewUpload = Insertable<UploadTable>;

function newUpload(caller: Caller, fileName: string): NewUpload {
  return {
    id: newHexId(),
    account_id: caller.accountId,
    file_name: cleanFileName(fileName),
    size: 0,
    sha1: '',
    complete: 0,
    created_by: caller.userId,
    created_at: Date.now(),
  };
}

/** Chunks that go into one commit: a commit waits for the disk, and four together wait hardly longer than one. */
const chunksPerCommit = 4;

/** Stores `content` under `upload` and enters its size and hash there. Holds a few chunks in memory. */
async function fill(db: Db, upload: NewUpload, content: Readable, maxUpload: number): Promise<void> {
  const hash = createHash('sha1');
  const room: Buffer[] = [];
  let full = 0;
  let filled = 0;
  let written = 0;
  for await (const piece of content as AsyncIterable<Buffer | string>) {
    let rest: Uint8Array = typeof piece === 'string' ? Buffer.from(piece) : piece;
    upload.size += rest.length;
    if (upload.size > maxUpload) {
      throw new BotportError(
        'body_too_large',
        `the file is larger than ${maxUpload} bytes (BOTPORT_MAX_UPLOAD)`,
      );
    }
    hash.update(rest);
    while (rest.length > 0) {
      // Full chunks are written only when another byte follows: the last ones complete the upload.
      if (filled === chunkSize) {
        full += 1;
        filled = 0;
      }
      if (full === chunksPerCommit) {
        await write(db, upload, written, room);
        written += full;
        full = 0;
      }
      const chunk = room[full] ?? Buffer.allocUnsafe(chunkSize);
      room[full] = chunk;
      const taken = rest.subarray(0, chunkSize - filled);
      chunk.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  upload.sha1 = hash.digest('hex');
  upload.complete = 1;
  const last = room[full]?.subarray(0, filled) ?? Buffer.alloc(0);
  await write(db, upload, written, [...room.slice(0, full), last]);
}

/** One transaction: the row of the upload as it now is, and some chunks. So a small file costs one commit. */
function write(db: Db, upload: NewUpload, first: number, chunks: readonly Uint8Array[]): Promise<void> {
  return db.transaction().execute(async (tx) => {
    if (first === 0) {
      await tx.insertInto('uploads').values(upload).execute();
    } else if (upload.complete === 1) {
      const { size, sha1, complete } = upload;
      await tx.updateTable('uploads').set({ size, sha1, complete }).where('id', '=', upload.id).execute();
    }
    for (const [index, bytes] of chunks.entries()) {
      if (bytes.length === 0) continue;
      await tx
        .insertInto('upload_chunks')
        .values({ upload_id: upload.id, ordinal: first + index, bytes })
        .execute();
    }
  });
}

function chunksIn(db: Db): ChunkStore {
  return {
    async size(id) {
      const row = await db
        .selectFrom('uploads')
        .select('size')
        .where('id', '=', id)
        .where('complete', '=', 1)
        .executeTakeFirst();
      if (!row) throw new BotportError('invalid_file_id', id);
      return row.size;
    },

    async slice(id, ordinal, offset, length) {
      const row = await db
        .selectFrom('upload_chunks')
        // The same in SQLite and PostgreSQL; counts from 1.
        .select(sql<Uint8Array>`substr(bytes, ${offset + 1}, ${length})`.as('bytes'))
        .where('upload_id', '=', id)
        .where('ordinal', '=', ordinal)
        .executeTakeFirst();
      return row?.bytes;
    },
  };
}
