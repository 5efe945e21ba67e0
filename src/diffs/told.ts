/*
 * What a difference has to say for a report of it to be written: one that was made here says it, and so does the reply of
 * a host.
 */

export interface ToldDifference {
  from: ToldSide;
  to: ToldSide;
  difference: {
    same: boolean;
    counts: ToldCounts;
    itemsLeftOut: number;
    noisyItems: number;
    noise: ToldNoise;
    sections: readonly ToldSection[];
  };
}

export interface ToldSide {
  /** As it was named. */
  side: string;
  /** `version 2 of "Travel"`. */
  words: string;
}

export interface ToldCounts {
  added: number;
  removed: number;
  changed: number;
  moved: number;
}

/** By kind; of kinds that are missing there is none. */
export type ToldNoise = Readonly<Record<string, number>>;

export interface ToldSection {
  section: string;
  title: string;
  only: 'from' | 'to' | null;
  counts: ToldCounts;
  items: readonly ToldItem[];
  itemsLeftOut: number;
  noisyItems: number;
  noise: ToldNoise;
}

export interface ToldItem {
  change: 'added' | 'removed' | 'changed' | 'moved';
  what: string;
  words: string;
  moved: { from: number; to: number } | null;
  fields: readonly ToldField[];
  fieldsLeftOut: number;
}

export interface ToldField {
  path: string;
  node: string | null;
  change: 'added' | 'removed' | 'changed' | 'order';
  before: string | null;
  after: string | null;
  hidden: boolean;
}
