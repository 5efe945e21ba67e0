import { Readable } from 'node:stream';
import { Kept } from '../kept.ts';
import { type RecipePart, separatorBlock } from './recipe.ts';

/** Bytes of an archive: from `start` up to but without `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A run, as far as reading it needs. */
export interface StoredRun {
  digest: string;
  /** Bytes of its compressed form. */
  storedLength: number;
}

/** Where an archive's segments are read from. */
export interface ArchiveSegments {
  /** Those of the runs that are there, by digest. */
  read(runs: readonly StoredRun[]): Promise<ReadonlyMap<string, { bytes: Uint8Array }>>;
}

/**
 * An archive is read in blocks of so many bytes. A client that does not read holds one of them, and one that reads fast
 * gets it with few calls.
 */
export const blockSize = 256 * 1024;

/** The blocks read last, of all archives, up to so many bytes; who downloads the same archive shares them. */
export type ArchiveBlocks = Kept<Promise<Buffer>>;

export function keepBlocks(bytes = 16 * 1024 ** 2): ArchiveBlocks {
  return new Kept<Promise<Buffer>>(bytes);
}

/** The bytes of the archive a recipe describes, read as they are taken. */
export class ArchiveReader {
  readonly digest: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly #runs: readonly StoredRun[];
  readonly #segments: ArchiveSegments;
  readonly #blocks: ArchiveBlocks;
  /** Bytes of the recipe itself, or places of runs, end to end. */
  readonly #pieces: (Buffer | number)[] = [];
  /** Where each piece begins in the archive. */
  readonly #starts: number[] = [];

  /** `runs` are those of the snapshot the recipe was made from. Throws where it refers to others. */
  constructor(
    recipe: { digest: string; parts: readonly RecipePart[] },
    runs: readonly StoredRun[],
    segments: ArchiveSegments,
    blocks: ArchiveBlocks,
  ) {
    this.digest = recipe.digest;
    this.#runs = runs;
    this.#segments = segments;
    this.#blocks = blocks;
    let size = 0;
    const add = (piece: Buffer | number, length: number) => {
      this.#pieces.push(piece);
      this.#starts.push(size);
      size += length;
    };
    for (const part of recipe.parts) {
      if (Buffer.isBuffer(part)) {
        add(part, part.length);
        continue;
      }
      for (let place = part.from; place < part.from + part.count; place += 1) {
        if (place > part.from) add(separatorBlock, separatorBlock.length);
        add(place, this.#run(place).storedLength);
      }
    }
    this.size = size;
  }

  /** The archive, or a range of it. What lies outside is not read, and nothing is read before it can be sent. */
  stream(range: ByteRange = { start: 0, end: this.size }): Readable {
    let at = range.start;
    const next = async (): Promise<Buffer> => {
      const block = Math.floor(at / blockSize);
      const start = block * blockSize;
      const bytes = (await this.block(block)).subarray(at - start, range.end - start);
      at += bytes.length;
      return bytes;
    };
    return new Readable({
      highWaterMark: 0,
      read() {
        if (at >= range.end) {
          this.push(null);
          return;
        }
        next().then(
          (bytes) => {
            this.push(bytes);
            if (at >= range.end) this.push(null);
          },
          (error: Error) => this.destroy(error),
        );
      },
    });
  }

  /** About how many bytes of memory this takes, without the recipe. */
  get weight(): number {
    return 32 * this.#pieces.length;
  }

  get blockCount(): number {
    return Math.ceil(this.size / blockSize);
  }

  /** One block; the last one is shorter. */
  block(index: number): Promise<Buffer> {
    const key = `${this.digest} ${index}`;
    const known = this.#blocks.get(key);
    if (known) return known;
    const range = { start: index * blockSize, end: Math.min((index + 1) * blockSize, this.size) };
    const reading = this.#read(range);
    this.#blocks.set(key, reading, range.end - range.start);
    // A failed reading is not kept.
    reading.catch(() => this.#blocks.delete(key));
    return reading;
  }

  async #read({ start, end }: ByteRange): Promise<Buffer> {
    const first = this.#pieceAt(start);
    let last = first;
    while ((this.#starts[last + 1] ?? end) < end) last += 1;
    const pieces = this.#pieces.slice(first, last + 1);
    const places = pieces.filter((piece) => typeof piece === 'number');
    const found = await this.#segments.read(places.map((place) => this.#run(place)));
    // Of its own memory, not of a pool that it would keep alive.
    const block = Buffer.allocUnsafeSlow(end - start);
    let at = (this.#starts[first] ?? 0) - start;
    for (const piece of pieces) {
      const bytes = typeof piece === 'number' ? this.#bytesOf(piece, found) : piece;
      const from = Math.max(0, -at);
      block.set(bytes.subarray(from, end - start - at), at + from);
      at += bytes.length;
    }
    return block;
  }

  #bytesOf(place: number, found: ReadonlyMap<string, { bytes: Uint8Array }>): Uint8Array {
    const { digest, storedLength } = this.#run(place);
    const bytes = found.get(digest)?.bytes;
    if (bytes?.length !== storedLength) throw new Error(`segment ${digest} is missing or cut off`);
    return bytes;
  }

  #run(place: number): StoredRun {
    const run = this.#runs[place];
    if (!run) throw new Error(`the snapshot has no run ${place}`);
    return run;
  }

  /** The last piece that begins at or before `offset`. */
  #pieceAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
