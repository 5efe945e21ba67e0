import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** RFC 2046 allows 70 characters for a boundary; before it come two hyphens, behind it perhaps blanks. */
const longestLine = 200;

/**
 * Some clients send `multipart/form-data` without naming the boundary, or call the whole body JSON. The body's first
 * line tells; it is put back afterwards. `undefined` where that line is no boundary.
 */
export async function peekBoundary(body: IncomingMessage): Promise<string | undefined> {
  const start = await peek(body);
  const [, boundary] = /^(?:\r\n)*--([\x20-\x7e]{0,70}[\x21-\x7e])[ \t]*\r?\n/.exec(start) ?? [];
  return boundary !== undefined && !/["\\]/.test(boundary) ? boundary : undefined;
}

async function peek(body: IncomingMessage): Promise<string> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < longestLine && !start.subarray(2).includes('\n')) {
    const chunk: Buffer | null = body.read();
    if (chunk !== null) {
      start = Buffer.concat([start, chunk]);
      continue;
    }
    if (body.readableEnded || body.destroyed) break;
    const settled = new AbortController();
    await Promise.race(
      ['readable', 'end', 'close'].map((event) =>
        once(body, event, { signal: settled.signal }).catch(() => []),
      ),
    );
    settled.abort();
  }
  // After the end there is nothing to put back into: so short a body is no upload.
  if (start.length > 0 && !body.readableEnded && !body.destroyed) body.unshift(start);
  return start.subarray(0, longestLine).toString('latin1');
}
