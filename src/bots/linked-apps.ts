import { isObject, readNames, textOf } from '../definition/item.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { sectionTexts } from '../snapshots/text-form.ts';
import type { SegmentStore } from '../storage/segment-store.ts';

/** An app that a universal bot links. */
export interface LinkedApp {
  id: string;
  name: string;
  /** Whatever else the definition says of it, as far as the call has a place for it. */
  more: Record<string, unknown>;
}

/** Members under which an id may stand. */
const idMembers = ['_id', 'streamId', 'botId', 'linkedBotId'];

/** What the call shows beside id and name. */
const shownMembers = [
  'defaultLanguage',
  'appType',
  'type',
  'status',
  'isDialogGPTEnabled',
  'configuredVersion',
  'publishedVersion',
];

/**
 * The apps in the section `linkedBotsDetails`: a list of objects, or of ids. Their names are those of the language, where they
 * have such. Public exports show no such section with anything in it, so what is in it is read with caution.
 */
export async function linkedApps(
  segments: SegmentStore,
  { sections }: Manifest,
  language: string | undefined,
): Promise<LinkedApp[]> {
  const section = sections.find(({ key }) => key === 'linkedBotsDetails');
  if (!section || section.count === null) return [];
  const items = (await sectionTexts(segments, section)).map((text): unknown => JSON.parse(text));
  return items.flatMap((item) => {
    const id = isObject(item) ? idMembers.map((name) => textOf(item[name])).find(Boolean) : textOf(item);
    if (id === undefined) return [];
    if (!isObject(item)) return [{ id, name: '', more: {} }];
    const [name = textOf(item.botName) ?? ''] = readNames(item, language);
    const more = Object.fromEntries(Object.entries(item).filter(([key]) => shownMembers.includes(key)));
    return [{ id, name, more }];
  });
}
