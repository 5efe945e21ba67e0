import type { FieldChange } from './fields.ts';
import type { NoiseCounts } from './noise.ts';

export interface Counts {
  added: number;
  removed: number;
  changed: number;
  moved: number;
}

export interface FieldDifference {
  path: string;
  /** Name of the node of a dialog that the field is in. */
  node: string | null;
  change: FieldChange['change'];
  before: string | null;
  after: string | null;
  hidden: boolean;
}

export interface ItemDifference {
  /** `moved` where it only stands elsewhere; what changed may have moved, too. */
  change: 'added' | 'removed' | 'changed' | 'moved';
  what: string;
  name: string;
  type: string | null;
  of: string | null;
  id: string | null;
  refId: string | null;
  /** All of that in a few words. */
  words: string;
  /** Places in the list, counted from 0. */
  moved: { from: number; to: number } | null;
  fields: FieldDifference[];
  fieldsLeftOut: number;
}

export interface SectionDifference {
  section: string;
  title: string;
  /** Whether only the one definition has the section, or only the other. */
  only: 'from' | 'to' | null;
  counts: Counts;
  items: ItemDifference[];
  /** Items that are counted and not listed. */
  itemsLeftOut: number;
  /** Items that differ in nothing but noise. */
  noisyItems: number;
  noise: NoiseCounts;
}

export interface Difference {
  /** Whether nothing differs, but for noise. */
  same: boolean;
  counts: Counts;
  itemsLeftOut: number;
  noisyItems: number;
  noise: NoiseCounts;
  /** Those that differ. */
  sections: SectionDifference[];
}

/** A file beside one of the definitions. */
export interface PlacedFile {
  name: string;
  digest: string;
  size: number;
}

/** What has to be known of a definition to put a difference into words. */
export interface Wanted {
  /** Ids of dialogs and components of which the names are wanted. */
  names: Set<string>;
  /** Ids of components of which the dialog is wanted. */
  dialogs: Set<string>;
}

/** Names by ids, as far as they were found. */
export interface FoundNames {
  names: ReadonlyMap<string, string>;
  /** Names of dialogs by ids of their components. */
  dialogs: ReadonlyMap<string, string>;
}

export const countKeys = ['added', 'removed', 'changed', 'moved'] as const;

export function noCounts(): Counts {
  return { added: 0, removed: 0, changed: 0, moved: 0 };
}
