import { hash } from 'node:crypto';
import { type Entry, EntryBuilder } from '../archives/entry.ts';
import type { Recipe } from '../archives/recipe.ts';
import { archiveRecipe } from '../archives/zip-writer.ts';
import { keepVariables } from '../definition/config-file.ts';
import type { Selection, Take } from '../definition/selection.ts';
import { inside, joinItems, splitItems } from '../json/parts.ts';
import { listEnd, listLevel, listSeparator, listStart } from '../snapshots/list-text.ts';
import type { Content, Manifest, StoredSection } from '../snapshots/manifest.ts';
import { readItems, readRun, readValue } from '../snapshots/read.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { Resolved } from './resolve.ts';

/**
 * The recipe of an export. What is taken whole, or as stubs, is a matter of references to segments; only sections of
 * which items are chosen or edited are read, and their text compressed anew.
 */
export async function makeRecipe(
  botId: string,
  manifest: Manifest,
  resolved: Resolved,
  segments: SegmentStore,
): Promise<Recipe> {
  const definition = await definitionEntry(botId, manifest, resolved, segments);
  const files: Entry[] = [];
  for (const file of manifest.files) {
    const { variable } = resolved.selection;
    const entry = new EntryBuilder();
    if (file.name === 'config.json' && variable) {
      entry.literal(keepVariables(await readRun(segments, file.run), variable));
    } else {
      entry.segment(file.run);
    }
    files.push(await entry.finish(file.name));
  }
  return archiveRecipe([definition, ...files]);
}

/** A section as an export has it: its text or where that is stored, and a digest of it. */
interface Taken {
  key: string;
  count: number | null;
  content: Content;
}

async function definitionEntry(
  botId: string,
  manifest: Manifest,
  resolved: Resolved,
  segments: SegmentStore,
): Promise<Entry> {
  const taken = new Map<string, Taken>();
  for (const section of manifest.sections) {
    const content = section.content && (await takeSection(section, resolved.selection, segments));
    if (content) taken.set(section.key, { key: section.key, count: section.count, content });
  }
  const keys = manifest.sections.map(({ key }) => key);
  const rewritten = new Set(manifest.sections.filter(({ content }) => !content).map(({ key }) => key));
  const order = resolved.selection.order(keys.filter((key) => taken.has(key) || rewritten.has(key)));
  const ours: Record<string, unknown> = {
    _id: botId,
    exportOptions: exportOptions(manifest, resolved),
    encryptedHash: contentHash(order.flatMap((key) => taken.get(key) ?? [])),
  };

  const entry = new EntryBuilder();
  order.forEach((key, index) => {
    entry.literal(`${index === 0 ? '{' : ','}\n    ${JSON.stringify(key)}: `);
    const section = taken.get(key);
    if (section) addContent(entry, section);
    else entry.literal(topLevelText(ours[key]));
  });
  return entry.literal('\n}').finish('botDefinition.json');
}

/** What the selection takes of a section, or undefined when that is nothing at all. */
async function takeSection(
  { key, count, content, stubs }: StoredSection,
  selection: Selection,
  segments: SegmentStore,
): Promise<Content | undefined> {
  if (!content) return undefined;
  const take = selection.take(key);
  switch (take.as) {
    case 'whole':
      return content;
    case 'absent':
      return undefined;
    case 'text':
      return textContent(take.text);
    case 'stubs':
      return stubs ?? content;
    case 'items':
      // A list that is null has no items to choose from.
      if (count === null) return content;
      return textContent(await chosenItems(take, content, segments));
    case 'edited':
      return textContent(take.edit(await sectionText(content, count, segments)));
  }
}

async function chosenItems(
  take: Take & { as: 'items' },
  content: Content,
  segments: SegmentStore,
): Promise<string> {
  const items: string[] = [];
  let index = 0;
  for await (const text of readItems(segments, content)) {
    if (take.keeps(index)) items.push(take.text(index, text));
    index += 1;
  }
  return joinItems(items, listLevel);
}

async function sectionText(content: Content, count: number | null, segments: SegmentStore): Promise<string> {
  if (count === null) return readValue(segments, content);
  const items: string[] = [];
  for await (const item of readItems(segments, content)) items.push(item);
  return joinItems(items, listLevel);
}

function textContent(text: string): Content {
  return { form: 'text', digest: textDigest(text), text };
}

/** The digest this text would have as a section of a snapshot: of a list it is one over those of its items. */
function textDigest(text: string): string {
  if (!text.startsWith('[')) return hash('sha256', text);
  const items = splitItems(inside(text, listLevel), listLevel);
  return hash('sha256', items.map((item) => hash('sha256', item)).join(''));
}

function addContent(entry: EntryBuilder, { content, count }: Taken): void {
  if (content.form === 'text') {
    entry.literal(content.text);
    return;
  }
  if (count !== null) entry.literal(listStart);
  content.runs.forEach((run, index) => {
    if (index > 0) entry.literal(listSeparator);
    entry.segment(run);
  });
  if (count !== null) entry.literal(listEnd);
}

/** A value as it stands in the top-level object. */
function topLevelText(value: unknown): string {
  return JSON.stringify(value, null, 4).replaceAll('\n', '\n    ');
}

/** The lists every export names; those the request left out stand behind the others, empty. */
const alwaysNamed = ['tasks', 'nlpData', 'settings'];

/**
 * What the export says of itself: the lists as they were sent, the ids of the tasks it holds, and whether dependent
 * tasks came along, only when asked for. The platform writes it so.
 */
function exportOptions({ tasks }: Manifest, { selection, choice }: Resolved): Record<string, unknown> {
  const { lists, dependent, dependentForms } = selection.options;
  const ids = (kind: 'dialogs' | 'alerts' | 'actions' | 'forms') => {
    const { as } = selection.take(kind);
    if (as === 'absent' || as === 'text') return [];
    const kept = choice?.kept.get(kind);
    return (tasks[kind] ?? [])
      .filter((_, index) => kept?.has(index) ?? true)
      .map(({ id, refId }) => id ?? refId);
  };
  const missing = alwaysNamed.filter((family) => !lists.some(([name]) => name === family));
  return {
    ...Object.fromEntries([...lists, ...missing.map((family) => [family, []])]),
    subTasks: {
      dialogs: ids('dialogs'),
      alerts: ids('alerts'),
      actions: ids('actions'),
      forms: ids('forms'),
    },
    ...(dependent ? { IncludeDependentTasks: true } : {}),
    ...(dependentForms ? { IncludeFormDependentTasks: true } : {}),
  };
}

/** 32 hexadecimal digits over the content, the same for the same content: the platform's own way is not known. */
function contentHash(sections: Taken[]): string {
  return hash('sha256', JSON.stringify(sections.map(({ key, content }) => [key, content.digest]))).slice(
    0,
    32,
  );
}
