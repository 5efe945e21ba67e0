import { type Entry, EntryBuilder } from '../archives/entry.ts';
import type { Recipe } from '../archives/recipe.ts';
import { archiveRecipe } from '../archives/zip-writer.ts';
import { keepVariables } from '../definition/config-file.ts';
import type { Selection } from '../definition/selection.ts';
import { joinItems } from '../json/parts.ts';
import { listLevel } from '../snapshots/list-text.ts';
import type { Content, Manifest, StoredSection } from '../snapshots/manifest.ts';
import { readItems, readRun, readValue } from '../snapshots/read.ts';
import { SnapshotRuns } from '../snapshots/runs.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { chosenItems } from './chosen-items.ts';
import type { ExportWork } from './export-work.ts';
import type { Resolved } from './resolve.ts';
import { contentHash, SectionText, storedText } from './section-text.ts';

/**
 * The recipe of an export. What is taken whole, or as stubs, is a matter of references to runs of the snapshot. Where
 * items are chosen, only the runs of which some items stay and some go are read, and only their text is compressed anew.
 *
 * A recipe needs the segments of its own snapshot and no others.
 */
export async function makeRecipe(
  botId: string,
  manifest: Manifest,
  resolved: Resolved,
  segments: SegmentStore,
  work?: ExportWork,
): Promise<Recipe> {
  const runs = SnapshotRuns.of(manifest);
  const definition = await definitionEntry(botId, manifest, resolved, segments, work);
  const files: Entry[] = [];
  for (const file of manifest.files) {
    const { variable } = resolved.selection;
    const entry = new EntryBuilder();
    if (file.name === 'config.json' && variable) {
      entry.literal(keepVariables(await readRun(segments, file.run), variable));
    } else {
      entry.runs(runs.one(file.run));
    }
    files.push(await entry.finish(file.name));
  }
  return archiveRecipe([definition, ...files], runs.digest);
}

async function definitionEntry(
  botId: string,
  manifest: Manifest,
  resolved: Resolved,
  segments: SegmentStore,
  work: ExportWork | undefined,
): Promise<Entry> {
  const { selection } = resolved;
  const runs = SnapshotRuns.of(manifest);
  const texts = new Map<string, SectionText>();
  const rewritten = new Set<string>();
  for (const section of manifest.sections) {
    if (!section.content) rewritten.add(section.key);
    const text = section.content && (await takeSection(section, selection, runs, segments, work));
    if (text) texts.set(section.key, text);
    work?.section(section);
  }
  const keys = manifest.sections.map(({ key }) => key);
  const order = selection.order(keys.filter((key) => texts.has(key) || rewritten.has(key)));
  const sections = order.flatMap((key) => {
    const text = texts.get(key);
    return text ? [{ key, text }] : [];
  });
  const ours: Record<string, unknown> = {
    _id: botId,
    exportOptions: exportOptions(manifest, resolved),
    encryptedHash: contentHash(sections),
  };

  const entry = new EntryBuilder();
  order.forEach((key, index) => {
    entry.literal(`${index === 0 ? '{' : ','}\n    ${JSON.stringify(key)}: `);
    const text = texts.get(key);
    if (text) text.writeTo(entry);
    else entry.literal(topLevelText(ours[key]));
  });
  return entry.literal('\n}').finish('botDefinition.json');
}

/** What the selection takes of a section, or undefined when that is nothing at all. */
async function takeSection(
  { key, count, content, stubs }: StoredSection,
  selection: Selection,
  runs: SnapshotRuns,
  segments: SegmentStore,
  work: ExportWork | undefined,
): Promise<SectionText | undefined> {
  if (!content) return undefined;
  const take = selection.take(key);
  switch (take.as) {
    case 'whole':
      return storedText(content, count, runs);
    case 'absent':
      return undefined;
    case 'text':
      return new SectionText().add(take.text);
    case 'stubs':
      return storedText(stubs ?? content, count, runs);
    case 'items':
      // A list that is null has no items to choose from.
      if (count === null) return storedText(content, count, runs);
      return chosenItems(take, take.of === 'stubs' ? (stubs ?? content) : content, runs, segments, work);
    case 'edited':
      return new SectionText().add(take.edit(await readText(content, count, segments)));
  }
}

async function readText(content: Content, count: number | null, segments: SegmentStore): Promise<string> {
  if (count === null) return readValue(segments, content);
  const items: string[] = [];
  for await (const item of readItems(segments, content)) items.push(item);
  return joinItems(items, listLevel);
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
