import type { TaskChoice } from './choose-tasks.ts';
import { addTasks, switchOffEvents, withoutIntents } from './edits.ts';
import { leftOut, membersOf } from './members.ts';
import type { Options } from './options.ts';
import type { References } from './references.ts';
import {
  type Selection,
  type SelectionFacts,
  selectSections,
  type Take,
  takesDefaultDialog,
} from './selection.ts';
import { stubOf } from './stub.ts';

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
