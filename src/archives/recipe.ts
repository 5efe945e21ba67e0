import { hash } from 'node:crypto';
import { listSeparator } from '../snapshots/list-text.ts';
import { storedBlock } from './entry.ts';

/*
 * A recipe is what an archive is made of, in order: bytes of its own, and runs of the snapshot it was made from. It
 * refers to runs by their place among all runs of that snapshot, and so to no segment of any other. Whoever keeps the
 * snapshot keeps everything its recipes need.
 *
 * As bytes: the number of the form, then the parts. Each begins with a number in base 128, the lowest digits first and
 * the highest bit of a byte set where more follow. If it is even, half of it is how many bytes of the archive come
 * next. If it is odd, half of it is a number of runs, and one more number says which is the first.
 */

const form = 1;

/** `count` runs of the snapshot from the one at `from` on, with a separator between each two. */
export interface RunsPart {
  from: number;
  count: number;
}

/** Bytes that stand in the recipe itself, or stored runs. */
export type RecipePart = Buffer | RunsPart;

export interface Recipe {
  bytes: Buffer;
  /** Bytes of the archive. */
  size: number;
  /** Names the archive: recipes of equal digest make equal archives. */
  digest: string;
}

/** What stands in an archive between two runs of a list. */
export const separatorBlock = storedBlock(Buffer.from(listSeparator));

/** Writes the bytes of a recipe; bytes that touch become one part, so that equal archives have equal recipes. */
export class RecipeWriter {
  readonly #written: Buffer[] = [Buffer.from([form])];
  #literal: Buffer[] = [];

  add(part: RecipePart): void {
    if (Buffer.isBuffer(part)) {
      this.#literal.push(part);
      return;
    }
    this.#flush();
    this.#written.push(numeral(part.count * 2 + 1), numeral(part.from));
  }

  finish(): Buffer {
    this.#flush();
    return Buffer.concat(this.#written);
  }

  #flush(): void {
    const length = this.#literal.reduce((sum, bytes) => sum + bytes.length, 0);
    if (length > 0) this.#written.push(numeral(length * 2), ...this.#literal);
    this.#literal = [];
  }
}

/** The parts of a recipe; its literals are views into its bytes. Throws where the bytes are none. */
export function readRecipe(recipe: Uint8Array): RecipePart[] {
  const bytes = Buffer.from(recipe.buffer, recipe.byteOffset, recipe.byteLength);
  if (bytes[0] !== form) throw new Error('a recipe of another form');
  const parts: RecipePart[] = [];
  let at = 1;
  const number = (): number => {
    let [value, unit] = [0, 1];
    for (;;) {
      const digit = bytes.readUInt8(at);
      at += 1;
      value += (digit & 0x7f) * unit;
      if (digit < 0x80) return value;
      unit *= 0x80;
    }
  };
  while (at < bytes.length) {
    const head = number();
    const count = Math.floor(head / 2);
    if (head % 2 === 1) {
      parts.push({ from: number(), count });
      continue;
    }
    if (count > bytes.length - at) throw new Error('a recipe that is cut off');
    parts.push(bytes.subarray(at, at + count));
    at += count;
  }
  return parts;
}

/** The digest of a recipe for a snapshot whose runs have this digest. */
export function recipeDigest(bytes: Uint8Array, runsDigest: string): string {
  return hash('sha256', Buffer.concat([Buffer.from(runsDigest), bytes]));
}

function numeral(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    digits.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...digits, rest]);
}
