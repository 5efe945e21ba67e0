import { z } from 'zod';
import { isObject } from '../definition/item.ts';
import {
  type BotOutline,
  type Link,
  type Outline,
  outlinedSections,
  outlineItem,
  referringValues,
  valueLinks,
} from '../definition/outline.ts';
import { unpackText } from '../storage/packed-text.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import type { Manifest } from './manifest.ts';
import { readItems, readRun, readValue } from './read.ts';
import { unpackSegment } from './segment.ts';
import type { PendingRun, SegmentMaker } from './segment-maker.ts';

/*
 * The outline of a snapshot as it is kept: lines of JSON, each a segment. A line is some items of a section, in their
 * order, or the references of a section that is no list, or the keys of the variables.
 */

type Line =
  | ['items', section: string, rows: Row[]]
  | ['value', section: string, links: LinkRow]
  | ['variables', keys: string[]];

/** An outline without what its place says: null stands for undefined. */
type Row = [
  id: string | null,
  refId: string | null,
  names: string[],
  type: string | null,
  state: string | null,
  belongsTo: string | null,
  links: LinkRow,
];

/** Links in their order; those of one kind that follow each other share its name: kind, target, values, and so on. */
type LinkRow = (string | string[])[];

/** Items are written in lines of at least so many characters: long enough to compress well, short enough for a turn. */
const lineLength = 64 * 1024;

/** Makes the outline of a bot while its items go by. Holds the last few items; the rest is segments by then. */
export class OutlineMaker {
  readonly #segments: SegmentMaker;
  readonly #lines: PendingRun[] = [];
  #section: string | undefined;
  #index = 0;
  #rows: string[] = [];
  #length = 0;

  constructor(segments: SegmentMaker) {
    this.#segments = segments;
  }

  /** A list begins; its items follow, and then its end. */
  list(section: string): void {
    this.#section = outlinedSections.has(section) ? section : undefined;
    this.#index = 0;
  }

  /** The next item of the list: its value, and its text in the form of exports. */
  item(value: unknown, text: string): void {
    if (this.#section === undefined) return;
    const row = JSON.stringify(toRow(outlineItem(this.#section, this.#index, value, text)));
    this.#index += 1;
    this.#rows.push(row);
    this.#length += row.length;
    if (this.#length >= lineLength) this.#endLine();
  }

  endList(): void {
    // A list without items is part of the outline, too.
    if (this.#rows.length > 0 || this.#index === 0) this.#endLine();
    this.#section = undefined;
  }

  /** A section that is no list. */
  value(section: string, value: unknown): void {
    if (referringValues.has(section)) this.#write(['value', section, toLinkRow(valueLinks(section, value))]);
  }

  /** The value of config.json, and the end. Gives the digests of the segments, once those are kept. */
  finish(config: unknown): () => string[] {
    this.#write(['variables', variableKeys(config)]);
    return () => this.#lines.map((line) => line().digest);
  }

  #endLine(): void {
    if (this.#section === undefined) return;
    this.#add(`["items",${JSON.stringify(this.#section)},[${this.#rows.join(',')}]]`);
    this.#rows = [];
    this.#length = 0;
  }

  #write(line: Line): void {
    this.#add(JSON.stringify(line));
  }

  #add(line: string): void {
    this.#lines.push(this.#segments.add([Buffer.from(line)]));
  }
}

const digestList = z.array(z.string());

/** The digests of the segments an outline is in, as the table `outlines` has them. */
export function readDigests(packed: Uint8Array): string[] {
  return digestList.parse(JSON.parse(unpackText(packed)));
}

/** Segments looked up at once. */
const batch = 16;

/** The outline from its segments, as {@link OutlineMaker} made them. */
export async function parseOutline(segments: SegmentReader, digests: readonly string[]): Promise<BotOutline> {
  const items = new Map<string, Outline[]>();
  const values = new Map<string, Link[]>();
  let variables: string[] = [];
  const turns = new Turns();
  for (let at = 0; at < digests.length; at += batch) {
    const names = digests.slice(at, at + batch);
    const found = await segments.getAll(names);
    for (const name of names) {
      const segment = found.get(name);
      if (!segment) throw new Error(`segment ${name} is missing`);
      const line = JSON.parse(unpackSegment(segment.bytes).toString('utf8')) as Line;
      if (line[0] === 'variables') variables = line[1];
      else if (line[0] === 'value') values.set(line[1], fromLinkRow(line[2]));
      else {
        const outlines = items.get(line[1]) ?? [];
        items.set(line[1], outlines);
        for (const row of line[2]) outlines.push(fromRow(line[1], outlines.length, row));
      }
      await turns.next();
    }
  }
  return { items, values, variables };
}

/** More ids than so many are not looked for in a line before it is parsed: that would take longer. */
const mostSought = 16;

/**
 * The outlines of items of some sections in which one of these ids stands, and others that are in the same line. Where
 * they stand in their sections is not known: `index` is 0.
 */
export async function* searchOutline(
  segments: SegmentReader,
  digests: readonly string[],
  sections: readonly string[],
  ids: ReadonlySet<string>,
): AsyncGenerator<Outline> {
  const starts = sections.map((section) => Buffer.from(JSON.stringify(['items', section]).slice(0, -1)));
  const sought = ids.size > mostSought ? undefined : [...ids];
  const turns = new Turns();
  for (let at = 0; at < digests.length; at += batch) {
    const names = digests.slice(at, at + batch);
    const found = await segments.getAll(names);
    for (const name of names) {
      const segment = found.get(name);
      if (!segment) throw new Error(`segment ${name} is missing`);
      const text = unpackSegment(segment.bytes);
      if (!starts.some((start) => text.subarray(0, start.length).equals(start))) continue;
      if (sought && !sought.some((id) => text.includes(id))) continue;
      const [, section, rows] = JSON.parse(text.toString('utf8')) as Line & { 0: 'items' };
      for (const row of rows) yield fromRow(section, 0, row);
      await turns.next();
    }
  }
}

function toRow({ id, refId, names, type, state, belongsTo, links }: Outline): Row {
  return [id ?? null, refId ?? null, names, type ?? null, state ?? null, belongsTo ?? null, toLinkRow(links)];
}

function fromRow(section: string, index: number, row: Row): Outline {
  const [id, refId, names, type, state, belongsTo, links] = row;
  return {
    section,
    index,
    id: id ?? undefined,
    refId: refId ?? undefined,
    names,
    type: type ?? undefined,
    state: state ?? undefined,
    belongsTo: belongsTo ?? undefined,
    links: fromLinkRow(links),
  };
}

function toLinkRow(links: readonly Link[]): LinkRow {
  const row: LinkRow = [];
  let last: Link | undefined;
  let values: string[] = [];
  for (const link of links) {
    if (link.kind !== last?.kind || link.to !== last.to) {
      values = [];
      row.push(link.kind, link.to, values);
    }
    values.push(link.value);
    last = link;
  }
  return row;
}

function fromLinkRow(row: LinkRow): Link[] {
  const links: Link[] = [];
  for (let at = 0; at < row.length; at += 3) {
    const [kind, to, values] = row.slice(at, at + 3) as [string, Link['to'], string[]];
    for (const value of values) links.push({ kind, to, value });
  }
  return links;
}

/** Reads the outline of a snapshot that has none kept: every item of the outlined sections is parsed once. */
export async function readOutline(segments: SegmentReader, manifest: Manifest): Promise<BotOutline> {
  const items = new Map<string, Outline[]>();
  const values = new Map<string, Link[]>();
  for (const { key, count, content } of manifest.sections) {
    if (!content) continue;
    if (count !== null && outlinedSections.has(key)) {
      const outlines: Outline[] = [];
      for await (const text of readItems(segments, content)) {
        outlines.push(outlineItem(key, outlines.length, JSON.parse(text), text));
      }
      items.set(key, outlines);
    } else if (count === null && referringValues.has(key)) {
      values.set(key, valueLinks(key, JSON.parse(await readValue(segments, content))));
    }
  }
  const config = manifest.files.find(({ name }) => name === 'config.json');
  return {
    items,
    values,
    variables: variableKeys(config && JSON.parse(await readRun(segments, config.run))),
  };
}

/** The environment variables of a config.json. */
function variableKeys(config: unknown): string[] {
  const variables = isObject(config) && Array.isArray(config.envVariables) ? config.envVariables : [];
  return variables.flatMap((variable) =>
    isObject(variable) && typeof variable.key === 'string' ? [variable.key] : [],
  );
}
