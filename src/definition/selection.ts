import { isLeftOutByState } from './choose-tasks.ts';
import type { Options } from './options.ts';
import { orderKeysWithoutSettings, type Section, sectionOf } from './sections.ts';

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

/** With settings an export has the bot's own order of keys, without any a fixed one. */
function orderOf(keys: readonly string[], options: Options): string[] {
  return options.hasAny('settings') ? [...keys] : orderKeysWithoutSettings(keys);
}

function variableFilter({ named, has, variables }: Options): ((key: string) => boolean) | null {
  if ((named && !has('settings', 'botVariables')) || variables.environment) return () => false;
  return variables.ignore.size > 0 ? (key) => !variables.ignore.has(key) : null;
}

/** A universal bot gives its default dialog whole where its tasks are not chosen but `defaultDialog` is. */
export function takesDefaultDialog(options: Options, { type }: SelectionFacts): boolean {
  return (
    type === 'universalbot' &&
    options.named &&
    options.has('nlpData', 'defaultDialog') &&
    !options.has('tasks', 'botTask')
  );
}
