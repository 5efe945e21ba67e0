import { BotportError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Outline } from './outline.ts';
import type { Holder, Reference, References } from './references.ts';

/** The kinds of tasks a request can choose one by one, as `subTasks` names them: they are sections, too. */
export const subTaskKinds = ['dialogs', 'alerts', 'actions', 'forms', 'experienceFlows'] as const;
export type SubTaskKind = (typeof subTaskKinds)[number];

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
  /** Whether the export has the section at all. */
  has(section: string): boolean;
}

/**
 * Chooses tasks.
 *
 * With `dependent`, what is chosen is closed: from the dialogs and forms that are in, and from the events and
 * knowledge graphs of the export, references are followed until nothing new comes. Breadth first and in the order of
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
      if (!request.has(target.section)) continue;
      tasks.set(target.index, { by: 'reference', holder: from, task, kind: link.kind });
      added.push(target);
    }
    return added;
  };
  const referencesOf = (task: Outline) =>
    task.section === 'dialogs' ? references.ofDialog(task) : references.ofItem(task);

  const always = [
    ...(request.has('botEvents') ? references.ofValue('botEvents') : []),
    ...['botSentimentEvents', 'knowledgeTasks']
      .filter((section) => request.has(section))
      .flatMap((section) => references.items(section).flatMap((item) => references.ofItem(item))),
  ];
  let round = [
    ...references.items('dialogs').filter((dialog) => request.has('dialogs') && isIn('dialogs', dialog)),
    ...references.items('forms').filter((form) => request.has('forms') && isIn('forms', form)),
  ];
  let found = [...round.flatMap(referencesOf), ...always];
  while (found.length > 0) {
    round = addTargets(found).sort(inOrder);
    found = round.flatMap(referencesOf);
  }
}

function inOrder(a: Outline, b: Outline): number {
  return a.section === b.section ? a.index - b.index : a.section < b.section ? -1 : 1;
}

/** The items a list names, or undefined when it is empty. */
function chosenItems(
  items: readonly Outline[],
  kind: SubTaskKind,
  wanted: readonly string[],
  recorded: boolean,
): readonly Outline[] | undefined {
  if (wanted.length === 0) return undefined;
  const chosen = new Set<Outline>();
  const unknown: string[] = [];
  for (const name of wanted) {
    const found = findTasks(items, name);
    if (found.length === 0) unknown.push(name);
    for (const item of found) chosen.add(item);
  }
  const [first] = unknown;
  // The same record, sent as a choice: with every task in it, it is everything.
  const everything = chosen.size === items.length && items.length > 0 && unknown.every(isIdOfTask);
  if (first !== undefined && !recorded && !everything) throw unknownTask(items, kind, first);
  if (chosen.size === 0) return undefined;
  return items.filter((item) => chosen.has(item));
}

/** By id or refId, else by any of its names, in any case. */
function findTasks(items: readonly Outline[], wanted: string): Outline[] {
  const byId = items.filter((item) => item.id === wanted || item.refId === wanted);
  if (byId.length > 0) return byId;
  const name = wanted.trim().toLowerCase();
  return items.filter((item) => item.names.some((one) => one.trim().toLowerCase() === name));
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
