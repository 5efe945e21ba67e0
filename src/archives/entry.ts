import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';
import { Kept } from '../kept.ts';
import { combineCrc32 } from './crc32.ts';

/**
 * Stored runs of a snapshot that follow each other there, laid end to end with the separator of a list between each
 * two. What an entry has to know of them to take them in without reading one.
 */
export interface RunRange {
  /** Position of the first among all runs of the snapshot. */
  from: number;
  count: number;
  /** Bytes of the text, separators included. */
  textLength: number;
  crc32: number;
  /** Bytes they make in an archive, separators included. */
  storedLength: number;
}

/** Text that is being compressed, so that it can be while the next is read. */
export interface PackedText {
  /** Bytes of the text. */
  textLength: number;
  crc32: number;
  /** Deflate blocks that are not final and end at a byte border. */
  bytes: Promise<Buffer>;
}

/** One file of an archive, compressed, as parts. */
export interface Entry {
  name: string;
  crc32: number;
  /** Bytes of the file. */
  size: number;
  /** Bytes of the deflate stream the parts make. */
  compressedSize: number;
  parts: (RunRange | Buffer)[];
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
export const pieceSize = 128 * 1024;
/**
 * What the archive says itself is little, and packed once for many exports. Items that are chosen are packed for one
 * export: level 3 takes half the time of level 6 and makes the archive of a tenth of the dialogs 4 % larger.
 */
const levels = { own: 6, chosen: 3 };

const deflate = promisify(deflateRaw);

/** Puts a file together from literal text and segments; literals that touch are compressed as one. */
export class EntryBuilder {
  readonly #parts: (RunRange | PackedText | string)[] = [];

  literal(text: string): this {
    const last = this.#parts.at(-1);
    if (typeof last === 'string') this.#parts[this.#parts.length - 1] = last + text;
    else this.#parts.push(text);
    return this;
  }

  runs(range: RunRange): this {
    this.#parts.push(range);
    return this;
  }

  packed(text: PackedText): this {
    this.#parts.push(text);
    return this;
  }

  async finish(name: string): Promise<Entry> {
    const entry: Entry = { name, crc32: 0, size: 0, compressedSize: 0, parts: [] };
    const add = (part: RunRange | Buffer, size: number, crc: number, compressedSize: number) => {
      entry.parts.push(part);
      entry.crc32 = combineCrc32(entry.crc32, crc, size);
      entry.size += size;
      entry.compressedSize += compressedSize;
    };
    for (const part of this.#parts) {
      if (part === '') continue;
      if (typeof part === 'object' && 'from' in part) {
        add(part, part.textLength, part.crc32, part.storedLength);
        continue;
      }
      const packed = typeof part === 'string' ? packLiteral(part) : part;
      const bytes = await packed.bytes;
      add(bytes, packed.textLength, packed.crc32, bytes.length);
    }
    add(lastBlock, 0, 0, lastBlock.length);
    return entry;
  }
}

/**
 * Literals between sections are the same in every export of a snapshot, or of a bot. So those packed last are kept, of
 * so many characters together.
 */
const kept = new Kept<PackedText>(2 * 1024 ** 2);

function packLiteral(text: string): PackedText {
  const known = kept.get(text);
  if (known) return known;
  const packed = packAt(levels.own, Buffer.from(text));
  kept.set(text, packed, text.length);
  packed.bytes.catch(() => kept.delete(text));
  return packed;
}

/** Compresses a text that is not empty: at once if it is short, else beside what comes next. */
export function packText(text: Buffer): PackedText {
  return packAt(levels.chosen, text);
}

function packAt(level: number, text: Buffer): PackedText {
  return { textLength: text.length, crc32: crc32(text), bytes: pack(level, text) };
}

async function pack(level: number, text: Buffer): Promise<Buffer> {
  if (text.length < worthCompressing) return storedBlock(text);
  const flushed = { level, finishFlush: constants.Z_SYNC_FLUSH };
  if (text.length < worthAThread) return deflateRawSync(text, flushed);
  const pieces: Buffer[] = [];
  for (let at = 0; at < text.length; at += pieceSize) pieces.push(text.subarray(at, at + pieceSize));
  return Buffer.concat(await Promise.all(pieces.map((piece) => deflate(piece, flushed))));
}

/** A stored block (RFC 1951, 3.2.4): its length, the same inverted, the bytes. */
export function storedBlock(text: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(text.length, 1);
  head.writeUInt16LE(~text.length & 0xffff, 3);
  return Buffer.concat([head, text]);
}
