import type { SegmentReader } from '../storage/segment-store.ts';
import { makeScript } from './edit-script.ts';
import type { Content } from './manifest.ts';
import { itemsOfText, readItems } from './read.ts';

/*
 * Where two stored lists differ, by the digests of their runs: nothing is read.
 */

/** A run of items, or all items of a list that stands in the manifest. */
export type ListPart =
  | Extract<Content, { form: 'runs' }>['runs'][number]
  | { inline: string[]; digest: string };

/** Parts that only one of two lists has, each side by side with what the other has there. */
export interface Stretch {
  gone: ListPart[];
  come: ListPart[];
  /** Items behind them that both lists have. */
  same: number;
}

/** All of two lists, from their beginnings to their ends. */
export function stretchesOf(before: Content, after: Content): Stretch[] {
  const [from, to] = [partsOf(before), partsOf(after)];
  const stretches: Stretch[] = [];
  let open: Stretch = { gone: [], come: [], same: 0 };
  let [at, next] = [0, 0];
  /** Parts that both have, up to this one. */
  const take = (end: number) => {
    open.same += countItems(from.slice(at, end));
    [at, next] = [end, next + end - at];
  };
  const begin = () => {
    if (open.same === 0) return;
    stretches.push(open);
    open = { gone: [], come: [], same: 0 };
  };
  for (const step of makeScript(from.map(nameOf), to.map(nameOf))) {
    if (typeof step === 'string') {
      begin();
      open.come.push(...to.slice(next, next + 1));
      next += 1;
    } else if (typeof step !== 'number') throw new Error('the names of runs have one line');
    else if (step > 0) take(at + step);
    else {
      begin();
      open.gone.push(...from.slice(at, at - step));
      at -= step;
    }
  }
  take(from.length);
  return [...stretches, open];
}

function partsOf(content: Content): ListPart[] {
  return content.form === 'runs'
    ? content.runs
    : [{ inline: itemsOfText(content.text), digest: `inline ${content.digest}` }];
}

function nameOf({ digest }: ListPart): string {
  return digest;
}

export function countItems(parts: readonly ListPart[]): number {
  return parts.reduce((sum, part) => sum + ('inline' in part ? part.inline.length : part.items), 0);
}

/** Bytes that have to be read for the items of these parts. */
export function bytesOfParts(parts: readonly ListPart[]): number {
  return parts.reduce((sum, part) => sum + ('inline' in part ? 0 : part.textLength), 0);
}

/** Bytes of a stored text. */
export function bytesOfContent(content: Content): number {
  return content.form === 'text' ? content.text.length : bytesOfParts(content.runs);
}

export async function itemsOfParts(segments: SegmentReader, parts: readonly ListPart[]): Promise<string[]> {
  const [first] = parts;
  if (first && 'inline' in first) return first.inline;
  const runs = parts.flatMap((part) => ('inline' in part ? [] : [part]));
  const items: string[] = [];
  for await (const item of readItems(segments, runs)) items.push(item);
  return items;
}
