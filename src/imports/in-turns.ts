import { setImmediate } from 'node:timers/promises';

/** Bytes taken at a time: what they hold is read in some milliseconds, however small its items are. */
const turn = 32 * 1024;

/**
 * The bytes of a file in small pieces, with a turn for everything else the server does behind each. Without it a file
 * that comes out of the store in large chunks would be read in one go, and no request answered meanwhile.
 *
 * Throws the signal's reason once it is aborted.
 */
export async function* inTurns(content: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += turn) {
      signal.throwIfAborted();
      yield chunk.subarray(at, at + turn);
      await setImmediate();
    }
  }
}
