import { setImmediate } from 'node:timers/promises';
import { constants, createDeflateRaw } from 'node:zlib';
import { flushEnd, segmentLevel } from './segment.ts';

/** Two of them, and the second begins at a byte border. */
const flushedTwice = Buffer.concat([flushEnd, Buffer.from([0x00]), flushEnd]);

/**
 * Compresses the texts of segments, one after the other, in another thread. One deflate state serves all of them: to
 * set up a new one for each takes 0.3 MB and as much time as some kilobytes of text.
 */
export class Deflater {
  readonly #stream = createDeflateRaw({ level: segmentLevel, flush: constants.Z_SYNC_FLUSH });
  #pieces: Buffer[] = [];
  #started: Promise<unknown> | undefined;

  constructor() {
    this.#stream.on('data', (piece: Buffer) => this.#pieces.push(piece));
    // Whoever waits for a text is told, too.
    this.#stream.on('error', () => undefined);
    // From the next turn on a piece is handed on the moment it is made.
    this.#started = setImmediate();
  }

  /** As {@link makeSegment} compresses; to be called again only when this is done. */
  async deflate(text: Uint8Array): Promise<Buffer> {
    await this.#started;
    this.#started = undefined;
    this.#stream.reset();
    this.#pieces = [];
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
    let bytes = Buffer.concat(this.#pieces);
    // Where the output ended with a piece of it, zlib could not know that it had flushed, and did so again (zlib.h, on
    // avail_out of 0). The same text is to have the same bytes, wherever the pieces end.
    while (bytes.subarray(-flushedTwice.length).equals(flushedTwice)) {
      bytes = bytes.subarray(0, flushEnd.length - flushedTwice.length);
    }
    if (!bytes.subarray(-flushEnd.length).equals(flushEnd)) throw new Error('a segment is not whole');
    return bytes;
  }

  close(): void {
    this.#stream.destroy();
  }
}
