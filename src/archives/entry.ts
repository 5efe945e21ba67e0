import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';
import { combineCrc32 } from './crc32.ts';

/** What an entry has to know of a segment to take it in without reading it. */
export interface SegmentRef {
  digest: string;
  textLength: number;
  crc32: number;
  /** Bytes of the compressed form. */
  storedLength: number;
}

/** One file of an archive, compressed, as parts. */
export interface Entry {
  name: string;
  crc32: number;
  /** Bytes of the file. */
  size: number;
  /** Bytes of the deflate stream the parts make. */
  compressedSize: number;
  parts: (SegmentRef | Buffer)[];
}

/**
 * An empty last block of a deflate stream: the final bit, the fixed code, the code for the end (RFC 1951, 3.2.3).
 * Segments and literals end at a byte border and are not final, so this ends any run of them.
 */
export const lastBlock = Buffer.from([0x03, 0x00]);

/** Below this a literal is smaller, or hardly larger, as a stored block. */
const worthCompressing = 48;
/** Up to this, compressing takes less time than handing the work to another thread. */
const worthAThread = 16 * 1024;
/** Longer literals are compressed in pieces, side by side. */
const pieceSize = 128 * 1024;
/** Level 6: four times as fast as 9, for half a percent of size. */
const flushed = { level: 6, finishFlush: constants.Z_SYNC_FLUSH };

const deflate = promisify(deflateRaw);

/** Puts a file together from literal text and segments; literals that touch are compressed as one. */
export class EntryBuilder {
  readonly #parts: (SegmentRef | string[])[] = [];

  literal(text: string): this {
    const last = this.#parts.at(-1);
    if (Array.isArray(last)) last.push(text);
    else this.#parts.push([text]);
    return this;
  }

  segment(ref: SegmentRef): this {
    this.#parts.push(ref);
    return this;
  }

  async finish(name: string): Promise<Entry> {
    const entry: Entry = { name, crc32: 0, size: 0, compressedSize: 0, parts: [] };
    const add = (part: SegmentRef | Buffer, size: number, crc: number, compressedSize: number) => {
      entry.parts.push(part);
      entry.crc32 = combineCrc32(entry.crc32, crc, size);
      entry.size += size;
      entry.compressedSize += compressedSize;
    };
    for (const part of this.#parts) {
      if (!Array.isArray(part)) {
        add(part, part.textLength, part.crc32, part.storedLength);
        continue;
      }
      const text = Buffer.from(part.join(''));
      if (text.length === 0) continue;
      const bytes = await pack(text);
      add(bytes, text.length, crc32(text), bytes.length);
    }
    add(lastBlock, 0, 0, lastBlock.length);
    return entry;
  }
}

/** Deflate blocks that are not final and end at a byte border. */
async function pack(text: Buffer): Promise<Buffer> {
  if (text.length < worthCompressing) return storedBlock(text);
  if (text.length < worthAThread) return deflateRawSync(text, flushed);
  const pieces: Buffer[] = [];
  for (let at = 0; at < text.length; at += pieceSize) pieces.push(text.subarray(at, at + pieceSize));
  return Buffer.concat(await Promise.all(pieces.map((piece) => deflate(piece, flushed))));
}

/** A stored block (RFC 1951, 3.2.4): its length, the same inverted, the bytes. */
function storedBlock(text: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(text.length, 1);
  head.writeUInt16LE(~text.length & 0xffff, 3);
  return Buffer.concat([head, text]);
}
