import { Buffer } from 'node:buffer';

/*
 * The peer of an import: what it takes, on one thread, only to read a definition. The stream is split into the items of
 * its lists, and each item is given to JSON.parse. It needs the memory of one item, and makes nothing of what it reads.
 */

/** Milliseconds it took. */
export interface ItemTimes {
  /** Splitting and parsing. */
  all: number;
  /** JSON.parse alone, of the pieces cut out before. */
  parse: number;
  items: number;
}

/** Bytes of pieces that are parsed in one go, so that looking at the clock costs nothing. */
const batch = 1e6;

export async function parseItems(content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<ItemTimes> {
  const times: ItemTimes = { all: 0, parse: 0, items: 0 };
  const cutter = new ItemCutter();
  let texts: string[] = [];
  let length = 0;
  const parse = () => {
    const start = performance.now();
    for (const text of texts) JSON.parse(text);
    times.parse += performance.now() - start;
    times.items += texts.length;
    texts = [];
    length = 0;
  };
  for await (const chunk of content) {
    const start = performance.now();
    for (const text of cutter.push(chunk)) {
      texts.push(text);
      length += text.length;
      if (length > batch) parse();
    }
    times.all += performance.now() - start;
  }
  const start = performance.now();
  parse();
  times.all += performance.now() - start;
  return times;
}

const [quote, backslash] = [0x22, 0x5c];
const [open, close] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];
const kinds = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === quote ? 1 : open.has(byte) ? 2 : close.has(byte) ? 3 : 0,
);

/** Cuts out what stands two levels deep: objects and lists that are members of members of the document. */
class ItemCutter {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #pieces: Buffer[] = [];

  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#string(chunk, at);
        continue;
      }
      const kind = kinds[chunk[at] as number];
      if (kind === 1) this.#inString = true;
      else if (kind === 2) {
        if (this.#depth === 2) start = at;
        this.#depth += 1;
      } else if (kind === 3) {
        this.#depth -= 1;
        if (this.#depth === 2) {
          this.#pieces.push(chunk.subarray(start, at + 1));
          yield Buffer.concat(this.#pieces).toString('utf8');
          this.#pieces = [];
        }
      }
      at += 1;
    }
    if (this.#depth > 2) this.#pieces.push(chunk.subarray(start));
  }

  #string(chunk: Buffer, from: number): number {
    if (this.#escaped) {
      this.#escaped = false;
      return from + 1;
    }
    const end = chunk.indexOf(quote, from);
    const stop = end === -1 ? chunk.length : end;
    let slashes = 0;
    while (stop - slashes > from && chunk[stop - slashes - 1] === backslash) slashes += 1;
    if (end === -1) {
      this.#escaped = slashes % 2 === 1;
      return chunk.length;
    }
    this.#inString = slashes % 2 === 1;
    return end + 1;
  }
}
