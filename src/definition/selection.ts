import { inside, joinItems, joinMembers, splitItems, splitMembers } from '../json/parts.ts';
import { isLeftOutByState, type TaskChoice } from './choose-tasks.ts';
import type { Options, SubTaskKind } from './options.ts';
import type { Outline } from './outline.ts';
import type { References } from './references.ts';
import { orderKeysWithoutSettings, type Section, sectionOf } from './sections.ts';
import { itemLevel, stubOf } from './stub.ts';

/** What an export takes of one section. Texts are laid out for their place in the file. */
export type Take =
  | { as: 'whole' }
  | { as: 'absent' }
  /** This text instead of the section’s own. */
  | { as: 'text'; text: string }
  /** Every item as a stub. */
  | { as: 'stubs' }
  /** The items that are kept, each with the text it gets. */
  | {
      as: 'items';
      keeps(index: number): boolean;
      /** Whether an item is cut to a stub. */
      isStub(index: number): boolean;
      /** Whether the items are taken as they are, or their stubs are. */
      of: 'whole' | 'stubs';
      /** The text an item gets instead, where that is another. */
      edit?: (index: number, text: string) => string;
    }
  /** The section’s value, edited. */
  | { as: 'edited'; edit(text: string): string };

/** A request resolved against one definition. */
export interface Selection {
  options: Options;
  take(section: string): Take;
  /** The keys of the sections that are in, in the order of the export. */
  order(keys: readonly string[]): string[];
  /** Whether an environment variable is in config.json; `null` when the file stays as it is. */
  variable: ((key: string) => boolean) | null;
}

const whole: Take = { as: 'whole' };

/** What the section-level rules need to know of a definition. */
export interface SelectionFacts {
  /** The bot's `type`. */
  type: string;
  /** States of its tasks, of those that say. */
  states: readonly string[];
  /** refId of its default dialog. */
  defaultDialogId: string | undefined;
}

/** How an export has a section, before single tasks are chosen; undefined if it is left out or emptied. */
export function takesPart(
  section: string,
  options: Options,
  facts: SelectionFacts,
): 'whole' | 'stubs' | undefined {
  const { as } = takeByOwner(section, options, facts);
  return as === 'whole' || as === 'stubs' ? as : undefined;
}

/** What the catalogue says an export takes of a section, before single tasks are chosen. */
export function takeByOwner(key: string, options: Options, facts: SelectionFacts): Take {
  const section = ownerIn(facts, sectionOf(key));
  if (key === 'customDashboards' && options.withoutDashboards) return emptyList;
  if (key === 'contentVariables' && options.variables.content) return emptyList;
  if (isChosen(section, options)) return whole;
  switch (section.leftover) {
    case 'absent':
      return { as: 'absent' };
    case 'empty list':
      return emptyList;
    case 'empty object':
      return { as: 'text', text: '{}' };
    case 'stubs':
      return { as: 'stubs' };
    case 'whole':
      return whole;
  }
}

const emptyList: Take = { as: 'text', text: '[]' };

/** In a universal bot, small talk is a bot component. */
function ownerIn({ type }: SelectionFacts, section: Section): Section {
  if (type !== 'universalbot' || section.key !== 'smallTalk') return section;
  return { ...section, owner: { by: 'component', family: 'botComponents', value: 'smallTalk' } };
}

function isChosen({ owner }: Section, options: Options): boolean {
  if (!options.named) return true;
  if (owner.by === 'component') return options.has(owner.family, owner.value);
  return owner.by === 'family' ? options.hasAny(owner.family) : true;
}

/** Resolves a request for which no single task has to be looked at. */
export function selectSections(options: Options, facts: SelectionFacts): Selection {
  return {
    options,
    take: (key) => takeByOwner(key, options, facts),
    order: (keys) => orderOf(keys, options),
    variable: variableFilter(options),
  };
}

/** Whether the request cannot be resolved without the outline of the definition. */
export function needsOutline(options: Options, facts: SelectionFacts): boolean {
  return (
    Object.values(options.subTasks).some((names) => names.length > 0) ||
    options.variables.ignore.size > 0 ||
    facts.states.some((state) => isLeftOutByState(state, options.exportType)) ||
    takesDefaultDialog(options, facts)
  );
}

/** Resolves a request that chooses single tasks or variables. */
export function selectItems(
  options: Options,
  facts: SelectionFacts,
  references: References,
  choice: TaskChoice,
): Selection {
  const sections = selectSections(options, facts);
  const members = membersOf(references, choice);
  const special = takesDefaultDialog(options, facts) ? defaultDialogParts(references, facts) : undefined;

  const take = (key: string): Take => {
    const plain = sections.take(key);
    if (key === 'unexportedTasks' && choice.byState.length > 0)
      return { as: 'edited', edit: addTasks(choice.byState) };
    if (plain.as !== 'whole' && plain.as !== 'stubs') return plain;
    if (key === 'contentVariables') {
      const ignored = (index: number) =>
        references.items(key)[index]?.names.some((name) => options.variables.ignore.has(name)) === true;
      return references.items(key).some(({ index }) => ignored(index))
        ? keepItems((index) => !ignored(index))
        : plain;
    }
    const kept = members(key);
    if (special && plain.as === 'stubs' && special.has(key)) {
      const isStub = (index: number) => special.get(key)?.has(index) !== true;
      return {
        as: 'items',
        keeps: (index) => kept?.has(index) ?? true,
        isStub,
        of: 'whole',
        edit: (index, text) => (isStub(index) ? stubOf(key, text) : text),
      };
    }
    if (kept) {
      const stubs = plain.as === 'stubs';
      const keeps = (index: number) => kept.has(index);
      return { as: 'items', keeps, isStub: () => stubs, of: stubs ? 'stubs' : 'whole' };
    }
    const dialogs = choice.kept.get('dialogs');
    if (!dialogs || plain.as === 'stubs') return plain;
    if (key === 'mlParams') {
      const left = leftOut(references, dialogs);
      return { ...keepItems(() => true), edit: (_index, text) => withoutIntents(text, left) };
    }
    if (key === 'botEvents') {
      const left = leftOut(references, dialogs);
      const isHit = references.ofValue(key).some(({ link }) => left(link.value));
      return isHit ? { as: 'edited', edit: (text) => switchOffEvents(text, left) } : plain;
    }
    return plain;
  };
  const taken = new Map<string, Take>();
  return {
    ...sections,
    take(key) {
      const known = taken.get(key) ?? take(key);
      taken.set(key, known);
      return known;
    },
  };
}

function keepItems(keeps: (index: number) => boolean): Take & { as: 'items' } {
  return { as: 'items', keeps, isStub: () => false, of: 'whole' };
}

/** With settings an export has the bot's own order of keys, without any a fixed one. */
function orderOf(keys: readonly string[], options: Options): string[] {
  return options.hasAny('settings') ? [...keys] : orderKeysWithoutSettings(keys);
}

function variableFilter({ named, has, variables }: Options): ((key: string) => boolean) | null {
  if ((named && !has('settings', 'botVariables')) || variables.environment) return () => false;
  return variables.ignore.size > 0 ? (key) => !variables.ignore.has(key) : null;
}

/**
 * The items of a section that are in, where the choice of tasks restricts it: the tasks themselves, and what belongs
 * to the dialogs that are in. Undefined where it does not.
 */
function membersOf(
  references: References,
  choice: TaskChoice,
): (section: string) => ReadonlySet<number> | undefined {
  const dialogs = choice.kept.get('dialogs');
  const kept = (kind: SubTaskKind) =>
    references.items(kind).filter(({ index }) => choice.kept.get(kind)?.has(index) ?? true);
  const keptDialogs = kept('dialogs');
  const parts = new Set(
    dialogs
      ? keptDialogs.flatMap((dialog) => references.partsOf(dialog))
      : [...keptDialogs, ...references.items('dialogComponents')],
  );
  /** What patterns and sentences belong to. */
  const spoken = [...parts, ...kept('actions'), ...kept('alerts'), ...kept('experienceFlows')];
  const restrictsSpoken = (['dialogs', 'actions', 'alerts', 'experienceFlows'] as const).some((kind) =>
    choice.kept.has(kind),
  );

  const ids = (items: Iterable<Outline>) => new Set([...items].flatMap(({ id }) => id ?? []));
  const refIds = (items: Iterable<Outline>) => new Set([...items].flatMap(({ refId }) => refId ?? []));
  const where = (section: string, keep: (item: Outline) => boolean) =>
    new Set(
      references
        .items(section)
        .filter(keep)
        .map(({ index }) => index),
    );
  const belonging = (section: string, owners: ReadonlySet<string>) =>
    where(section, ({ belongsTo }) => belongsTo !== undefined && owners.has(belongsTo));

  return (section) => {
    const chosen = choice.kept.get(section as SubTaskKind);
    if (chosen) return new Set(chosen.keys());
    switch (section) {
      case 'dialogComponents':
        return dialogs && where(section, (component) => parts.has(component));
      case 'patterns': {
        if (!restrictsSpoken) return undefined;
        const owners = refIds(spoken);
        return where(section, ({ refId }) => refId !== undefined && owners.has(refId));
      }
      case 'sentences':
        return restrictsSpoken ? belonging(section, ids(spoken)) : undefined;
      case 'scenes':
        return dialogs && belonging(section, refIds(keptDialogs));
      case 'sceneComponents': {
        if (!dialogs) return undefined;
        const scenes = belonging('scenes', refIds(keptDialogs));
        return belonging(section, ids(references.items('scenes').filter(({ index }) => scenes.has(index))));
      }
      default:
        return undefined;
    }
  };
}

/** A universal bot gives its default dialog whole where its tasks are not chosen but `defaultDialog` is. */
function takesDefaultDialog(options: Options, { type }: SelectionFacts): boolean {
  return (
    type === 'universalbot' &&
    options.named &&
    options.has('nlpData', 'defaultDialog') &&
    !options.has('tasks', 'botTask')
  );
}

function defaultDialogParts(
  references: References,
  { defaultDialogId }: SelectionFacts,
): ReadonlyMap<string, ReadonlySet<number>> {
  const dialogs = defaultDialogId === undefined ? [] : references.items('dialogs');
  const dialog = dialogs.find(({ refId }) => refId === defaultDialogId);
  const parts = dialog ? references.partsOf(dialog) : [];
  const of = (section: string) =>
    new Set(parts.filter((part) => part.section === section).map(({ index }) => index));
  return new Map(['dialogs', 'dialogComponents'].map((section) => [section, of(section)]));
}

/** Says of a dialog's id or refId whether the dialog is left out of the export. */
function leftOut(references: References, kept: ReadonlyMap<number, unknown>): (name: string) => boolean {
  const namesWhere = (isIn: boolean) =>
    new Set(
      references
        .items('dialogs')
        .filter(({ index }) => kept.has(index) === isIn)
        .flatMap(({ id, refId }) => [id, refId]),
    );
  const [out, there] = [namesWhere(false), namesWhere(true)];
  return (name) => out.has(name) && !there.has(name);
}

/** An item of `mlParams` without the dialogs that are left out. */
function withoutIntents(text: string, left: (refId: string) => boolean): string {
  return editMember(text, itemLevel, 'dialogIntents', (list) => {
    const level = itemLevel + 1;
    if (!list.startsWith('[')) return list;
    const kept = splitItems(inside(list, level), level).filter((item) => !left(asText(item)));
    return joinItems(kept, level);
  });
}

/** `botEvents` with the events that would start a dialog that is left out switched off. */
function switchOffEvents(text: string, left: (refId: string) => boolean): string {
  if (!text.startsWith('{')) return text;
  const [level, eventLevel] = [1, 2];
  const events = splitMembers(text, level).map(([name, event]): [string, string] => {
    if (!event.startsWith('{')) return [name, event];
    const task = splitMembers(event, eventLevel).find(([key]) => key === 'task')?.[1];
    const off = task !== undefined && left(asText(task));
    return [name, off ? editMember(event, eventLevel, 'enabled', () => 'false') : event];
  });
  return joinMembers(events, level);
}

/** `unexportedTasks` with the tasks that an export leaves out because of their state. */
function addTasks(tasks: readonly Outline[]): (text: string) => string {
  return (text) => {
    const level = 1;
    const there = text.startsWith('[') ? splitItems(inside(text, level), level) : [];
    const added = tasks.map(({ id, refId, names, section, state }) =>
      JSON.stringify({ _id: id, refId, name: names[0], type: section, state }, null, 4).replaceAll(
        '\n',
        '\n        ',
      ),
    );
    return joinItems([...there, ...added], level);
  };
}

function editMember(text: string, level: number, key: string, edit: (value: string) => string): string {
  const members = splitMembers(text, level);
  return joinMembers(
    members.map(([name, value]) => [name, name === key ? edit(value) : value]),
    level,
  );
}

/** The text a JSON string holds; of anything else, what is written. */
function asText(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
