import type { Reason } from '../definition/choose-tasks.ts';
import { type SubTaskKind, subTaskKinds } from '../definition/options.ts';
import { nameSpaceKind, type Outline, outlinedSections, referringValues } from '../definition/outline.ts';
import type { Holder, Reference, References } from '../definition/references.ts';
import { sectionOf } from '../definition/sections.ts';
import type { Selection, Take } from '../definition/selection.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { Resolved } from './resolve.ts';

/** One thing of a definition, as people find it again. */
export interface Named {
  section: string;
  id: string | null;
  refId: string | null;
  name: string | null;
}

export interface ExplainedSection {
  section: string;
  /** The component that decides over it, such as `tasks.botTask`; null where none does. */
  owner: string | null;
  state: 'whole' | 'stubs' | 'some items' | 'edited' | 'rewritten' | 'emptied' | 'left out';
  /** Items that are in, and items the bot has; null for what is no list. */
  items: number | null;
  of: number | null;
}

/** A step of the way from a task back to what was asked for. */
export interface Step extends Named {
  /** How it refers to the step before. */
  kind: string;
}

export interface ExplainedTask extends Named {
  in: boolean;
  /**
   * Why it is in: empty if the request asked for it; else the chain of what needs it, up to something the request
   * asked for. Why it is out: `not chosen`, its `state`, or `component not chosen`.
   */
  neededBy: Step[];
  leftOutBecause: 'not chosen' | 'state' | 'component not chosen' | null;
}

/** A reference in the export that leads to nothing in it. */
export interface Dangling {
  from: Named;
  kind: string;
  to: { what: string; value: string; name: string | null };
  /** Whether the bot has the target at all. */
  cause: 'left out' | 'not in the bot';
}

/** What an export holds, why, what it leaves out, and what dangles in it. */
export interface Explanation {
  sections: ExplainedSection[];
  tasks: ExplainedTask[];
  dangling: Dangling[];
}

/** Explains a resolved request; writes nothing. */
export function explain(manifest: Manifest, references: References, resolved: Resolved): Explanation {
  return {
    sections: explainSections(manifest, resolved.selection),
    tasks: explainTasks(references, resolved),
    dangling: findDangling(references, resolved.selection),
  };
}

function explainSections({ sections }: Manifest, selection: Selection): ExplainedSection[] {
  return sections.map(({ key, count, content }) => {
    const { owner } = sectionOf(key);
    const by =
      owner.by === 'component'
        ? `${owner.family}.${owner.value}`
        : owner.by === 'family'
          ? owner.family
          : null;
    if (!content) return { section: key, owner: by, state: 'rewritten', items: null, of: null };
    const take = selection.take(key);
    const items = countItems(take, count);
    return { section: key, owner: by, state: stateOf(take, items, count), items, of: count };
  });
}

function stateOf(take: Take, items: number | null, of: number | null): ExplainedSection['state'] {
  switch (take.as) {
    case 'absent':
      return 'left out';
    case 'text':
      return 'emptied';
    case 'items':
      return items === of ? 'edited' : 'some items';
    default:
      return take.as;
  }
}

/** How many of a list's items are in; null for what is no list. */
function countItems(take: Take, count: number | null): number | null {
  if (count === null) return null;
  if (take.as === 'absent' || take.as === 'text') return 0;
  if (take.as !== 'items') return count;
  let kept = 0;
  for (let index = 0; index < count; index += 1) if (take.keeps(index)) kept += 1;
  return kept;
}

function explainTasks(references: References, { selection, choice }: Resolved): ExplainedTask[] {
  const byState = new Set(choice?.byState);
  return subTaskKinds.flatMap((kind) => {
    const isThere = hasItems(selection, kind);
    return references.items(kind).map((task): ExplainedTask => {
      const kept = choice?.kept.get(kind);
      const isIn = isThere && (kept?.has(task.index) ?? true);
      const reason = isIn ? kept?.get(task.index) : undefined;
      const why = byState.has(task) ? 'state' : isThere ? 'not chosen' : 'component not chosen';
      return {
        ...nameOf(task),
        in: isIn,
        neededBy: reason ? chain(references, resolvedReasons(choice), reason) : [],
        leftOutBecause: isIn ? null : why,
      };
    });
  });
}

type Reasons = (task: Outline) => Reason | undefined;

function resolvedReasons(choice: Resolved['choice']): Reasons {
  return (task) => choice?.kept.get(task.section as SubTaskKind)?.get(task.index);
}

/** From a reason back, holder by holder, until something that was asked for. */
function chain(references: References, reasonOf: Reasons, first: Reason): Step[] {
  const steps: Step[] = [];
  for (let reason: Reason | undefined = first; reason?.by === 'reference'; ) {
    const { holder, task, kind }: Reason & { by: 'reference' } = reason;
    steps.push({ ...(task ? nameOf(task) : nameHolder(references, holder)), kind });
    reason = task && reasonOf(task);
  }
  return steps;
}

/** Whether an export has items of a section, if only as stubs. */
function hasItems(selection: Selection, section: string): boolean {
  const { as } = selection.take(section);
  return as !== 'absent' && as !== 'text';
}

/** Every reference made by what is in the export whose target is not. */
export function findDangling(references: References, selection: Selection): Dangling[] {
  const isIn = (item: Outline) => {
    const take = selection.take(item.section);
    return take.as === 'items' ? take.keeps(item.index) : hasItems(selection, item.section);
  };
  // Stubs have no nodes, so they refer to nothing but their name spaces.
  const isStub = ({ section, index }: Holder) => {
    const take = selection.take(section);
    return take.as === 'stubs' || (take.as === 'items' && take.isStub(index));
  };
  const kept = (section: string) => references.items(section).filter(isIn);

  const found: Reference[] = [
    ...kept('dialogs').flatMap((dialog) => references.ofDialog(dialog)),
    ...[...outlinedSections]
      .filter((section) => section !== 'dialogs')
      .flatMap((section) => kept(section).flatMap((item) => references.ofItem(item))),
    ...[...referringValues]
      .filter((section) => hasItems(selection, section))
      .flatMap((section) => references.ofValue(section)),
  ];
  const seen = new Set<string>();
  return found.flatMap((reference) => {
    const { link, target } = reference;
    const isNameSpace = link.kind === nameSpaceKind;
    if (!isNameSpace && reference.from.index >= 0 && isStub(reference.from)) return [];
    // Every item names its name space: one entry a section says it for all of them.
    const from = isNameSpace ? { section: reference.from.section, index: -1 } : reference.from;
    const there = target
      ? isIn(target)
      : link.to === 'environment variable' &&
        references.hasVariable(link.value) &&
        hasVariable(selection, link.value);
    const key = `${from.section} ${from.index} ${link.kind} ${link.to} ${link.value}`;
    if (there || seen.has(key)) return [];
    seen.add(key);
    const known =
      target !== undefined || (link.to === 'environment variable' && references.hasVariable(link.value));
    return [
      {
        from: nameHolder(references, from),
        kind: link.kind,
        to: { what: link.to, value: link.value, name: target?.names[0] ?? null },
        cause: known ? ('left out' as const) : ('not in the bot' as const),
      },
    ];
  });
}

function hasVariable({ variable }: Selection, key: string): boolean {
  return variable?.(key) ?? true;
}

function nameHolder(references: References, { section, index }: Holder): Named {
  const item = references.items(section)[index];
  return item ? nameOf(item) : { section, id: null, refId: null, name: null };
}

function nameOf({ section, id, refId, names }: Outline): Named {
  return { section, id: id ?? null, refId: refId ?? null, name: names[0] ?? null };
}
