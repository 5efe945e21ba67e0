import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { inside, splitItems } from '../json/parts.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { listLevel } from './list-text.ts';
import type { Content, Run } from './manifest.ts';

const inflate = promisify(inflateRaw);

/** A final empty block: it makes a segment, which has none, a whole deflate stream. */
const lastBlock = Buffer.from([0x03, 0x00]);

/** The text of a segment. */
export async function readRun(segments: SegmentStore, { digest }: Run): Promise<string> {
  const segment = await segments.get(digest);
  if (!segment) throw new Error(`segment ${digest} is missing`);
  // Off the event loop, which also lets other requests in between two segments.
  const text = await inflate(Buffer.concat([segment.bytes, lastBlock]));
  return text.toString('utf8');
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
    yield* splitItems(inside(content.text, listLevel), listLevel);
    return;
  }
  for (const run of content.runs) yield* splitItems(await readRun(segments, run), listLevel);
}
