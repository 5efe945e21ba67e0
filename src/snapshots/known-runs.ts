import type { Content, Run } from './manifest.ts';

type ItemRun = Run & { items: number };

/** The runs of a stored list, to be found by the items that are in them. */
export class KnownRuns {
  readonly #items: readonly string[];
  /** By their first items, with the place of that in the list. */
  readonly #runs = new Map<string, { run: ItemRun; start: number }>();
  readonly #last: ItemRun | undefined;

  /** `items` are all of the list. */
  constructor(content: Content | null | undefined, items: readonly string[]) {
    this.#items = items;
    const runs = content?.form === 'runs' ? content.runs : [];
    let start = 0;
    for (const run of runs) {
      this.#runs.set(items[start] ?? '', { run, start });
      start += run.items;
    }
    this.#last = runs.at(-1);
  }

  /**
   * The run that a list of these items has from `index` on, where one begins there. Where a run ends depends on its own
   * items alone (cutter.ts), but for the last one, which ends with the list, and which need be no run where it is all
   * of the list.
   */
  at(items: readonly string[], index: number): ItemRun | undefined {
    const found = this.#runs.get(items[index] ?? '');
    if (!found) return undefined;
    const { run, start } = found;
    if (run === this.#last && (index === 0 || index + run.items !== items.length)) return undefined;
    for (let next = 0; next < run.items; next += 1) {
      if (items[index + next] !== this.#items[start + next]) return undefined;
    }
    return run;
  }
}
