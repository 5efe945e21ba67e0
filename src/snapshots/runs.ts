import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { combineCrc32 } from '../archives/crc32.ts';
import type { RunRange } from '../archives/entry.ts';
import { separatorBlock } from '../archives/recipe.ts';
import { listSeparator } from './list-text.ts';
import { type Manifest, manifestRuns, type Run } from './manifest.ts';

const separator = {
  textLength: listSeparator.length,
  crc32: crc32(listSeparator),
  storedLength: separatorBlock.length,
};

/**
 * All runs of a snapshot in the order of its manifest, by which recipes refer to them, and what has to be known of
 * ranges of them. Made once for each manifest, and goes with it.
 */
export class SnapshotRuns {
  static readonly #known = new WeakMap<Manifest, SnapshotRuns>();

  static of(manifest: Manifest): SnapshotRuns {
    const known = SnapshotRuns.#known.get(manifest) ?? new SnapshotRuns(manifest);
    SnapshotRuns.#known.set(manifest, known);
    return known;
  }

  readonly all: readonly Run[];
  /** Names the runs and their compressed forms: with the same digest, the same recipe makes the same archive. */
  readonly digest: string;
  readonly #places = new Map<Run, number>();

  private constructor(manifest: Manifest) {
    this.all = [...manifestRuns(manifest)];
    for (const [place, run] of this.all.entries()) this.#places.set(run, place);
    this.digest = hash('sha256', this.all.map((run) => `${run.digest} ${run.storedLength}\n`).join(''));
  }

  /** The range of one run of the manifest. */
  one(run: Run): RunRange {
    const from = this.#places.get(run);
    if (from === undefined) throw new Error('the run is of another manifest');
    const { textLength, crc32, storedLength } = run;
    return { from, count: 1, textLength, crc32, storedLength };
  }

  /** The range of a list of the manifest that has any runs. */
  list(runs: readonly Run[]): RunRange {
    return runs.map((run) => this.one(run)).reduce(join);
  }
}

/** Two ranges of which the second follows the first, as one. */
export function join(first: RunRange, second: RunRange): RunRange {
  const { textLength, storedLength } = separator;
  const crc = combineCrc32(first.crc32, separator.crc32, textLength);
  return {
    from: first.from,
    count: first.count + second.count,
    textLength: first.textLength + textLength + second.textLength,
    crc32: combineCrc32(crc, second.crc32, second.textLength),
    storedLength: first.storedLength + storedLength + second.storedLength,
  };
}
