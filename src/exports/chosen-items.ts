import { type PackedText, packText, pieceSize, type RunRange } from '../archives/entry.ts';
import type { Take } from '../definition/selection.ts';
import { itemStarts } from '../json/item-starts.ts';
import { Kept } from '../kept.ts';
import { listEnd, listLevel, listSeparator, listStart } from '../snapshots/list-text.ts';
import type { Content, Run } from '../snapshots/manifest.ts';
import { itemsOfText, readTexts } from '../snapshots/read.ts';
import { join, type SnapshotRuns } from '../snapshots/runs.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import { countKept, type ExportWork } from './export-work.ts';
import { SectionText } from './section-text.ts';

type Choice = Take & { as: 'items' };
type ListRun = Run & { items: number };

/**
 * The text of a list of which single items are taken. Runs that are taken as they are stay references. Of the others the
 * text is read, and what is taken of it is cut out as bytes: an item is text again only where it is edited.
 */
export async function chosenItems(
  take: Choice,
  content: Content,
  runs: SnapshotRuns,
  segments: SegmentStore,
  work?: ExportWork,
): Promise<SectionText> {
  if (content.form === 'text') {
    const items = itemsOfText(content.text).flatMap((item, index) =>
      take.keeps(index) ? [take.edit?.(index, item) ?? item] : [],
    );
    return SectionText.ofItems(items);
  }

  const list = new ListInMaking();
  const shares = sharesOf(take, content.runs);
  const read = shares.filter(({ share }) => share === 'some').map(({ run }) => run);
  const texts = readTexts(segments, read);
  const turns = new Turns();
  for (const { run, share, first, kept } of shares) {
    if (share === 'none') continue;
    if (share === 'all') {
      list.addRun(runs.one(run));
      work?.run(run.textLength, kept);
      continue;
    }
    const { value: text } = await texts.next();
    if (!text) throw new Error(`the text of ${run.digest} is missing`);
    addItems(list, take, text, startsIn(run, text), first);
    work?.run(run.textLength, kept);
    await turns.next();
  }
  return list.finish();
}

interface Share {
  run: ListRun;
  /** How many of its items are taken as they are. */
  share: 'all' | 'some' | 'none';
  kept: number;
  /** Position in the list of its first item. */
  first: number;
}

function sharesOf(take: Choice, runs: readonly ListRun[]): Share[] {
  let first = 0;
  return runs.map((run) => {
    const kept = countKept(take, first, run.items);
    const share = kept === 0 ? 'none' : kept === run.items && !take.edit ? 'all' : 'some';
    first += run.items;
    return { run, share, first: first - run.items, kept };
  });
}

/** Where items begin in the runs looked at last: four bytes for each item, up to so many bytes. */
const knownStarts = new Kept<Uint32Array>(4 * 1024 ** 2);

function startsIn({ digest, items }: ListRun, text: Buffer): Uint32Array {
  const known = knownStarts.get(digest);
  if (known) return known;
  const starts = itemStarts(text, listLevel, items);
  knownStarts.set(digest, starts, starts.byteLength);
  return starts;
}

/** Adds those items of a run that are taken; neighbours that are not edited go in together. */
function addItems(list: ListInMaking, take: Choice, text: Buffer, starts: Uint32Array, first: number): void {
  const endOf = (item: number) => {
    const next = starts[item + 1];
    return next === undefined ? text.length : next - listSeparator.length;
  };
  let from: number | undefined;
  const addUpTo = (end: number) => {
    if (from !== undefined) list.addText(text.subarray(from, end));
    from = undefined;
  };
  for (const [item, start] of starts.entries()) {
    if (!take.keeps(first + item)) {
      if (item > 0) addUpTo(endOf(item - 1));
      continue;
    }
    const before = take.edit && text.toString('utf8', start, endOf(item));
    const edited = before === undefined ? undefined : take.edit?.(first + item, before);
    if (edited === undefined || edited === before) {
      from ??= start;
      continue;
    }
    if (item > 0) addUpTo(endOf(item - 1));
    list.addText(Buffer.from(edited));
  }
  addUpTo(text.length);
}

/** Puts a list together, compressing what is long enough while the next comes in. */
class ListInMaking {
  readonly #parts: (RunRange | PackedText)[] = [];
  #text: Buffer[] = [];
  #length = 0;
  #isEmpty = true;

  addText(items: Buffer): void {
    this.#separate();
    this.#push(items);
    if (this.#length >= pieceSize) this.#pack();
  }

  addRun(range: RunRange): void {
    const last = this.#parts.at(-1);
    if (this.#length === 0 && last && 'from' in last && last.from + last.count === range.from) {
      this.#parts[this.#parts.length - 1] = join(last, range);
      return;
    }
    this.#separate();
    this.#pack();
    this.#parts.push(range);
  }

  finish(): SectionText {
    const text = new SectionText();
    if (this.#isEmpty) return text.add('[]');
    this.#push(Buffer.from(listEnd));
    this.#pack();
    for (const part of this.#parts) text.add(part);
    return text;
  }

  #separate(): void {
    this.#push(this.#isEmpty ? opening : separator);
    this.#isEmpty = false;
  }

  #push(bytes: Buffer): void {
    this.#text.push(bytes);
    this.#length += bytes.length;
  }

  #pack(): void {
    if (this.#length === 0) return;
    this.#parts.push(packText(Buffer.concat(this.#text)));
    this.#text = [];
    this.#length = 0;
  }
}

const opening = Buffer.from(listStart);
const separator = Buffer.from(listSeparator);
