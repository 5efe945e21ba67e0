import { indentUnit } from './parts.ts';

/**
 * Where each of `count` items begins, in bytes, in the laid-out text of items that stand end to end with their
 * separators in a list at `level`.
 *
 * @throws when the text holds another number of items
 */
export function itemStarts(run: Buffer, level: number, count: number): Uint32Array {
  const separator = `,\n${indentUnit.repeat(level + 1)}`;
  const starts = new Uint32Array(count);
  // Nearly all items are objects, and few lines of their text begin as one of them does.
  const found =
    fill(starts, run, `${separator}{`, separator.length) || fill(starts, run, separator, separator.length);
  if (!found) throw new Error(`a run of items that are not ${count}`);
  return starts;
}

/** Fills in where what follows a separator begins; false if the number of items is another. */
function fill(starts: Uint32Array, run: Buffer, pattern: string, separatorLength: number): boolean {
  let count = 1;
  for (let at = run.indexOf(pattern); at >= 0; at = run.indexOf(pattern, at + separatorLength)) {
    const start = at + separatorLength;
    // A deeper line: its indent goes on.
    if (run[start] === space) continue;
    if (count >= starts.length) return false;
    starts[count] = start;
    count += 1;
  }
  return count === starts.length;
}

const space = 0x20;
