import { Readable } from 'node:stream';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { BotportError } from '../../errors.ts';

export interface Limits {
  /** Most bytes of the file. */
  file: number;
  /** Most bytes of everything else. */
  rest: number;
}

/** The file in an upload, before its bytes have been read. */
export interface FilePart {
  name: string;
  content: Readable;
}

/**
 * Finds the one file of a multipart body. Fields may stand before and behind it and more than once; they are skipped.
 * The file's content ends only when the whole body was read and found to be in order, and fails otherwise: so a store
 * that keeps nothing of a failed stream never keeps a file of a broken upload. Throws `upload_malformed` and
 * `body_too_large`.
 */
export async function findFile(request: FastifyRequest, limits: Limits): Promise<FilePart> {
  const parts = new Parts(request, limits);
  const file = await parts.nextFile();
  if (file === undefined) throw malformed('expected one part that is a file, but there is none');
  return {
    name: file.filename ?? 'file',
    content: Readable.from(parts.contentOf(file), { objectMode: false }),
  };
}

class Parts {
  readonly #parts: AsyncIterator<MultipartFile>;
  readonly #limits: Limits;
  #skipped = 0;

  constructor(request: FastifyRequest, limits: Limits) {
    this.#limits = limits;
    // Every part is taken as a stream, so that no field is held in memory or judged by its content type.
    this.#parts = request.files({ isPartAFile: () => true, limits: { fileSize: Number.MAX_SAFE_INTEGER } });
  }

  /** Skips fields; `undefined` at the end of the body. */
  async nextFile(): Promise<MultipartFile | undefined> {
    try {
      for (;;) {
        const { value, done } = await this.#parts.next();
        if (done === true) return undefined;
        if (isFile(value)) return value;
        await this.#skip(value);
      }
    } catch (error) {
      throw asRegistered(error);
    }
  }

  async *contentOf(part: MultipartFile): AsyncGenerator<Buffer> {
    try {
      let size = 0;
      for await (const chunk of part.file) {
        size += chunk.length;
        if (size > this.#limits.file) throw tooLarge('file', this.#limits.file);
        yield chunk;
      }
    } catch (error) {
      throw asRegistered(error);
    }
    if ((await this.nextFile()) !== undefined) {
      throw malformed('expected one part that is a file, but there are several');
    }
  }

  async #skip(part: MultipartFile): Promise<void> {
    for await (const chunk of part.file) {
      this.#skipped += chunk.length;
      if (this.#skipped > this.#limits.rest) throw tooLarge('fields', this.#limits.rest);
    }
  }
}

/** What has a file name is a file, and so is what is called one. */
function isFile(part: MultipartFile): boolean {
  return part.filename !== undefined || part.fieldname === 'file';
}

/** What the parser throws has no place in a reply; each of its faults is one of these two. */
function asRegistered(error: unknown): BotportError {
  if (error instanceof BotportError) return error;
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 413) {
    return new BotportError('body_too_large', 'the form has too many parts', { cause: error });
  }
  return malformed('the body ends too early or is not in the form its boundary announces', error);
}

function malformed(detail: string, cause?: unknown): BotportError {
  return new BotportError('upload_malformed', detail, { cause });
}

export function tooLarge(what: string, bytes: number): BotportError {
  return new BotportError('body_too_large', `${what}: at most ${bytes} bytes`);
}
