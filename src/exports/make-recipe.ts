import { hash } from 'node:crypto';
import { type Entry, EntryBuilder } from '../archives/entry.ts';
import type { Recipe } from '../archives/recipe.ts';
import { archiveRecipe } from '../archives/zip-writer.ts';
import type { Selection } from '../definition/selection.ts';
import { listEnd, listSeparator, listStart } from '../snapshots/list-text.ts';
import type { Manifest, Section } from '../snapshots/manifest.ts';

/** The recipe of an export: the definition put together from its segments, the files beside it as they are. */
export function makeRecipe(botId: string, manifest: Manifest, selection: Selection): Recipe {
  const files = manifest.files.map(({ name, run }): Entry => new EntryBuilder().segment(run).finish(name));
  return archiveRecipe([definitionEntry(botId, manifest, selection), ...files]);
}

function definitionEntry(botId: string, manifest: Manifest, selection: Selection): Entry {
  const sections = manifest.sections.filter(({ key }) => !selection.leavesOut(key));
  const rewritten: Record<string, unknown> = {
    _id: botId,
    exportOptions: exportOptions(manifest, selection),
    encryptedHash: contentHash(sections),
  };
  const entry = new EntryBuilder();
  sections.forEach((section, index) => {
    entry.literal(`${index === 0 ? '{' : ','}\n    ${JSON.stringify(section.key)}: `);
    if (section.form === 'rewritten') entry.literal(topLevelText(rewritten[section.key]));
    else if (section.form === 'text') entry.literal(section.text);
    else addRuns(entry, section);
  });
  return entry.literal('\n}').finish('botDefinition.json');
}

function addRuns(entry: EntryBuilder, { count, runs }: Section & { form: 'runs' }): void {
  if (count !== null) entry.literal(listStart);
  runs.forEach((run, index) => {
    if (index > 0) entry.literal(listSeparator);
    entry.segment(run);
  });
  if (count !== null) entry.literal(listEnd);
}

/** A value as it stands in the top-level object. */
function topLevelText(value: unknown): string {
  return JSON.stringify(value, null, 4).replaceAll('\n', '\n    ');
}

/**
 * What the export says of itself: the lists as they were sent, the ids of the tasks it holds, and
 * `IncludeDependentTasks` only when asked for. The platform writes it so.
 */
function exportOptions({ tasks }: Manifest, selection: Selection): Record<string, unknown> {
  const ids = (section: string) =>
    selection.leavesOut(section) ? [] : (tasks[section] ?? []).map((task) => task.id ?? task.refId);
  return {
    ...Object.fromEntries(selection.lists),
    subTasks: {
      dialogs: ids('dialogs'),
      alerts: ids('alerts'),
      actions: ids('actions'),
      forms: ids('forms'),
    },
    ...(selection.includeDependentTasks ? { IncludeDependentTasks: true } : {}),
  };
}

/** 32 hexadecimal digits over the content, the same for the same content: the platform's own way is not known. */
function contentHash(sections: Section[]): string {
  const contents = sections.flatMap((section) =>
    section.form === 'rewritten' ? [] : [[section.key, section.digest]],
  );
  return hash('sha256', JSON.stringify(contents)).slice(0, 32);
}
