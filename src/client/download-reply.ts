import { ClientError } from './errors.ts';
import { aborted } from './pause.ts';
import { piecesOf, Stalled } from './reply-body.ts';

/* What the reply to a download says of it, and its bytes. */

/** The pieces of a body; throws `download_broken` where it breaks off, `aborted` where the signal fires. */
export async function* whole(
  response: Response,
  idleTimeout: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const expected = lengthOf(response);
  let bytes = 0;
  const pieces = piecesOf(response, { silence: idleTimeout });
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await pieces.next();
      } catch (cause) {
        if (signal?.aborted) throw aborted(signal);
        throw broken(bytes, cause);
      }
      if (next.done) break;
      bytes += next.value.length;
      yield next.value;
    }
  } finally {
    await pieces.return(undefined);
  }
  if (expected !== undefined && bytes < expected) throw broken(bytes);
}

export function broken(bytes: number, cause?: unknown): ClientError {
  const why = cause instanceof Stalled ? ': no more came' : '';
  return new ClientError('download_broken', `after ${bytes} bytes${why}`, { cause });
}

/** Bytes of the body; those of a packed one say nothing of what comes out. */
export function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') || !/^\d{1,15}$/.test(length)
    ? undefined
    : Number(length);
}

/** A strong tag only: a weak one does not say that the bytes are the same. */
export function tagOf({ headers }: Response): string | undefined {
  const tag = headers.get('etag');
  return tag?.startsWith('"') && !headers.has('content-encoding') ? tag : undefined;
}

export function rangeOf({ headers }: Response): { start: number; total: number | undefined } | undefined {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (start === undefined) return undefined;
  return { start: Number(start), total: total === '*' ? undefined : Number(total) };
}

/** RFC 9530, 3: a dictionary of digests as RFC 8941 writes them; that of packed bytes is none of what comes out. */
export function digestOf({ headers }: Response): Buffer | undefined {
  if (headers.has('content-encoding')) return undefined;
  const [, text] = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(headers.get('repr-digest') ?? '') ?? [];
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
