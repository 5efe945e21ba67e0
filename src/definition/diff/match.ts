import { isObject, textOf } from '../item.ts';
import { isId, withoutIds } from './ids.ts';
import { noiseOf } from './noise.ts';

/** One of two lists' items, to find it again in the other. */
export interface Matchable {
  /** The same for the same content. */
  readonly text: string;
  readonly value: unknown;
}

export interface Matched<T> {
  pairs: [before: T, after: T][];
  gone: T[];
  come: T[];
}

/**
 * Finds which item of one list is which of another: those with the same text, then by their ids, then those that are
 * the same but for their ids, then by what people call them. What has no name at all is matched by its place, and so
 * are bare ids.
 *
 * To be run to its end; it can be left for a while at each `yield`.
 *
 * @param nameFields fields that tell an item from others of its list, together
 */
export function* matchItems<T extends Matchable>(
  before: readonly T[],
  after: readonly T[],
  nameFields: readonly string[] | undefined,
): Generator<void, Matched<T>> {
  const pairs: [T, T][] = [];
  let [gone, come]: [readonly T[], readonly T[]] = [before, after];
  const name = (item: T) => nameOf(item.value, nameFields);
  const ways: { keyOf(item: T): string | undefined; onlyUnique?: boolean }[] = [
    { keyOf: ({ text }) => text },
    { keyOf: ({ value }) => field(value, '_id'), onlyUnique: true },
    { keyOf: ({ value }) => field(value, 'nodeId'), onlyUnique: true },
    { keyOf: ({ value }) => field(value, 'refId'), onlyUnique: true },
    { keyOf: ({ value }) => (isObject(value) ? JSON.stringify(withoutIds(value, isNoise)) : undefined) },
    { keyOf: name, onlyUnique: true },
    { keyOf: (item) => (isObject(item.value) && name(item) === undefined ? '' : undefined) },
    { keyOf: ({ value }) => (isId(value) ? '' : undefined) },
  ];
  for (const { keyOf, onlyUnique = false } of ways) {
    if (gone.length === 0 || come.length === 0) break;
    const found = yield* pairUp(gone, come, keyOf, onlyUnique);
    for (const pair of found.pairs) pairs.push(pair);
    [gone, come] = [found.gone, found.come];
  }
  return { pairs, gone: [...gone], come: [...come] };
}

/** {@link matchItems} in one go, for short lists. */
export function matchAtOnce<T extends Matchable>(before: readonly T[], after: readonly T[]): Matched<T> {
  const matching = matchItems(before, after, undefined);
  for (;;) {
    const { done, value } = matching.next();
    if (done) return value;
  }
}

function isNoise(key: string): boolean {
  return noiseOf(key, undefined) !== undefined;
}

/** Of those with the same key the first is paired with the first, and so on; or only those that are alone with it. */
function* pairUp<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string | undefined,
  onlyUnique: boolean,
): Generator<void, Matched<T>> {
  const from = yield* byKey(before, keyOf);
  const to = yield* byKey(after, keyOf);
  const partners = new Map<T, T>();
  for (const [key, items] of from) {
    const others = to.get(key) ?? [];
    if (onlyUnique && (items.length > 1 || others.length > 1)) continue;
    items.slice(0, others.length).forEach((item, at) => {
      const other = others[at];
      if (other !== undefined) partners.set(item, other);
    });
  }
  const taken = new Set(partners.values());
  return {
    pairs: [...partners],
    gone: before.filter((item) => !partners.has(item)),
    come: after.filter((item) => !taken.has(item)),
  };
}

function* byKey<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): Generator<void, Map<string, T[]>> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    yield;
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** What tells an item of an unknown list from the others: the first of these it has. */
const usualNames: readonly string[] = [
  'key',
  'name',
  'fieldName',
  'channel',
  'question',
  'groupName',
  'language',
];

function nameOf(value: unknown, fields: readonly string[] | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  if (!fields) {
    const usual = usualNames.find((name) => textOf(value[name]) !== undefined);
    return usual && `${usual} ${value[usual]}`;
  }
  const parts = fields.map((name) => value[name]);
  return typeof parts[0] === 'string' && parts[0] !== '' ? JSON.stringify(parts) : undefined;
}

function field(value: unknown, key: string): string | undefined {
  return isObject(value) ? textOf(value[key]) : undefined;
}

/** Fields of a list's item that tell people which one is meant, for a path: the first it has. */
const labels: readonly string[] = ['nodeId', 'name', 'key', 'fieldName', 'groupName', 'channel', 'language'];
const longestLabel = 40;

/** How a path names an item of a list. */
export function labelOf(value: unknown, place: number): string {
  const label = isObject(value) ? labels.map((name) => textOf(value[name])).find((text) => text) : undefined;
  return label !== undefined && label.length <= longestLabel ? label : String(place);
}
