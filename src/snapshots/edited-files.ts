import type { SegmentReader } from '../storage/segment-store.ts';
import type { BotFiles } from './ingest.ts';
import type { Manifest, StoredSection } from './manifest.ts';
import { readItems, readRunBytes, readValue } from './read.ts';
import { definitionText, kindOf, type OpenMember } from './text-form.ts';

/** What is to become another in a bot; all else stays. */
export interface BotEdit {
  /** Sections by key, with all their items, or the one text of what is no list, laid out for their place. A new one stands last. */
  sections?: { key: string; kind: 'list' | 'value'; texts: string[] }[];
  /** The text of config.json. */
  config?: string;
  /** Scripts by name: they take the place of those of the same name, or come behind. */
  scripts?: { name: string; content: Uint8Array }[];
}

/** A stored bot with an edit, as files to be ingested. */
export async function editedFiles(segments: SegmentReader, bot: Manifest, edit: BotEdit): Promise<BotFiles> {
  const edited = new Map<string, OpenMember>((edit.sections ?? []).map((section) => [section.key, section]));
  const members = bot.sections.map((section) => edited.get(section.key) ?? storedMember(segments, section));
  const added = [...edited.values()].filter(
    ({ key }) => !bot.sections.some((section) => section.key === key),
  );
  const [config, ...others] = bot.files;
  if (!config) throw new Error('a snapshot has a config.json');
  const files = new Map<string, Buffer>();
  for (const { name, run } of others) files.set(name, await readRunBytes(segments, run));
  for (const { name, content } of edit.scripts ?? []) files.set(name, Buffer.from(content));
  return {
    definition: definitionText([...members, ...added]),
    config: edit.config === undefined ? await readRunBytes(segments, config.run) : Buffer.from(edit.config),
    others: [...files].map(([name, content]) => ({ name, content })),
  };
}

/** A stored section, read as it is taken. */
export function storedMember(segments: SegmentReader, section: StoredSection): OpenMember {
  const { key, content, count } = section;
  const texts = !content
    ? []
    : count === null
      ? one(readValue(segments, content))
      : readItems(segments, content);
  return { key, kind: kindOf(section), texts };
}

async function* one(text: Promise<string>): AsyncGenerator<string> {
  yield await text;
}
