import { constants, crc32, deflateRawSync } from 'node:zlib';
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
const lastBlock = Buffer.from([0x03, 0x00]);

/** Below this a literal is smaller, or hardly larger, as a stored block. */
const worthCompressing = 48;
/** A stored block has a 16-bit length (RFC 1951, 3.2.4). */
const largestStoredBlock = 0xffff;

/** Puts a file together from literal text and segments; literals that touch are compressed as one. */
export class EntryBuilder {
  readonly #parts: (SegmentRef | Buffer)[] = [];
  #literal: string[] = [];
  #crc32 = 0;
  #size = 0;
  #compressedSize = 0;

  literal(text: string): this {
    this.#literal.push(text);
    return this;
  }

  segment(ref: SegmentRef): this {
    this.#flush();
    this.#add(ref, ref.textLength, ref.crc32, ref.storedLength);
    return this;
  }

  finish(name: string): Entry {
    this.#flush();
    this.#add(lastBlock, 0, 0, lastBlock.length);
    return {
      name,
      crc32: this.#crc32,
      size: this.#size,
      compressedSize: this.#compressedSize,
      parts: this.#parts,
    };
  }

  #flush(): void {
    if (this.#literal.length === 0) return;
    const text = Buffer.from(this.#literal.join(''));
    this.#literal = [];
    if (text.length === 0) return;
    const bytes = text.length < worthCompressing ? storedBlock(text) : compress(text);
    this.#add(bytes, text.length, crc32(text), bytes.length);
  }

  #add(part: SegmentRef | Buffer, size: number, crc: number, compressedSize: number): void {
    this.#parts.push(part);
    this.#crc32 = combineCrc32(this.#crc32, crc, size);
    this.#size += size;
    this.#compressedSize += compressedSize;
  }
}

/** Deflate ended by a sync flush: it stops at a byte border, and another block may follow. */
function compress(text: Buffer): Buffer {
  return deflateRawSync(text, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
}

function storedBlock(text: Buffer): Buffer {
  if (text.length > largestStoredBlock) throw new RangeError('a stored block holds at most 65,535 bytes');
  const head = Buffer.alloc(5);
  head.writeUInt16LE(text.length, 1);
  head.writeUInt16LE(~text.length & 0xffff, 3);
  return Buffer.concat([head, text]);
}
