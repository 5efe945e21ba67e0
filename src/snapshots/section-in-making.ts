import { createHash, hash } from 'node:crypto';
import { identityOfText, readIdentity } from '../definition/item.ts';
import { hasStubs, stubOf, stubOfValue } from '../definition/stub.ts';
import { BotportError } from '../errors.ts';
import type { LaidOut } from '../json/layout.ts';
import { joinItems } from '../json/parts.ts';
import { Cutter } from './cutter.ts';
import { KnownRuns } from './known-runs.ts';
import { listLevel, listSeparator } from './list-text.ts';
import type { Content, Run, StoredSection } from './manifest.ts';
import type { PendingRun, SegmentMaker } from './segment-maker.ts';

/** A section whose text is at most this long stands in the manifest itself. */
const inlineSize = 1024;

/** A content of which segments may still be in the making. */
type PendingContent =
  | Extract<Content, { form: 'text' }>
  | { form: 'runs'; digest: string; runs: { run: PendingRun; items: number }[] };

/** What a {@link StoredSection} is until its segments are made. */
export interface PendingSection {
  key: string;
  count: number | null;
  content: PendingContent | null;
  stubs?: PendingContent;
}

/** The section as the manifest has it; to be called when the segments are made. */
export function resolveSection({ content, stubs, ...section }: PendingSection): StoredSection {
  return {
    ...section,
    content: content && resolveContent(content),
    ...(stubs && { stubs: resolveContent(stubs) }),
  };
}

function resolveContent(content: PendingContent): Content {
  return content.form === 'runs'
    ? { ...content, runs: content.runs.map(({ run, items }) => ({ ...run(), items })) }
    : content;
}

/** A section that is written anew in every export. */
export function rewrittenSection(key: string): PendingSection {
  return { key, count: null, content: null };
}

/** A section that is no list. */
export function valueSection(key: string, text: string, segments: SegmentMaker): PendingSection {
  const bytes = Buffer.from(text);
  const digest = hash('sha256', bytes);
  const content: PendingContent =
    bytes.length <= inlineSize
      ? { form: 'text', digest, text }
      : { form: 'runs', digest, runs: [{ run: segments.add([bytes]), items: 1 }] };
  return { key, count: null, content };
}

/** An item in the text form of exports. */
export interface LaidOutItem extends LaidOut {
  /** Whether printing the value gives the text. */
  exact: boolean;
}

/** Takes the items of one list section, whole and, where it has such, as stubs. */
export class ListSection {
  readonly #key: string;
  readonly #ids = new Set<string>();
  readonly #whole: ItemList;
  readonly #stubs: ItemList | undefined;

  constructor(key: string, segments: SegmentMaker) {
    this.#key = key;
    this.#whole = new ItemList(segments);
    this.#stubs = hasStubs(key) ? new ItemList(segments) : undefined;
  }

  add({ value, text, bytes, exact }: LaidOutItem): void {
    const { id, refId } = readIdentity(value);
    if (id !== undefined) {
      if (this.#ids.has(id))
        throw new BotportError('definition_repeated_id', `${this.#key}: ${id.slice(0, 100)}`);
      this.#ids.add(id);
    }
    const identity = id ?? refId;
    this.#whole.add(identity, text.length, bytes);
    if (!this.#stubs) return;
    const stub = exact ? stubOfValue(this.#key, value) : stubOf(this.#key, text);
    this.#stubs.add(identity, stub.length, Buffer.from(stub));
  }

  finish(): PendingSection {
    const count = this.#whole.count;
    const content = this.#whole.finish();
    const stubs = this.#stubs?.finish();
    return { key: this.#key, count, content, ...(stubs && { stubs }) };
  }
}

/**
 * A list section from the texts of its items. Of another state of the section, which is stored, runs with the same
 * items are taken over as they are.
 */
export function listSectionOf(
  key: string,
  items: readonly string[],
  segments: SegmentMaker,
  known: { section: StoredSection; items: readonly string[] } | undefined,
): PendingSection {
  const listOf = (content: Content | undefined | null, textOf: (item: string) => string) => {
    const list = new ItemList(segments);
    const runs = new KnownRuns(content, known?.items ?? []);
    let next = 0;
    while (next < items.length) {
      const run = list.atBorder ? runs.at(items, next) : undefined;
      const end = next + (run?.items ?? 1);
      const texts = items.slice(next, end).map((item) => textOf(item));
      if (run) {
        list.takeOver(run, texts);
      } else {
        const [item = '', text = ''] = [items[next], texts[0]];
        const { id, refId } = identityOfText(item);
        list.add(id ?? refId, text.length, Buffer.from(text));
      }
      next = end;
    }
    return list.finish();
  };
  const content = listOf(known?.section.content, (item) => item);
  if (!hasStubs(key)) return { key, count: items.length, content };
  const stubs = listOf(known?.section.stubs, (item) => stubOf(key, item));
  return { key, count: items.length, content, stubs };
}

/** Lays items end to end and cuts them into runs. */
class ItemList {
  readonly #segments: SegmentMaker;
  readonly #cutter = new Cutter();
  /** Over the digests of the items: it takes no memory for them, however many there are. */
  readonly #digest = createHash('sha256');
  #count = 0;
  readonly #runs: { run: PendingRun; items: number }[] = [];
  #open: Buffer[] = [];
  #length = 0;

  constructor(segments: SegmentMaker) {
    this.#segments = segments;
  }

  get count(): number {
    return this.#count;
  }

  /** `length` is in characters: borders between runs have always been found with it. */
  add(identity: string | undefined, length: number, text: Buffer): void {
    const digest = hash('sha256', text);
    this.#digest.update(digest);
    this.#count += 1;
    this.#open.push(text);
    this.#length += length;
    if (this.#cutter.endsAfter(identity ?? digest, length)) this.#cut();
  }

  /** Whether the next item begins a run. */
  get atBorder(): boolean {
    return this.#open.length === 0;
  }

  /** Takes a run that is stored, with the texts of its items; only at the border of two runs. */
  takeOver(stored: Run & { items: number }, texts: readonly string[]): void {
    for (const text of texts) this.#digest.update(hash('sha256', text));
    this.#count += texts.length;
    const { items, ...run } = stored;
    this.#runs.push({ run: () => run, items });
  }

  finish(): PendingContent {
    const digest = this.#digest.digest('hex');
    if (this.#runs.length === 0 && this.#length <= inlineSize) {
      return { form: 'text', digest, text: joinItems(this.#open.map(String), listLevel) };
    }
    if (this.#open.length > 0) this.#cut();
    return { form: 'runs', digest, runs: this.#runs };
  }

  #cut(): void {
    const parts = this.#open.flatMap((text, index) => (index === 0 ? [text] : [separator, text]));
    this.#runs.push({ run: this.#segments.add(parts), items: this.#open.length });
    this.#open = [];
  }
}

const separator = Buffer.from(listSeparator);
