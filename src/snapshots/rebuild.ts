import { taskOfText } from '../definition/item.ts';
import { type Profile, profileSections, readProfile } from '../definition/profile.ts';
import { isTaskSection } from '../definition/sections.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { Turns } from '../turns.ts';
import { applyDelta, type Delta } from './delta.ts';
import type { Manifest, Run, StoredSection } from './manifest.ts';
import { listSectionOf, resolveSection, rewrittenSection, valueSection } from './section-in-making.ts';
import { type KeepSegments, SegmentMaker } from './segment-maker.ts';
import {
  type FileText,
  fileBytes,
  kindOf,
  type Member,
  readFileText,
  sectionTexts,
  type TextForm,
} from './text-form.ts';

/*
 * The manifest of a frozen snapshot, from the ready one it leads back to. It is the same as if the snapshot came in
 * anew, but only what the deltas touch is read, and only runs with other items than those of the base are made.
 */

/**
 * @param deltas in the order they are applied to the base
 * @param keep called with the segments that the base does not have
 */
export async function rebuild(
  stored: SegmentStore,
  base: Manifest,
  deltas: readonly Delta[],
  keep: KeepSegments,
): Promise<Manifest> {
  const before = await readTouched(stored, base, deltas);
  const turns = new Turns();
  let after = before;
  for (const delta of deltas) {
    after = applyDelta(after, delta);
    await turns.next();
  }
  const change: Change = { stored, base, before, after };
  const segments = new SegmentMaker(keep);
  try {
    const sections: (() => StoredSection)[] = [];
    for (const member of after.members) {
      sections.push(sectionOf(change, member, segments));
      if (segments.isBusy) await segments.ready();
      await turns.next();
    }
    const files = after.files.map((file) => ({ name: file.name, run: runOfFile(change, file, segments) }));
    // While the last segments are compressed.
    const profile = await profileOf(change);
    const tasks = await tasksOf(change, profile.defaultLanguage);
    await segments.finish();
    return {
      profile,
      sections: sections.map((section) => section()),
      tasks,
      files: files.map(({ name, run }) => ({ name, run: run() })),
    };
  } finally {
    segments.close();
  }
}

interface Change {
  stored: SegmentStore;
  base: Manifest;
  /** The base, as far as the deltas touch it: others of its texts are left out, and stand in both as the same object. */
  before: TextForm;
  after: TextForm;
}

async function readTouched(
  stored: SegmentStore,
  base: Manifest,
  deltas: readonly Delta[],
): Promise<TextForm> {
  const keys = new Set(deltas.flatMap(({ scripts }) => scripts.map(([key]) => key)));
  const withFiles = deltas.some(({ files, contents }) => files !== undefined || contents.length > 0);
  const members: Member[] = [];
  for (const section of base.sections) {
    const texts = keys.has(section.key) ? await sectionTexts(stored, section) : [];
    members.push({ key: section.key, kind: kindOf(section), texts });
  }
  const files: FileText[] = [];
  for (const file of base.files) {
    files.push(withFiles ? await readFileText(stored, file) : { name: file.name, kind: 'text', text: '' });
  }
  return { members, files };
}

/** The section of the base, where the member is the same. */
function sameSection({ base, before }: Change, member: Member): StoredSection | undefined {
  const place = before.members.indexOf(member);
  return place === -1 ? undefined : base.sections[place];
}

/** What the base has under this key, with its texts. */
function knownSection({ base, before }: Change, key: string) {
  const place = before.members.findIndex((member) => member.key === key);
  const section = base.sections[place];
  return section && { section, items: before.members[place]?.texts ?? [] };
}

/** To be called when the segments are made. */
function sectionOf(change: Change, member: Member, segments: SegmentMaker): () => StoredSection {
  const same = sameSection(change, member);
  if (same) return () => same;
  const { key, kind, texts } = member;
  const made =
    kind === 'rewritten'
      ? rewrittenSection(key)
      : kind === 'value'
        ? valueSection(key, texts[0] ?? '', segments)
        : listSectionOf(key, texts, segments, knownSection(change, key));
  return () => resolveSection(made);
}

function runOfFile({ base, before }: Change, file: FileText, segments: SegmentMaker): () => Run {
  const same = base.files[before.files.indexOf(file)]?.run;
  return same ? () => same : segments.add([fileBytes(file)]);
}

/** All texts of a member, also of one that the deltas leave alone. */
async function textsOf(change: Change, member: Member): Promise<readonly string[]> {
  const same = sameSection(change, member);
  return same ? sectionTexts(change.stored, same) : member.texts;
}

async function profileOf(change: Change): Promise<Profile> {
  const members = ({ members }: TextForm) => members.filter(({ key }) => profileSections.has(key));
  const [old, now] = [members(change.before), members(change.after)];
  if (now.length === old.length && now.every((member) => old.includes(member))) return change.base.profile;
  const values: Record<string, unknown> = {};
  for (const member of now) {
    if (member.kind === 'rewritten') continue;
    const texts = (await textsOf(change, member)).map((text) => JSON.parse(text) as unknown);
    values[member.key] = member.kind === 'list' ? texts : texts[0];
  }
  return readProfile(values);
}

async function tasksOf(change: Change, defaultLanguage: string): Promise<Manifest['tasks']> {
  const { base } = change;
  const isSameLanguage = defaultLanguage === base.profile.defaultLanguage;
  const tasks: Manifest['tasks'] = {};
  for (const member of change.after.members) {
    const { key } = member;
    if (!isTaskSection(key) || member.kind !== 'list') continue;
    const known = isSameLanguage ? base.tasks[key] : undefined;
    if (known && sameSection(change, member)) {
      tasks[key] = known;
      continue;
    }
    const items = await textsOf(change, member);
    const before = knownSection(change, key)?.items ?? [];
    if (items.length > 0) {
      tasks[key] = items.map(
        (item, index) => (before[index] === item && known?.[index]) || taskOfText(item, defaultLanguage),
      );
    }
  }
  return tasks;
}
