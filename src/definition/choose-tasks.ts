import { BotportError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { type SubTaskKind, subTaskKinds } from './options.ts';
import type { Outline } from './outline.ts';
import type { Holder, Reference, References } from './references.ts';

/** Why a task is in an export. */
export type Reason =
  | { by: 'request' }
  /** `holder`, a part of `task` or a section of the bot, refers to it in the way `kind` says. */
  | { by: 'reference'; holder: Holder; task: Outline | undefined; kind: string };

export interface TaskChoice {
  /** For each kind that is restricted: the tasks that are in, by position, and why. */
  kept: ReadonlyMap<SubTaskKind, ReadonlyMap<number, Reason>>;
  /** Tasks left out because of their state, whether asked for or not. */
  byState: readonly Outline[];
}

export interface TaskRequest {
  /** Ids, refIds or names; a list that is empty or missing does not restrict its kind. */
  subTasks: Readonly<Partial<Record<string, readonly string[]>>>;
  /**
   * Whether the lists come from the record in an archive. Such lists name other revisions of the tasks, too, and
   * forms by ids that no file holds; what is not found is passed over.
   */
  recorded: boolean;
  /** Whether tasks that what is chosen refers to come along. */
  dependent: boolean;
  exportType: 'latest' | 'published';
  /** How the export has a section: with all that is in its items, as stubs, which refer to nothing, or not at all. */
  has(section: string): 'whole' | 'stubs' | undefined;
}

/**
 * Chooses tasks.
 *
 * With `dependent`, what is chosen is closed: from the dialogs, forms and chosen flows that are in, and from the events
 * and knowledge graphs of the export, references are followed until nothing new comes. Breadth first and in the order of
 * the definition, so that the result and every reason are the same however the request was put, and every chain of
 * reasons is as short as can be.
 *
 * @throws `unknown_task`
 */
export function chooseTasks(references: References, request: TaskRequest): TaskChoice {
  const byState = tasksByState(references, request);
  const out = new Set(byState);
  const kept = new Map<SubTaskKind, Map<number, Reason>>();
  for (const kind of subTaskKinds) {
    const items = references.items(kind);
    const chosen = chosenItems(items, kind, request.subTasks[kind] ?? [], request.recorded);
    const inAfterState = (chosen ?? items).filter((item) => !out.has(item));
    if (chosen !== undefined || inAfterState.length < items.length) {
      kept.set(kind, new Map(inAfterState.map((item) => [item.index, { by: 'request' }])));
    }
  }
  if (request.dependent) close(references, request, kept, out);
  for (const [kind, tasks] of kept) {
    // Everything, asked for one by one, is everything.
    if (tasks.size === references.items(kind).length) kept.delete(kind);
  }
  return { kept, byState };
}

/** Follows references from what is in until nothing new comes. */
function close(
  references: References,
  request: TaskRequest,
  kept: Map<SubTaskKind, Map<number, Reason>>,
  out: ReadonlySet<Outline>,
): void {
  const isIn = (kind: SubTaskKind, item: Outline) => kept.get(kind)?.has(item.index) ?? true;
  const addTargets = (found: Reference[]): Outline[] => {
    const added: Outline[] = [];
    for (const { from, task, link, target } of found) {
      const tasks = target && kept.get(target.section as SubTaskKind);
      if (!target || !tasks || tasks.has(target.index) || out.has(target)) continue;
      if (request.has(target.section) === undefined) continue;
      tasks.set(target.index, { by: 'reference', holder: from, task, kind: link.kind });
      added.push(target);
    }
    return added;
  };
  const referencesOf = (task: Outline) =>
    task.section === 'dialogs' ? references.ofDialog(task) : references.ofItem(task);

  const speaks = (section: string) => request.has(section) === 'whole';
  const always = [
    ...(speaks('botEvents') ? references.ofValue('botEvents') : []),
    ...['botSentimentEvents', 'knowledgeTasks']
      .filter(speaks)
      .flatMap((section) => references.items(section).flatMap((item) => references.ofItem(item))),
  ];
  // Experience flows count only where they were chosen one by one: all of them would bring most of the bot along.
  const kinds: SubTaskKind[] = [
    'dialogs',
    'forms',
    ...(kept.has('experienceFlows') ? ['experienceFlows' as const] : []),
  ];
  let round = kinds
    .filter(speaks)
    .flatMap((kind) => references.items(kind).filter((task) => isIn(kind, task)));
  let found = [...round.flatMap(referencesOf), ...always];
  while (found.length > 0) {
    round = addTargets(found).sort(inOrder);
    found = round.filter(({ section }) => speaks(section)).flatMap(referencesOf);
  }
}

function inOrder(a: Outline, b: Outline): number {
  return a.section === b.section ? a.index - b.index : a.section < b.section ? -1 : 1;
}

/** The items a list names, or undefined when it does not restrict its kind. */
function chosenItems(
  items: readonly Outline[],
  kind: SubTaskKind,
  wanted: readonly string[],
  recorded: boolean,
): readonly Outline[] | undefined {
  if (wanted.length === 0) return undefined;
  const find = finder(items);
  const chosen = new Set<Outline>();
  let unknown: string | undefined;
  for (const name of new Set(wanted)) {
    const found = find(name);
    for (const item of found) chosen.add(item);
    if (found.length > 0 || recorded) continue;
    if (!isIdOfTask(name)) throw unknownTask(items, kind, name);
    // Archives record ids that no file holds: those of forms, and of tasks that were not exported.
    if (kind !== 'forms' && items.length > 0) unknown ??= name;
  }
  // The record of an archive, sent as a choice: with every task in it, it is everything.
  const everything = chosen.size === items.length && items.length > 0;
  if (unknown !== undefined && !everything) throw unknownTask(items, kind, unknown);
  return chosen.size === 0 ? undefined : items.filter((item) => chosen.has(item));
}

/** Finds tasks by id or refId, else by any of their names, in any case. */
function finder(items: readonly Outline[]): (wanted: string) => readonly Outline[] {
  const ids = new Map<string, Outline[]>();
  const names = new Map<string, Outline[]>();
  const add = (map: Map<string, Outline[]>, key: string, item: Outline) => {
    const known = map.get(key);
    if (known) known.push(item);
    else map.set(key, [item]);
  };
  for (const item of items) {
    for (const id of [item.id, item.refId]) if (id !== undefined) add(ids, id, item);
    for (const name of item.names) add(names, spelling(name), item);
  }
  return (wanted) => ids.get(wanted) ?? names.get(spelling(wanted)) ?? [];
}

function spelling(name: string): string {
  return name.trim().toLowerCase();
}

function isIdOfTask(text: string): boolean {
  return /^[a-z]{1,4}-[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text);
}

function unknownTask(items: readonly Outline[], kind: string, wanted: string): BotportError {
  const hint = nearest(
    wanted,
    items.flatMap((item) => item.names),
  );
  const words = hint === undefined ? `the bot has ${items.length} of them` : `did you mean "${hint}"?`;
  return new BotportError(
    'unknown_task',
    `subTasks.${kind}: ${JSON.stringify(wanted.slice(0, 100))}; ${words}`,
  );
}

/** States in which a task has nothing to give, by the copy asked for; tasks that do not say are in order. */
const statesLeftOut: Readonly<Record<'latest' | 'published', ReadonlySet<string>>> = {
  latest: new Set(['rejected', 'suspended']),
  published: new Set(['inprogress', 'configured', 'rejected', 'suspended']),
};

export function isLeftOutByState(state: string | undefined, exportType: 'latest' | 'published'): boolean {
  return state !== undefined && statesLeftOut[exportType].has(state.toLowerCase().replace(/[\s_-]/g, ''));
}

function tasksByState(references: References, { exportType }: TaskRequest): Outline[] {
  return subTaskKinds.flatMap((kind) =>
    references.items(kind).filter(({ state }) => isLeftOutByState(state, exportType)),
  );
}
