import type { Selection, Take } from '../definition/selection.ts';
import type { Progress } from '../jobs/progress.ts';
import type { Content, Manifest, StoredSection } from '../snapshots/manifest.ts';

/** Work on an export. `bytes` are those of the stored text it goes through, `items` the items it takes of it. */
export interface Work {
  readonly bytes: number;
  readonly items: number;
}

/** Counts the work on one export against what there is of it. */
export class ExportWork {
  /** All of the work. Known before it begins: the manifest has the lengths, and the selection the items. */
  readonly total: Work;
  readonly #selection: Selection;
  readonly #report: ((progress: Progress) => void) | undefined;
  #finished = none;
  #partial = none;

  constructor({ sections }: Manifest, selection: Selection, report?: (progress: Progress) => void) {
    this.#selection = selection;
    this.#report = report;
    this.total = sections.reduce((sum, section) => add(sum, this.#workOn(section)), none);
    this.#tell();
  }

  /** A run of items is done, with so many of them taken; its section is not yet. */
  run(bytes: number, items: number): void {
    this.#partial = add(this.#partial, { bytes, items });
    this.#tell();
  }

  /** A section is done. */
  section(section: StoredSection): void {
    this.#finished = add(this.#finished, this.#workOn(section));
    this.#partial = none;
    this.#tell();
  }

  #workOn(section: StoredSection): Work {
    return workOn(section, this.#selection.take(section.key));
  }

  #tell(): void {
    if (!this.#report) return;
    const { bytes, items } = add(this.#finished, this.#partial);
    const { total } = this;
    this.#report({ bytes: { done: bytes, total: total.bytes }, items: { done: items, total: total.items } });
  }
}

const none: Work = { bytes: 0, items: 0 };

function add(one: Work, other: Work): Work {
  return { bytes: one.bytes + other.bytes, items: one.items + other.items };
}

/** The work on a section of which something is taken in this way. */
function workOn({ count, content, stubs }: StoredSection, take: Take): Work {
  if (!content) return none;
  switch (take.as) {
    case 'absent':
    case 'text':
      return none;
    case 'whole':
    case 'edited':
      return { bytes: lengthOf(content), items: count ?? 0 };
    case 'stubs':
      return { bytes: lengthOf(stubs ?? content), items: count ?? 0 };
    case 'items':
      if (count === null) return { bytes: lengthOf(content), items: 0 };
      return workOnItems(take, take.of === 'stubs' ? (stubs ?? content) : content, count);
  }
}

/** Runs of which no item is kept are passed over: they are no work. */
function workOnItems(take: ItemsTake, content: Content, count: number): Work {
  if (content.form === 'text') return { bytes: lengthOf(content), items: countKept(take, 0, count) };
  const total = { bytes: 0, items: 0 };
  let index = 0;
  for (const run of content.runs) {
    const kept = countKept(take, index, run.items);
    index += run.items;
    if (kept === 0) continue;
    total.bytes += run.textLength;
    total.items += kept;
  }
  return total;
}

/** Most bytes of stored text that an export has to read; what is taken whole, or as stubs, is referred to unread. */
export function bytesToRead({ sections }: Manifest, selection: Selection): number {
  return sections.reduce((sum, section) => {
    const take = selection.take(section.key);
    return take.as === 'items' || take.as === 'edited' ? sum + workOn(section, take).bytes : sum;
  }, 0);
}

type ItemsTake = Take & { as: 'items' };

/** How many of `count` items from `start` on are kept. */
export function countKept({ keeps }: ItemsTake, start: number, count: number): number {
  let kept = 0;
  for (let index = start; index < start + count; index += 1) if (keeps(index)) kept += 1;
  return kept;
}

function lengthOf(content: Content): number {
  if (content.form === 'text') return Buffer.byteLength(content.text);
  return content.runs.reduce((sum, run) => sum + run.textLength, 0);
}
