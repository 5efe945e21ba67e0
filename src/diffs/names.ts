import type { FoundNames, Wanted } from '../definition/diff/difference.ts';
import type { Outline } from '../definition/outline.ts';
import { outlineItem } from '../definition/outline.ts';
import { searchOutline } from '../snapshots/outline.ts';
import { readItems } from '../snapshots/read.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import type { Side } from './side.ts';

/** A node may stand in a node of a node; deeper ones no bot has. */
const deepest = 3;

/**
 * Names of things that did not change themselves. Dialogs are in the manifest; for the rest the outline is looked
 * through, or the items where none is kept.
 */
export async function findNames(segments: SegmentReader, side: Side, wanted: Wanted): Promise<FoundNames> {
  const names = new Map<string, string>();
  const dialogs = new Map<string, string>();
  for (const { id, refId, name } of side.tasks.dialogs ?? []) {
    for (const one of [id, refId]) if (one !== null && wanted.names.has(one)) names.set(one, name);
  }
  const openNames = new Set([...wanted.names].filter((id) => !names.has(id)));
  /** What a dialog, or a node in it, has to refer to, and the component that is looked for. */
  let sought = new Map([...wanted.dialogs].map((id) => [id, [id]]));
  for (let depth = 0; depth < deepest && (openNames.size > 0 || sought.size > 0); depth += 1) {
    const holders = new Map<string, string[]>();
    for await (const item of outlines(segments, side, new Set([...openNames, ...sought.keys()]))) {
      for (const id of [item.id, item.refId]) {
        if (id !== undefined && openNames.delete(id)) names.set(id, item.names[0] ?? id);
      }
      for (const { kind, value } of item.links) {
        const ids = kind === 'node' ? sought.get(value) : undefined;
        if (!ids) continue;
        if (item.section === 'dialogs') {
          for (const id of ids) if (!dialogs.has(id)) dialogs.set(id, nameIn(side, item));
        } else if (item.id !== undefined) {
          holders.set(item.id, [...(holders.get(item.id) ?? []), ...ids]);
        }
      }
    }
    // Ids that lead to nothing are not looked for again.
    openNames.clear();
    sought = new Map([...holders].map(([holder, ids]) => [holder, ids.filter((id) => !dialogs.has(id))]));
    for (const [holder, ids] of sought) if (ids.length === 0) sought.delete(holder);
  }
  return { names, dialogs };
}

/** A dialog's name in the default language. */
function nameIn({ tasks }: Side, { id, refId, names }: Outline): string {
  const task = tasks.dialogs?.find((one) => (id === undefined ? one.refId === refId : one.id === id));
  return task?.name ?? names[0] ?? '';
}

const namedSections = ['dialogs', 'dialogComponents'];

/** Dialogs and components in which one of these ids stands, and perhaps others. */
async function* outlines(
  segments: SegmentReader,
  side: Side,
  ids: ReadonlySet<string>,
): AsyncGenerator<Outline> {
  if (side.outline) {
    yield* searchOutline(segments, side.outline, namedSections, ids);
    return;
  }
  const list = [...ids];
  for (const { key, count, content } of side.sections) {
    if (!content || count === null || !namedSections.includes(key)) continue;
    for await (const text of readItems(segments, content)) {
      if (list.some((id) => text.includes(id))) yield outlineItem(key, 0, JSON.parse(text), text);
    }
  }
}
