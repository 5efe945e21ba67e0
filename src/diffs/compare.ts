import type { Difference } from '../definition/diff/difference.ts';
import type { PlacedItem } from '../definition/diff/items.ts';
import { DefinitionDiff } from '../definition/diff.ts';
import { catalogue } from '../definition/sections.ts';
import { inside, joinItems, joinMembers, splitItems, splitMembers } from '../json/parts.ts';
import { listLevel } from '../snapshots/list-text.ts';
import type { Content, StoredSection } from '../snapshots/manifest.ts';
import { readItems, readValue } from '../snapshots/read.ts';
import {
  bytesOfContent,
  bytesOfParts,
  countItems,
  itemsOfParts,
  stretchesOf,
} from '../snapshots/stretches.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import { findNames } from './names.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { refuseLarge, type Side, type SideFile } from './side.ts';

export interface CompareOptions {
  /** Most items that are told one by one. */
  limit: number;
  /** Most bytes of text that may be read of one section: so much is in memory at a time. */
  mostBytes: number;
  /** Nobody waits for it any more. */
  signal?: AbortSignal;
}

/** Sections that differ in more than so many bytes are read one at a time, whoever asks: they need the memory. */
const large = 8 * 1024 ** 2;
const largeOnes = new OneAtATime();

/**
 * What one side has other than the other. Sections and runs with the same digest are the same, and are not read.
 *
 * @throws `difference_too_large`, and the reason of the signal
 */
export async function compare(
  segments: SegmentReader,
  from: Side,
  to: Side,
  { limit, mostBytes, signal }: CompareOptions,
): Promise<Difference> {
  const diff = new DefinitionDiff({ language: to.language, limit });
  const turns = new Turns();
  for (const key of keysOf(from, to)) {
    const [before, after] = [sectionOf(from, key), sectionOf(to, key)];
    if (isSame(before, after)) continue;
    signal?.throwIfAborted();
    const size = sizeToRead(before, after);
    refuseLarge(key, size, mostBytes);
    const take = () => takeIn(diff, segments, key, before, after, turns);
    await (size > large ? largeOnes.run(take) : take());
    await turns.next();
  }
  for (const _ of await compareFiles(diff, from, to)) await turns.next();
  const { from: inFrom, to: inTo } = diff.settle();
  const namesOfTo = await findNames(segments, to, inTo);
  // What one side does not tell, the other may: a part of a bot has no nodes, say.
  for (const kind of ['names', 'dialogs'] as const) {
    for (const id of inTo[kind]) if (!namesOfTo[kind].has(id)) inFrom[kind].add(id);
  }
  return diff.finish({ from: await findNames(segments, from, inFrom), to: namesOfTo });
}

async function takeIn(
  diff: DefinitionDiff,
  segments: SegmentReader,
  key: string,
  before: Filled | undefined,
  after: Filled | undefined,
  turns: Turns,
): Promise<void> {
  if (isListOrNothing(before) && isListOrNothing(after) && (isList(before) || isList(after))) {
    const only = before === undefined ? 'to' : after === undefined ? 'from' : null;
    const [gone, come] = await itemsThatDiffer(segments, before, after);
    for (const _ of diff.list(key, gone, come, only)) await turns.next();
  } else {
    diff.value(key, before && (await textOf(segments, before)), after && (await textOf(segments, after)));
  }
}

/** All sections of both: the known ones in the order of the catalogue, the others by their names. */
function keysOf(from: Side, to: Side): string[] {
  const keys = new Set([...from.sections, ...to.sections].map(({ key }) => key));
  const known = catalogue.map(({ key }) => key).filter((key) => keys.delete(key));
  return [...known, ...[...keys].sort()];
}

type Filled = StoredSection & { content: Content };

/** The section, unless it is not there, or written anew in every export. */
function sectionOf({ sections }: Side, key: string): Filled | undefined {
  const section = sections.find((one) => one.key === key);
  return section?.content ? { ...section, content: section.content } : undefined;
}

function isSame(before: Filled | undefined, after: Filled | undefined): boolean {
  if (!before || !after) return before === after;
  return before.content.digest === after.content.digest && isList(before) === isList(after);
}

function isList(section: Filled | undefined): boolean {
  return section !== undefined && section.count !== null;
}

/** A list that a bot does not use may be missing, or null. */
function isListOrNothing(section: Filled | undefined): boolean {
  if (!section || section.count !== null) return true;
  return section.content.form === 'text' && section.content.text === 'null';
}

const nothing: Content = { form: 'text', digest: '', text: '[]' };

function listOf(section: Filled | undefined): Content {
  return section && isList(section) ? section.content : nothing;
}

function sizeToRead(before: Filled | undefined, after: Filled | undefined): number {
  if (!isList(before) || !isList(after)) return lengthOf(before) + lengthOf(after);
  return stretchesOf(listOf(before), listOf(after)).reduce(
    (sum, { gone, come }) => sum + bytesOfParts(gone) + bytesOfParts(come),
    0,
  );
}

function lengthOf(section: Filled | undefined): number {
  return section ? bytesOfContent(section.content) : 0;
}

/** The items of all runs that only one of two lists has. */
async function itemsThatDiffer(
  segments: SegmentReader,
  before: Filled | undefined,
  after: Filled | undefined,
): Promise<[gone: PlacedItem[], come: PlacedItem[]]> {
  const gone: PlacedItem[] = [];
  const come: PlacedItem[] = [];
  let [at, next] = [0, 0];
  for (const [stretch, parts] of stretchesOf(listOf(before), listOf(after)).entries()) {
    const place = (start: number) => (text: string, index: number) => ({
      text,
      stretch,
      index: start + index,
    });
    gone.push(...(await itemsOfParts(segments, parts.gone)).map(place(at)));
    come.push(...(await itemsOfParts(segments, parts.come)).map(place(next)));
    at += countItems(parts.gone) + parts.same;
    next += countItems(parts.come) + parts.same;
  }
  return [gone, come];
}

async function textOf(segments: SegmentReader, { content, count }: Filled): Promise<string> {
  if (count === null) return readValue(segments, content);
  const items: string[] = [];
  for await (const item of readItems(segments, content)) items.push(item);
  return joinItems(items, listLevel);
}

const configName = 'config.json';

/** Where one side is a definition alone, there is nothing to compare. */
async function compareFiles(diff: DefinitionDiff, from: Side, to: Side): Promise<Iterable<void>> {
  if (!from.files || !to.files) return [];
  const configOf = (files: readonly SideFile[]) => files.find(({ name }) => name === configName);
  const others = (files: readonly SideFile[]) => files.filter(({ name }) => name !== configName);
  diff.files(others(from.files), others(to.files));
  const [before, after] = [configOf(from.files), configOf(to.files)];
  if (before?.digest === after?.digest) return [];
  const [old, now] = [await readConfig(before), await readConfig(after)];
  if (old.rest !== now.rest) diff.value(configName, old.rest, now.rest);
  return diff.list('envVariables', old.variables, now.variables);
}

interface ReadConfig {
  variables: PlacedItem[];
  /** The file without its variables. */
  rest: string | undefined;
}

const noConfig: ReadConfig = { variables: [], rest: undefined };

async function readConfig(file: SideFile | undefined): Promise<ReadConfig> {
  if (!file) return noConfig;
  const members = splitMembers(await file.read(), 0);
  const list = members.find(([key]) => key === 'envVariables')?.[1] ?? '[]';
  return {
    variables: splitItems(inside(list, 1), 1).map((text, index) => ({ text, index, stretch: 0 })),
    rest: joinMembers(
      members.filter(([key]) => key !== 'envVariables'),
      0,
    ),
  };
}
