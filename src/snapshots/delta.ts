import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { lastBlock } from '../archives/entry.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import { applyScript, type EditScript, isScript, joinScripts, makeScript } from './edit-script.ts';
import type { Manifest, StoredSection } from './manifest.ts';
import { flushEnd, flushed } from './segment.ts';
import { itemsOfParts, stretchesOf } from './stretches.ts';
import {
  type FileText,
  kindOf,
  type Member,
  readFileText,
  sectionTexts,
  type TextForm,
} from './text-form.ts';

/*
 * What one snapshot (the old one) has other than another (its base): edit scripts, section by section and file by
 * file. Only what differs is read to make one.
 */

export interface Delta {
  /** Keys and kinds of all sections, in order; left out where they are those of the base. */
  members?: [key: string, kind: Member['kind']][];
  /** Of each section that differs, what makes its texts of the base's. */
  scripts: [key: string, script: EditScript][];
  /** Names and kinds of all files, in order; left out where they are those of the base. */
  files?: [name: string, kind: FileText['kind']][];
  /** Of each file that differs. */
  contents: [name: string, script: EditScript][];
}

/*
 * The bytes of a delta are a line of JSON, compressed with raw deflate, flushed to a byte border and without what such a
 * flush ends with (as in RFC 7692, 7.2.1). So the deltas of a chain, laid end to end, are one deflate stream: most have
 * about a hundred bytes, and to set up zlib, or zstd, for each of them takes longer than all the rest of reading them.
 */
const compression = { ...flushed, level: 9, memLevel: 9 };

const compress = promisify(deflateRaw);
const expand = promisify(inflateRaw);

export async function packDelta(value: Delta): Promise<Uint8Array> {
  return (await compress(`${writeDelta(value)}\n`, compression)).subarray(0, -flushEnd.length);
}

/** So many bytes are expanded in one go: nearly every chain is, and one of large deltas needs no more memory for that. */
const batchSize = 512 * 1024;

export async function unpackDeltas(packed: readonly Uint8Array[]): Promise<Delta[]> {
  const turns = new Turns();
  const deltas: Delta[] = [];
  let batch: Uint8Array[] = [];
  let size = 0;
  for (const [index, delta] of packed.entries()) {
    batch.push(delta, flushEnd);
    size += delta.length;
    if (size < batchSize && index < packed.length - 1) continue;
    const lines = (await expand(Buffer.concat([...batch, lastBlock]))).toString('utf8').split('\n');
    for (const line of lines.slice(0, -1)) {
      deltas.push(readDelta(line));
      await turns.next();
    }
    [batch, size] = [[], 0];
  }
  return deltas;
}

/** As a list, without the empty ones at its end: in a short text every name counts. */
function writeDelta({ scripts, contents, members, files }: Delta): string {
  const parts: unknown[] = [scripts, contents, members ?? 0, files ?? 0];
  const last = parts.findLastIndex((part) => Array.isArray(part) && part.length > 0);
  return JSON.stringify(parts.slice(0, last + 1));
}

/** By hand: many deltas are read in one go. Kinds need no look: the digest of the snapshot says whether it came out right. */
function readDelta(line: string): Delta {
  const [scripts = [], contents = [], members = 0, files = 0] = JSON.parse(line) as unknown[];
  const isRead =
    [scripts, contents].every((list) => arePairs(list, isScript)) &&
    [members, files].every((list) => list === 0 || arePairs(list, isText));
  if (!isRead) throw new Error('a delta has another form');
  return {
    ...(members === 0 ? {} : { members }),
    scripts,
    ...(files === 0 ? {} : { files }),
    contents,
  } as Delta;
}

function arePairs(value: unknown, isSecond: (second: unknown) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && isSecond(pair[1]))
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** What `old` has other than `base`. Both are there with their segments. */
export async function makeDelta(segments: SegmentStore, base: Manifest, old: Manifest): Promise<Delta> {
  const scripts: Delta['scripts'] = [];
  for (const section of old.sections) {
    const before = base.sections.find(({ key }) => key === section.key);
    if (before?.content?.digest === section.content?.digest && before?.count === section.count) continue;
    scripts.push([section.key, await sectionScript(segments, before, section)]);
  }
  const contents: Delta['contents'] = [];
  for (const file of old.files) {
    const before = base.files.find(({ name }) => name === file.name);
    if (before?.run.digest === file.run.digest) continue;
    const from = before && (await readFileText(segments, before));
    contents.push([
      file.name,
      makeScript(from ? [from.text] : [], [(await readFileText(segments, file)).text]),
    ]);
  }
  const members = memberList(old);
  const files = await newFileList(segments, base, old);
  return {
    ...(equal(members, memberList(base)) ? {} : { members }),
    scripts,
    ...(files && { files }),
    contents,
  };
}

/** The old snapshot, of its base. What is the same in both is shared. */
export function applyDelta(base: TextForm, { members, scripts, files, contents }: Delta): TextForm {
  const newMembers = members?.map(([key, kind]): Member => {
    const before = base.members.find((member) => member.key === key);
    return before?.kind === kind ? before : { key, kind, texts: [] };
  });
  const newFiles = files?.map(([name, kind]): FileText => {
    const before = base.files.find((file) => file.name === name);
    // Its script was made for what was there, of whatever kind.
    return before ? { ...before, kind } : { name, kind, text: '' };
  });
  const form = { members: newMembers ?? [...base.members], files: newFiles ?? [...base.files] };
  for (const [key, steps] of scripts) {
    const index = form.members.findIndex((member) => member.key === key);
    const member = form.members[index];
    if (!member) throw new Error(`${key}: a script for a section that is not there`);
    form.members[index] = { ...member, texts: applyScript(member.texts, steps) };
  }
  for (const [name, steps] of contents) {
    const index = form.files.findIndex((file) => file.name === name);
    const file = form.files[index];
    if (!file) throw new Error(`${name}: a script for a file that is not there`);
    const before = base.files.some((known) => known.name === name) ? [file.text] : [];
    form.files[index] = { ...file, text: applyScript(before, steps)[0] ?? '' };
  }
  return form;
}

function memberList({ sections }: Manifest): [string, Member['kind']][] {
  return sections.map((section) => [section.key, kindOf(section)]);
}

/** The files of the old one, where they are not those of the base; equal files are not read. */
async function newFileList(segments: SegmentStore, base: Manifest, old: Manifest): Promise<Delta['files']> {
  const named = ({ files }: Manifest) => files.map(({ name, run }) => [name, run.digest]);
  if (equal(named(old), named(base))) return undefined;
  const files = await fileList(segments, old);
  return equal(files, await fileList(segments, base)) ? undefined : files;
}

async function fileList(segments: SegmentStore, { files }: Manifest): Promise<[string, FileText['kind']][]> {
  const list: [string, FileText['kind']][] = [];
  for (const file of files) list.push([file.name, (await readFileText(segments, file)).kind]);
  return list;
}

function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Reads only the runs that the other section does not have. */
async function sectionScript(
  segments: SegmentStore,
  before: StoredSection | undefined,
  section: StoredSection,
): Promise<EditScript> {
  if (!before || kindOf(before) !== kindOf(section))
    return makeScript([], await sectionTexts(segments, section));
  if (!before.content || !section.content || section.count === null) {
    return makeScript(await sectionTexts(segments, before), await sectionTexts(segments, section));
  }
  const scripts: { script: EditScript; length: number }[] = [];
  for (const { gone, come, same } of stretchesOf(before.content, section.content)) {
    const items = await itemsOfParts(segments, gone);
    scripts.push({ script: makeScript(items, await itemsOfParts(segments, come)), length: items.length });
    scripts.push({ script: [], length: same });
  }
  return joinScripts(scripts);
}
