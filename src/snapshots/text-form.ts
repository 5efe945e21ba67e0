import { isUtf8 } from 'node:buffer';
import type { SegmentReader } from '../storage/segment-store.ts';
import type { BotFiles } from './ingest.ts';
import { listEnd, listSeparator, listStart } from './list-text.ts';
import type { Content, Manifest, StoredSection } from './manifest.ts';
import { readItems, readRunBytes, readValue } from './read.ts';

/*
 * A snapshot as plain texts, in memory: the items of its sections, and the files beside the definition. What a
 * snapshot is made of follows from them, so they are all that has to be kept of one that is seldom asked for.
 */

/** How a section stands in the definition. */
export type MemberKind = 'list' | 'value' | 'rewritten';

export interface Member {
  key: string;
  kind: MemberKind;
  /** The items of a list; the one text of a value; nothing of a section that is written anew in every export. */
  texts: string[];
}

export interface FileText {
  name: string;
  /** The whole file: as it is where it is UTF-8 text, else as base64. */
  kind: 'text' | 'base64';
  text: string;
}

export interface TextForm {
  members: Member[];
  files: FileText[];
}

/** Bytes of all texts of a snapshot, without reading them. */
export function textSize({ sections, files }: Manifest): number {
  const size = (content: Content | null) =>
    content?.form === 'runs'
      ? content.runs.reduce((sum, run) => sum + run.textLength, 0)
      : (content?.text.length ?? 0);
  return (
    sections.reduce((sum, { content }) => sum + size(content), 0) +
    files.reduce((sum, { run }) => sum + run.textLength, 0)
  );
}

export function kindOf({ content, count }: Pick<StoredSection, 'content' | 'count'>): MemberKind {
  return content === null ? 'rewritten' : count === null ? 'value' : 'list';
}

/** Reads all of a snapshot whose segments are there. */
export async function readTextForm(segments: SegmentReader, manifest: Manifest): Promise<TextForm> {
  const members: Member[] = [];
  for (const section of manifest.sections) {
    members.push({
      key: section.key,
      kind: kindOf(section),
      texts: await sectionTexts(segments, section),
    });
  }
  const files: FileText[] = [];
  for (const file of manifest.files) files.push(await readFileText(segments, file));
  return { members, files };
}

export async function sectionTexts(
  segments: SegmentReader,
  { content, count }: Pick<StoredSection, 'content' | 'count'>,
): Promise<string[]> {
  if (!content) return [];
  if (count === null) return [await readValue(segments, content)];
  const items: string[] = [];
  for await (const item of readItems(segments, content)) items.push(item);
  return items;
}

export async function readFileText(
  segments: SegmentReader,
  { name, run }: Manifest['files'][number],
): Promise<FileText> {
  const bytes = await readRunBytes(segments, run);
  return isUtf8(bytes)
    ? { name, kind: 'text', text: bytes.toString('utf8') }
    : { name, kind: 'base64', text: bytes.toString('base64') };
}

export function fileBytes({ kind, text }: FileText): Buffer {
  return Buffer.from(text, kind === 'text' ? 'utf8' : 'base64');
}

/** The snapshot as it would come in. Sections that are written anew in every export stand there as a dash. */
export function toBotFiles({ members, files }: TextForm): BotFiles {
  const [config, ...others] = files.map((file) => ({ name: file.name, content: fileBytes(file) }));
  if (!config) throw new Error('a snapshot has a config.json');
  return { definition: definitionText(members), config: config.content, others };
}

/** A member of which the texts may be read as they are taken. */
export type OpenMember = Omit<Member, 'texts'> & { texts: Iterable<string> | AsyncIterable<string> };

/** For the bot's id, say, which has to be some text. */
const rewritten = '"-"';

/** Text is handed on in pieces of about so many characters. */
const pieceLength = 64 * 1024;

/** The text of a definition with these members. */
export async function* definitionText(members: Iterable<OpenMember>): AsyncGenerator<Buffer> {
  let piece = '';
  for await (const text of textsOf(members)) {
    piece += text;
    if (piece.length < pieceLength) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

async function* textsOf(members: Iterable<OpenMember>): AsyncGenerator<string> {
  let opening = '{';
  for (const { key, kind, texts } of members) {
    yield `${opening}\n    ${JSON.stringify(key)}: `;
    opening = ',';
    if (kind === 'rewritten') yield rewritten;
    else if (kind === 'value') yield* texts;
    else yield* listText(texts);
  }
  yield '\n}';
}

async function* listText(items: OpenMember['texts']): AsyncGenerator<string> {
  let before = listStart;
  for await (const item of items) {
    yield before + item;
    before = listSeparator;
  }
  yield before === listStart ? '[]' : listEnd;
}
