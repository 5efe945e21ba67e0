import { ClientError } from './errors.ts';

/** Thrown where a body stays silent, or takes longer than it may. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
}

export interface ReadOptions {
  /** Milliseconds without a byte after which the reply counts as broken. */
  silence?: number | undefined;
  /** Milliseconds the whole body may take. */
  within?: number | undefined;
}

/** The pieces of a reply. Throws `Stalled`, and whatever breaks the connection; it is given up when nobody reads on. */
export async function* piecesOf(
  response: Response,
  { silence, within }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const until = within === undefined ? Number.POSITIVE_INFINITY : Date.now() + within;
  try {
    for (;;) {
      const patience = Math.min(silence ?? Number.POSITIVE_INFINITY, until - Date.now());
      const { done, value } = await inTime(reader.read(), patience);
      if (done) return;
      yield value;
    }
  } finally {
    // Does nothing behind the end, and closes the connection before it.
    reader.cancel().catch(() => undefined);
  }
}

/** A reply as text: of at most so many bytes. Throws `unexpected_reply` beyond that. */
export async function textOf(response: Response, most: number, options: ReadOptions): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(response, options)) {
    bytes += piece.length;
    if (bytes > most) {
      throw new ClientError('unexpected_reply', `the reply has more than ${most} bytes`);
    }
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  if (milliseconds === Number.POSITIVE_INFINITY) return promise;
  let timer: NodeJS.Timeout | undefined;
  try {
    const enough = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Stalled('no bytes came in time')), Math.max(0, milliseconds));
    });
    return await Promise.race([promise, enough]);
  } finally {
    clearTimeout(timer);
    // What the race lost is settled when the reader is cancelled.
    promise.catch(() => undefined);
  }
}
