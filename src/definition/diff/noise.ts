/*
 * What differs between two definitions though nobody changed the bot. docs/differences.md says how each was found in
 * real exports.
 */

/**
 * - times: when something was made or changed
 * - authors: who made or changed it
 * - ids: the same thing under another id, and references that follow it
 * - order: places in lists whose order means nothing
 * - keys: the order of the members of an object
 * - counters: numbers that follow from the rest
 * - drawing: where and how the editor draws a node
 */
export const noiseKinds = ['times', 'authors', 'ids', 'order', 'keys', 'counters', 'drawing'] as const;
export type NoiseKind = (typeof noiseKinds)[number];

/** How many fields differ in noise alone, by its kind. */
export type NoiseCounts = Record<NoiseKind, number>;

export function noNoise(): NoiseCounts {
  return { times: 0, authors: 0, ids: 0, order: 0, keys: 0, counters: 0, drawing: 0 };
}

export function addNoise(sum: NoiseCounts, more: NoiseCounts): void {
  for (const kind of noiseKinds) sum[kind] += more[kind];
}

const noisyFields: Readonly<Record<string, NoiseKind>> = {
  createdOn: 'times',
  lastModifiedOn: 'times',
  modifiedOn: 'times',
  lMod: 'times',
  createdBy: 'authors',
  lModBy: 'authors',
  lastModifiedBy: 'authors',
  modifiedBy: 'authors',
  __v: 'counters',
  mlUtterances: 'counters',
};

/** Of the `metadata` of a node, or of a transition: where it stands, and how the line to the next one is drawn. */
const drawn: ReadonlySet<string> = new Set(['left', 'top', 'color', 'connId']);

/** The noise a field is, whatever its value; `holder` is the field its object stands in. */
export function noiseOf(field: string, holder: string | undefined): NoiseKind | undefined {
  if (holder === 'metadata' && drawn.has(field)) return 'drawing';
  return Object.hasOwn(noisyFields, field) ? noisyFields[field] : undefined;
}

/** Sections whose items stand in an order that the platform makes: by id, by name, by what they belong to. */
const storedInAnyOrder: ReadonlySet<string> = new Set([
  'advancedNLSettings',
  'dialogComponents',
  'dialogs',
  'mlParams',
  'panels',
  'patterns',
  'sceneComponents',
  'scenes',
  'sentences',
  'widgets',
]);

/** Lists inside an item whose order means nothing: a node says itself which one is next. */
const listsInAnyOrder: ReadonlySet<string> = new Set(['nodes', 'vNameSpace']);

export function isSectionOrdered(section: string): boolean {
  return !storedInAnyOrder.has(section);
}

export function isListOrdered(field: string): boolean {
  return !listsInAnyOrder.has(field);
}
