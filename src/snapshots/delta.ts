import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import type { SegmentStore } from '../storage/segment-store.ts';
import { applyScript, type EditScript, isScript, joinScripts, makeScript } from './edit-script.ts';
import type { Content, Manifest, StoredSection } from './manifest.ts';
import { itemsOfText, readItems } from './read.ts';
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

/** Checked by hand: a chain of many deltas is read in one go, and each has many scripts. */
const script = z.custom<EditScript>(isScript);

const delta = z.object({
  /** Keys and kinds of all sections, in order; left out where they are those of the base. */
  members: z.array(z.tuple([z.string(), z.enum(['list', 'value', 'rewritten'])])).optional(),
  /** Of each section that differs, what makes its texts of the base's. */
  scripts: z.array(z.tuple([z.string(), script])),
  /** Names and kinds of all files, in order; left out where they are those of the base. */
  files: z.array(z.tuple([z.string(), z.enum(['text', 'base64'])])).optional(),
  /** Of each file that differs. */
  contents: z.array(z.tuple([z.string(), script])),
});

export type Delta = z.infer<typeof delta>;

/**
 * A delta's bytes begin like any other's; zstd takes what it finds here as said before
 * (RFC 8878, section 5: a dictionary of plain content). It can never change.
 */
const dictionary = Buffer.from(
  '{"members":[["_id","rewritten"],["list"],["value"]],"files":[["config.json","text"],["icon.png","base64"]],' +
    '"scripts":[["widgets",[["knowledgeTasks",[["smallTalk",[["sentences",[["traits",[["forms",[["scenes",[[' +
    '"patterns",[["dialogComponents",[["dialogs",[[-1,"            \\"name\\": \\"","            \\"lmodifiedOn\\": ' +
    '\\"2026-01-01T00:00:00.000Z\\",","            \\"lastModifiedOn\\": \\"2026-01-01T00:00:00.000Z\\"",-2,"        ' +
    '        \\"value\\": \\"","                    \\"text\\": \\"","                    \\"title\\": \\""]]]],"contents":[]}',
);

const compress = promisify(zstdCompress);

/** Most are small, are made once and kept for long. A large one would take minutes at the highest level. */
const levelFor = (size: number) => (size < 256 * 1024 ? 19 : 9);

export async function packDelta(value: Delta): Promise<Uint8Array> {
  const text = Buffer.from(JSON.stringify(value));
  return compress(text, {
    dictionary,
    params: {
      [constants.ZSTD_c_compressionLevel]: levelFor(text.length),
      // The digest of the snapshot says whether it came out right.
      [constants.ZSTD_c_checksumFlag]: 0,
      [constants.ZSTD_c_dictIDFlag]: 0,
    },
  });
}

export function unpackDelta(bytes: Uint8Array): Delta {
  return delta.parse(JSON.parse(zstdDecompressSync(bytes, { dictionary }).toString('utf8')));
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
  const files = await fileList(segments, old);
  return {
    ...(equal(members, memberList(base)) ? {} : { members }),
    scripts,
    ...(equal(files, await fileList(segments, base)) ? {} : { files }),
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
  const [from, to] = [runsOf(before.content), runsOf(section.content)];
  const stretches = makeScript(from.map(nameOf), to.map(nameOf));
  const scripts: { script: EditScript; length: number }[] = [];
  let [at, next] = [0, 0];
  /** The script of the runs up to these, in both lists. */
  const until = async (fromEnd: number, toEnd: number) => {
    const [gone, come] = [from.slice(at, fromEnd), to.slice(next, toEnd)];
    [at, next] = [fromEnd, toEnd];
    if (gone.length === 0 && come.length === 0) return;
    const items = await itemsOfRuns(segments, gone);
    scripts.push({ script: makeScript(items, await itemsOfRuns(segments, come)), length: items.length });
  };
  let [fromEnd, toEnd] = [0, 0];
  for (const step of stretches) {
    if (typeof step === 'string') toEnd += 1;
    else if (typeof step !== 'number') throw new Error('the names of runs have one line');
    else if (step < 0) fromEnd -= step;
    else {
      await until(fromEnd, toEnd);
      scripts.push({ script: [], length: countItems(from.slice(at, at + step)) });
      [fromEnd, toEnd] = [fromEnd + step, toEnd + step];
      [at, next] = [fromEnd, toEnd];
    }
  }
  await until(fromEnd, toEnd);
  scripts.push({ script: [], length: countItems(from.slice(at)) });
  return joinScripts(scripts);
}

/** A run of items, or all items of a list that stands in the manifest. */
type ListPart = Extract<Content, { form: 'runs' }>['runs'][number] | { inline: string[]; digest: string };

function runsOf(content: Content): ListPart[] {
  return content.form === 'runs'
    ? content.runs
    : [{ inline: itemsOfText(content.text), digest: `inline ${content.digest}` }];
}

function nameOf({ digest }: ListPart): string {
  return digest;
}

function countItems(parts: readonly ListPart[]): number {
  return parts.reduce((sum, part) => sum + ('inline' in part ? part.inline.length : part.items), 0);
}

async function itemsOfRuns(segments: SegmentStore, parts: readonly ListPart[]): Promise<string[]> {
  const [first] = parts;
  if (first && 'inline' in first) return first.inline;
  const runs = parts.flatMap((part) => ('inline' in part ? [] : [part]));
  const items: string[] = [];
  for await (const item of readItems(segments, runs)) items.push(item);
  return items;
}
