import { kindOf, titleOf } from '../definition/diff/words.ts';
import type { Task } from '../definition/item.ts';
import { type Outline, outlinedSections, referringValues } from '../definition/outline.ts';
import type { Reference, References } from '../definition/references.ts';
import { isTaskSection } from '../definition/sections.ts';
import { BotportError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/*
 * Who calls whom in a bot: its tasks, what else starts dialogs (events, sentiments), and the references between them.
 */

/** Something that calls or is called. */
export interface Caller {
  section: string;
  /** `dialog`, `form`, `knowledge graph`, …; `setting` of what is no list; `nothing` of a target that is not there. */
  what: string;
  name: string;
  id: string | null;
  refId: string | null;
  state: string | null;
}

/** All references of one kind between two of them. */
export interface Call {
  /** Places of the two in the list of callers. */
  from: number;
  to: number;
  /** What it is for, in a builder's words: `call`, `follow-up`, `event`, … */
  kind: string;
  /** How many references there are. */
  times: number;
}

export interface CallGraph {
  callers: Caller[];
  calls: Call[];
}

/** Sections whose items are parts of others, or words and settings that nobody calls. */
const notCallers: ReadonlySet<string> = new Set([
  'dialogComponents',
  'sentences',
  'patterns',
  'scenes',
  'sceneComponents',
  'pii_patterns',
  'contentVariables',
  'namespaces',
  'idpConfigurations',
]);

/** What a caller is called where it is a reference to what the bot does not have. */
export const missing = 'nothing';

/** @param tasks the named items of the task sections, in their order: so they have the names people know */
export function callGraph(
  references: References,
  tasks: Readonly<Record<string, readonly Task[]>>,
): CallGraph {
  const callers: Caller[] = [];
  const places = new Map<string, number>();
  const calls = new Map<string, Call>();
  const place = (key: string, make: () => Caller): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, callers.push(make()) - 1);
    return callers.length - 1;
  };
  const placeOf = (item: Outline) =>
    place(`${item.section} ${item.index}`, () => callerOf(item, tasks[item.section]?.[item.index]));
  const dialogsOf = dialogsOfComponents(references);

  const add = (from: number, { link, target }: Reference) => {
    if (link.to !== 'dialog' && link.to !== 'component' && link.to !== 'form') return;
    const targets =
      target?.section === 'dialogComponents' ? dialogsOf(target) : target ? [target] : undefined;
    const found = targets?.map(placeOf) ?? [
      place(`nothing ${link.value}`, () => ({ ...nobody, what: missing, name: link.value })),
    ];
    for (const to of found) {
      if (to === from) continue;
      const key = `${from} ${to} ${link.kind}`;
      const call = calls.get(key) ?? { from, to, kind: link.kind, times: 0 };
      call.times += 1;
      calls.set(key, call);
    }
  };

  for (const section of outlinedSections) {
    if (notCallers.has(section)) continue;
    for (const item of references.items(section)) {
      const found = section === 'dialogs' ? references.ofDialog(item) : references.ofItem(item);
      // Tasks are there whether they call anybody or not.
      if (found.length === 0 && !isTaskSection(section)) continue;
      const from = placeOf(item);
      for (const reference of found) add(from, reference);
    }
  }
  for (const section of referringValues) {
    const found = references.ofValue(section);
    if (found.length === 0) continue;
    const from = place(section, () => ({
      ...nobody,
      section,
      what: kindOf(section, false),
      name: titleOf(section),
    }));
    for (const reference of found) add(from, reference);
  }
  return { callers, calls: [...calls.values()] };
}

const nobody: Caller = { section: '', what: '', name: '', id: null, refId: null, state: null };

function callerOf({ section, id, refId, names, state }: Outline, task: Task | undefined): Caller {
  return {
    section,
    what: kindOf(section, true),
    name: task?.name || names[0] || (refId ?? id ?? ''),
    id: id ?? null,
    refId: refId ?? null,
    state: state ?? null,
  };
}

/** The dialogs that a component is a part of: who refers to it refers to them. */
function dialogsOfComponents(references: References): (component: Outline) => readonly Outline[] {
  let known: Map<Outline, Outline[]> | undefined;
  return (component) => {
    if (!known) {
      known = new Map();
      for (const dialog of references.items('dialogs')) {
        for (const part of references.partsOf(dialog)) {
          const dialogs = known.get(part) ?? [];
          known.set(part, dialogs);
          dialogs.push(dialog);
        }
      }
    }
    return known.get(component) ?? [];
  };
}

/**
 * What a dialog reaches, and what reaches it, step by step to the end.
 *
 * @param name an id, a refId, or a name in any case
 * @throws `unknown_task`
 */
export function around({ callers, calls }: CallGraph, name: string): CallGraph {
  const isDialog = ({ section }: Caller) => section === 'dialogs';
  const isCalled = (caller: Caller) =>
    isDialog(caller) &&
    (caller.id === name ||
      caller.refId === name ||
      caller.name.toLocaleLowerCase() === name.toLocaleLowerCase());
  const start = callers.flatMap((caller, place) => (isCalled(caller) ? [place] : []));
  if (start.length === 0) {
    const known = callers.filter(isDialog).map((caller) => caller.name);
    const hint = nearest(name, known);
    const words = hint === undefined ? '' : `; did you mean ${JSON.stringify(hint)}?`;
    throw new BotportError('unknown_task', `--dialog: ${JSON.stringify(name.slice(0, 100))}${words}`);
  }
  const ahead = walk(start, calls, ({ from, to }) => [from, to]);
  const back = walk(start, calls, ({ from, to }) => [to, from]);
  const kept = [...new Set([...ahead, ...back])].sort((one, other) => one - other);
  const places = new Map(kept.map((old, place) => [old, place]));
  return {
    callers: kept.flatMap((place) => callers[place] ?? []),
    calls: calls.flatMap((call) => {
      const isOn = (side: ReadonlySet<number>) => side.has(call.from) && side.has(call.to);
      const [from, to] = [places.get(call.from), places.get(call.to)];
      return from === undefined || to === undefined || !(isOn(ahead) || isOn(back))
        ? []
        : [{ ...call, from, to }];
    }),
  };
}

function walk(
  start: readonly number[],
  calls: readonly Call[],
  step: (call: Call) => [from: number, to: number],
): Set<number> {
  const next = new Map<number, number[]>();
  for (const call of calls) {
    const [from, to] = step(call);
    const known = next.get(from) ?? [];
    next.set(from, known);
    known.push(to);
  }
  const reached = new Set(start);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const place of reached) for (const to of next.get(place) ?? []) reached.add(to);
  return reached;
}
