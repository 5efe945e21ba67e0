import { hash } from 'node:crypto';
import { unsetVariables } from '../definition/config-file.ts';
import { taskOfText } from '../definition/item.ts';
import { knownList, pairItems } from '../definition/merge.ts';
import { readOptions } from '../definition/options.ts';
import { References } from '../definition/references.ts';
import { selectSections } from '../definition/selection.ts';
import { type Dangling, findDangling } from '../exports/explain.ts';
import { factsOf } from '../exports/resolve.ts';
import { configRun, type Manifest, type StoredSection } from '../snapshots/manifest.ts';
import { parseOutline, readOutline } from '../snapshots/outline.ts';
import { readItems, readRun } from '../snapshots/read.ts';
import type { SnapshotState } from '../snapshots/snapshots.ts';
import type { SegmentReader } from '../storage/segment-store.ts';

/** An item, as people find it again. */
export interface PlannedItem {
  id: string | null;
  refId: string | null;
  name: string;
}

/** What an import does to a section. */
export interface SectionPlan {
  section: string;
  /** Whether the bot has it before, and after. */
  state: 'new' | 'changed' | 'removed';
  /** Of a list: how many of its items are made, replaced, removed and kept. A section that is no list is one thing. */
  counts: { created: number; replaced: number; deleted: number; kept: number };
  /** The items, the first {@link mostItems} of each kind. */
  created: PlannedItem[];
  replaced: PlannedItem[];
  deleted: PlannedItem[];
}

/** What an import would do; exactly this happens when it is applied. */
export interface Plan extends PlannedChanges {
  /** Names the bot's state, the state it would get, and so all of the plan. */
  digest: string;
  /** Whether anything changes at all. */
  changes: boolean;
}

export interface PlannedChanges {
  counts: { created: number; replaced: number; deleted: number; kept: number };
  /** The sections that change, in their order; then the files beside the definition. */
  sections: SectionPlan[];
  files: { name: string; state: SectionPlan['state'] }[];
  /** References that lead to nothing afterwards, and did not before. */
  dangling: Dangling[];
  /** Environment variables that have no value afterwards, of those that are there or used. */
  unsetVariables: string[];
}

/** Most items of a kind that a plan names, for each section; the counts are of all. */
export const mostItems = 500;

/** Half of a plan's digest is of the bot's state: so it shows at once that the bot has moved since. */
const half = 32;

/** The digest of a plan: of a bot, the draft it has, and the one it would get. */
export function planDigest(botId: string, before: string, after: string): string {
  const of = (...parts: string[]) => hash('sha256', JSON.stringify(parts)).slice(0, half);
  return `${of(botId, before)}${of(botId, before, after)}`;
}

/** Whether a plan was made for this bot with this draft. */
export function isPlanFor(digest: string, botId: string, draft: string): boolean {
  return digest.slice(0, half) === planDigest(botId, draft, '').slice(0, half);
}

/** What making `after` of `before` does. Reads only the runs that differ. */
export async function changesOf(
  segments: SegmentReader,
  before: SnapshotState,
  after: SnapshotState,
): Promise<PlannedChanges> {
  const [old, now] = [before.manifest, after.manifest];
  const sections: SectionPlan[] = [];
  let kept = 0;
  const language = now.profile.defaultLanguage;
  for (const key of new Set([...now.sections, ...old.sections].map((section) => section.key))) {
    const [was, is] = [old, now].map((manifest) => manifest.sections.find((section) => section.key === key));
    if (!was?.content && !is?.content) continue;
    if (was?.content && is?.content && was.content.digest === is.content.digest && was.count === is.count) {
      kept += is.count ?? 1;
      continue;
    }
    const plan = await sectionPlan(segments, key, was, is, language);
    kept += plan.counts.kept;
    sections.push(plan);
  }
  const references = await referencesOf(segments, after);
  const sum = (kind: 'created' | 'replaced' | 'deleted') =>
    sections.reduce((total, { counts }) => total + counts[kind], 0);
  return {
    counts: { created: sum('created'), replaced: sum('replaced'), deleted: sum('deleted'), kept },
    sections,
    files: filePlans(old, now),
    dangling: newlyDangling(
      danglingIn(old, await referencesOf(segments, before)),
      danglingIn(now, references),
    ),
    unsetVariables: unsetVariables(await readRun(segments, configRun(now)), references.usedVariables()),
  };
}

async function sectionPlan(
  segments: SegmentReader,
  key: string,
  was: StoredSection | undefined,
  is: StoredSection | undefined,
  language: string,
): Promise<SectionPlan> {
  const state = !was?.content ? 'new' : !is?.content ? 'removed' : 'changed';
  const plan: SectionPlan = {
    section: key,
    state,
    counts: { created: 0, replaced: 0, deleted: 0, kept: 0 },
    created: [],
    replaced: [],
    deleted: [],
  };
  const note = (kind: 'created' | 'replaced' | 'deleted', text: string) => {
    plan.counts[kind] += 1;
    if (plan[kind].length >= mostItems) return;
    const { id, refId, name } = taskOfText(text, language);
    plan[kind].push({ id, refId, name });
  };
  if ((was?.content && was.count === null) || (is?.content && is.count === null)) {
    const kind = state === 'new' ? 'created' : state === 'removed' ? 'deleted' : 'replaced';
    plan.counts[kind] = 1;
    return plan;
  }
  const [old, now] = await differingItems(segments, was, is);
  plan.counts.kept += now.same;
  const pairs = pairItems(knownList(key, old.items), knownList(key, now.items));
  for (const [index, text] of now.items.entries()) {
    const place = pairs[index];
    if (place === undefined) note('created', text);
    else if (old.items[place] === text) plan.counts.kept += 1;
    else note('replaced', text);
  }
  const paired = new Set(pairs);
  for (const [place, text] of old.items.entries()) if (!paired.has(place)) note('deleted', text);
  return plan;
}

/** The items in runs that only one of two lists has, and how many items are in the others. */
async function differingItems(
  segments: SegmentReader,
  was: StoredSection | undefined,
  is: StoredSection | undefined,
): Promise<[{ items: string[]; same: number }, { items: string[]; same: number }]> {
  const digests = (section: StoredSection | undefined) =>
    new Set(section?.content?.form === 'runs' ? section.content.runs.map(({ digest }) => digest) : []);
  const read = async (section: StoredSection | undefined, others: ReadonlySet<string>) => {
    const found = { items: [] as string[], same: 0 };
    if (!section?.content) return found;
    const { content } = section;
    const differing =
      content.form === 'runs' ? content.runs.filter(({ digest }) => !others.has(digest)) : content;
    if (content.form === 'runs') {
      for (const run of content.runs) if (others.has(run.digest)) found.same += run.items;
    }
    for await (const item of readItems(segments, differing)) found.items.push(item);
    return found;
  };
  return [await read(was, digests(is)), await read(is, digests(was))];
}

function filePlans(old: Manifest, now: Manifest): PlannedChanges['files'] {
  const before = new Map(old.files.map(({ name, run }) => [name, run.digest]));
  const after = new Map(now.files.map(({ name, run }) => [name, run.digest]));
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    return [{ name, state: was === undefined ? 'new' : is === undefined ? 'removed' : 'changed' } as const];
  });
}

async function referencesOf(
  segments: SegmentReader,
  { manifest, outline }: SnapshotState,
): Promise<References> {
  return new References(
    outline ? await parseOutline(segments, outline) : await readOutline(segments, manifest),
  );
}

/** What dangles after, and did not before. */
function newlyDangling(before: Dangling[], after: Dangling[]): Dangling[] {
  const nameOf = ({ from, kind, to }: Dangling) =>
    JSON.stringify([from.section, from.refId ?? from.id, kind, to.what, to.value]);
  const known = new Set(before.map(nameOf));
  return after.filter((one) => !known.has(nameOf(one)));
}

/** What dangles in all of a bot. */
function danglingIn(manifest: Manifest, references: References): Dangling[] {
  return findDangling(references, selectSections(readOptions({ exportType: 'latest' }), factsOf(manifest)));
}
