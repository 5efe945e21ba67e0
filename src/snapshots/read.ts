import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { lastBlock } from '../archives/entry.ts';
import { inside, splitItems } from '../json/parts.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import { listLevel } from './list-text.ts';
import type { Content, Run } from './manifest.ts';
import { unpackSegment } from './segment.ts';

/** The unpacked bytes of a segment. */
export async function readRunBytes(segments: SegmentReader, { digest }: Run): Promise<Buffer> {
  const segment = await segments.get(digest);
  if (!segment) throw new Error(`segment ${digest} is missing`);
  return unpackSegment(segment.bytes);
}

/** The text of a segment. */
export async function readRun(segments: SegmentReader, run: Run): Promise<string> {
  return (await readRunBytes(segments, run)).toString('utf8');
}

/** Runs are read so many bytes of text at a time: one look into the store and one call to unpack them serve all. */
const batchSize = 1024 ** 2;
/** Batches that are read and unpacked in other threads while the caller is at work on an earlier one. */
const ahead = 2;

const inflate = promisify(inflateRaw);

/** The texts of runs, in their order, unpacked ahead of their taking. */
export async function* readTexts(segments: SegmentReader, runs: readonly Run[]): AsyncGenerator<Buffer> {
  const reading: Promise<Buffer[]>[] = [];
  for (const batch of inBatches(runs)) {
    const texts = unpackAll(segments, batch);
    // Whoever takes it learns of a failure; until then it is nobody's.
    texts.catch(() => {});
    reading.push(texts);
    if (reading.length > ahead) yield* (await reading.shift()) ?? [];
  }
  for (const texts of reading) yield* await texts;
}

function* inBatches(runs: readonly Run[]): Generator<Run[]> {
  let [batch, size]: [Run[], number] = [[], 0];
  for (const run of runs) {
    batch.push(run);
    size += run.textLength;
    if (size < batchSize) continue;
    yield batch;
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** Segments laid end to end are one deflate stream, once the last block ends it. */
async function unpackAll(segments: SegmentReader, runs: readonly Run[]): Promise<Buffer[]> {
  const found = await segments.getAll(runs.map(({ digest }) => digest));
  const packed = runs.map(({ digest }) => {
    const bytes = found.get(digest)?.bytes;
    if (!bytes) throw new Error(`segment ${digest} is missing`);
    return bytes;
  });
  const size = runs.reduce((sum, { textLength }) => sum + textLength, 0);
  // One piece of output, with room to spare so that zlib need not ask for another.
  const text = await inflate(Buffer.concat([...packed, lastBlock]), { chunkSize: size + 64 });
  if (text.length !== size) throw new Error('segments are of another length than their runs');
  let at = 0;
  return runs.map(({ textLength }) => {
    at += textLength;
    return text.subarray(at - textLength, at);
  });
}

/** The text of a section that is no list. */
export async function readValue(segments: SegmentReader, content: Content): Promise<string> {
  if (content.form === 'text') return content.text;
  const texts: string[] = [];
  for (const run of content.runs) texts.push(await readRun(segments, run));
  return texts.join('');
}

/** The texts of the items of a list section, or of some runs of it, in their order. */
export async function* readItems(
  segments: SegmentReader,
  content: Content | readonly Run[],
): AsyncGenerator<string> {
  if ('form' in content && content.form === 'text') {
    yield* itemsOfText(content.text);
    return;
  }
  const turns = new Turns();
  for await (const text of readTexts(segments, 'form' in content ? content.runs : content)) {
    yield* splitItems(text.toString(), listLevel);
    await turns.next();
  }
}

/** The texts of the items of a small list section. */
export function itemsOfText(text: string): string[] {
  return splitItems(inside(text, listLevel), listLevel);
}
