import { hash } from 'node:crypto';
import { keepVariables } from '../definition/config-file.ts';
import type { Selection, Take } from '../definition/selection.ts';
import { joinItems } from '../json/parts.ts';
import { listLevel } from '../snapshots/list-text.ts';
import type { Content, StoredSection } from '../snapshots/manifest.ts';
import { readItems, readValue } from '../snapshots/read.ts';
import { bytesOfContent } from '../snapshots/stretches.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import { refuseLarge, type Side, type SideFile } from './side.ts';

/*
 * What an export took of a snapshot, as a side. Sections that it took whole, or as stubs, are those of the snapshot; only
 * where it chose items, or edited something, is anything read.
 */

/** @throws `difference_too_large` */
export async function takenSide(
  side: Side,
  selection: Selection,
  segments: SegmentReader,
  mostBytes: number,
): Promise<Side> {
  const sections: StoredSection[] = [];
  for (const section of side.sections) {
    const take = selection.take(section.key);
    const isRead = take.as === 'items' || take.as === 'edited';
    if (isRead && section.content) refuseLarge(section.key, bytesOfContent(section.content), mostBytes);
    const content = section.content && (await takenContent(section, take, segments));
    if (content) sections.push({ key: section.key, ...content });
  }
  const { variable } = selection;
  const files = variable ? side.files?.map((file) => withVariables(file, variable)) : side.files;
  return { ...side, sections, files };
}

type Taken = Pick<StoredSection, 'content' | 'count'>;

async function takenContent(
  { content, count, stubs }: StoredSection,
  take: Take,
  segments: SegmentReader,
): Promise<Taken | undefined> {
  if (!content) return undefined;
  switch (take.as) {
    case 'whole':
      return { content, count };
    case 'absent':
      return undefined;
    case 'text':
      return { content: inline(take.text), count: count === null ? null : 0 };
    case 'stubs':
      return { content: stubs ?? content, count };
    case 'items':
      if (count === null) return { content, count };
      return itemsOf(take, take.of === 'stubs' ? (stubs ?? content) : content, segments);
    case 'edited': {
      if (count === null) return { content: inline(take.edit(await readValue(segments, content))), count };
      const items: string[] = [];
      for await (const item of readItems(segments, content)) items.push(item);
      return { content: inline(take.edit(joinItems(items, listLevel))), count };
    }
  }
}

async function itemsOf(
  take: Take & { as: 'items' },
  content: Content,
  segments: SegmentReader,
): Promise<Taken> {
  const kept: string[] = [];
  let index = 0;
  for await (const item of readItems(segments, content)) {
    if (take.keeps(index)) kept.push(take.edit?.(index, item) ?? item);
    index += 1;
  }
  return { content: inline(joinItems(kept, listLevel)), count: kept.length };
}

function inline(text: string): Content {
  return { form: 'text', digest: hash('sha256', text), text };
}

function withVariables(file: SideFile, keep: (key: string) => boolean): SideFile {
  if (file.name !== 'config.json') return file;
  // Which variables are kept is part of what it is, so that the same file with others is not taken for it.
  const digest = `chosen variables of ${file.digest}`;
  return { ...file, digest, read: async () => keepVariables(await file.read(), keep) };
}
