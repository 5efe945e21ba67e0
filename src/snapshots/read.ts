import { inside, splitItems } from '../json/parts.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import { listLevel } from './list-text.ts';
import type { Content, Run } from './manifest.ts';
import { unpackSegment } from './segment.ts';

/** The unpacked bytes of a segment. */
export async function readRunBytes(segments: SegmentStore, { digest }: Run): Promise<Buffer> {
  const segment = await segments.get(digest);
  if (!segment) throw new Error(`segment ${digest} is missing`);
  return unpackSegment(segment.bytes);
}

/** The text of a segment. */
export async function readRun(segments: SegmentStore, run: Run): Promise<string> {
  return (await readRunBytes(segments, run)).toString('utf8');
}

/** The texts of the items in a segment. */
export async function readRunItems(segments: SegmentStore, run: Run): Promise<string[]> {
  return splitItems(await readRun(segments, run), listLevel);
}

/** The text of a section that is no list. */
export async function readValue(segments: SegmentStore, content: Content): Promise<string> {
  if (content.form === 'text') return content.text;
  const texts: string[] = [];
  for (const run of content.runs) texts.push(await readRun(segments, run));
  return texts.join('');
}

/** The texts of the items of a list section, in their order. */
export async function* readItems(segments: SegmentStore, content: Content): AsyncGenerator<string> {
  if (content.form === 'text') {
    yield* itemsOfText(content.text);
    return;
  }
  const turns = new Turns();
  for (const run of content.runs) {
    yield* await readRunItems(segments, run);
    await turns.next();
  }
}

/** The texts of the items of a small list section. */
export function itemsOfText(text: string): string[] {
  return splitItems(inside(text, listLevel), listLevel);
}
