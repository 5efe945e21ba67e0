import { isObject, textOf } from '../item.ts';
import { isId, isOwnId, type RenewedIds } from './ids.ts';
import { labelOf, matchAtOnce } from './match.ts';
import { outOfOrder } from './moved.ts';
import { isListOrdered, type NoiseKind, noiseOf, noNoise } from './noise.ts';
import { holdsSecret, isPlain, isSecretMember } from './secrets.ts';
import { show, showPair } from './shown.ts';

/** A field that differs, in the words of the definition. */
export interface FieldChange {
  /** Where it is in the item: `nodes[message1].transitions[0].default`; empty for the item as a whole. */
  path: string;
  /** `order`: the same things in another order that means something. */
  change: 'added' | 'removed' | 'changed' | 'order';
  /** JSON, shortened; null where there is nothing, or where it is not shown. */
  before: string | null;
  after: string | null;
  /** Whether the values are not shown since they may be secret. */
  hidden: boolean;
  /** Id of the component of the node the field is in. */
  component: string | undefined;
  /** Whether the values are ids of other things, as they are. */
  isReference?: boolean;
}

/** A field that holds another id than before: a change, or a reference that follows a renewed id. */
export interface ChangedReference {
  path: string;
  before: string;
  after: string;
  component: string | undefined;
  /** Whether the ids are not to be shown. */
  secret: boolean;
}

/** Most changed fields of one item that are told one by one. */
export const mostFields = 50;

/** Where a comparison is. */
interface Place {
  path: string;
  /** The nearest field around. */
  field: string;
  secret: boolean;
  component: string | undefined;
}

/** Two states of one thing, field by field. */
export class Fields {
  readonly changes: FieldChange[] = [];
  /** Changes that are counted only. */
  more = 0;
  readonly references: ChangedReference[] = [];
  readonly noise = noNoise();
  readonly #renewed: RenewedIds;

  /**
   * @param field the field they stand in, where they do
   * @param secret whether no text of them is to be shown
   */
  constructor(
    before: unknown,
    after: unknown,
    { renewed, field, secret }: { renewed: RenewedIds; field: string; secret: boolean },
  ) {
    this.#renewed = renewed;
    this.#compare(before, after, { path: '', field, secret, component: undefined });
  }

  #compare(before: unknown, after: unknown, place: Place): void {
    if (before === after) return;
    if (isObject(before) && isObject(after)) this.#compareObjects(before, after, place);
    else if (Array.isArray(before) && Array.isArray(after)) this.#compareLists(before, after, place);
    else if (isId(before) && isId(after)) this.#compareIds(before, after, place);
    else if (!isSame(before, after)) this.#add('changed', before, after, place);
  }

  #compareObjects(before: Record<string, unknown>, after: Record<string, unknown>, place: Place): void {
    const [from, to] = [Object.keys(before), Object.keys(after)];
    const renamed = renamedKeys(before, after, from, to);
    const isIn = (object: Record<string, unknown>, key: string) => Object.hasOwn(object, key);
    const kept = from.filter((key) => isIn(after, key));
    const stillThere = to.filter((key) => isIn(before, key));
    if (kept.some((key, at) => key !== stillThere[at])) this.noise.keys += 1;

    const component = textOf(after.componentId) ?? textOf(before.componentId) ?? place.component;
    const inside = (key: string): Place => ({
      path: place.path === '' ? key : `${place.path}.${key}`,
      field: key,
      secret: place.secret || isSecretMember(before, after, key),
      component,
    });
    for (const key of from) {
      const [one, at] = [before[key], inside(key)];
      const newKey = renamed.get(key);
      const other = newKey === undefined ? after[key] : after[newKey];
      if (newKey !== undefined) this.#compareIds(key, newKey, { ...at, field: '' });
      if (newKey === undefined && !isIn(after, key)) this.#alone('removed', key, one, at, place.field);
      else this.#compareMember(key, one, other, at, place.field);
    }
    const news = new Set(renamed.values());
    for (const key of to) {
      if (!isIn(before, key) && !news.has(key))
        this.#alone('added', key, after[key], inside(key), place.field);
    }
  }

  #compareMember(key: string, before: unknown, after: unknown, place: Place, holder: string): void {
    const kind = noiseOf(key, holder);
    if (kind === undefined) this.#compare(before, after, place);
    else if (!isSame(before, after)) this.noise[kind] += 1;
  }

  /** A member that only one of two objects has. */
  #alone(change: 'added' | 'removed', key: string, value: unknown, place: Place, holder: string): void {
    const kind: NoiseKind | undefined = noiseOf(key, holder);
    if (kind !== undefined) this.noise[kind] += 1;
    else if (change === 'added') this.#add(change, undefined, value, place);
    else this.#add(change, value, undefined, place);
  }

  #compareLists(before: readonly unknown[], after: readonly unknown[], place: Place): void {
    if (isSame(before, after)) return;
    const at = (label: string): Place => ({ ...place, path: `${place.path}[${label}]` });
    const toItems = (values: readonly unknown[]) =>
      values.map((value, index) => ({ text: JSON.stringify(value), value, index }));
    // Plain values of as many places as before: each is what it was, or another.
    if (
      before.length === after.length &&
      ![...before, ...after].some(isContainer) &&
      !isMixed(before, after)
    ) {
      before.forEach((one, index) => {
        this.#compare(one, after[index], at(String(index)));
      });
      return;
    }
    const { pairs, gone, come } = matchAtOnce(toItems(before), toItems(after));
    pairs.sort(([, one], [, other]) => one.index - other.index);
    if (outOfOrder(pairs.map(([one]) => one.index)).size > 0) {
      if (isListOrdered(place.field)) this.#add('order', undefined, undefined, place);
      else this.noise.order += 1;
    }
    for (const [one, other] of pairs) {
      this.#compare(one.value, other.value, at(labelOf(other.value, other.index)));
    }
    for (const one of gone) this.#add('removed', one.value, undefined, at(labelOf(one.value, one.index)));
    for (const one of come) this.#add('added', undefined, one.value, at(labelOf(one.value, one.index)));
  }

  #compareIds(before: string, after: string, { path, field, component, secret }: Place): void {
    if (isOwnId(field)) {
      this.#renewed.add(before, after);
      this.noise.ids += 1;
    } else {
      this.references.push({ path, before, after, component, secret });
    }
  }

  #add(change: FieldChange['change'], before: unknown, after: unknown, place: Place): void {
    if (this.changes.length >= mostFields) {
      this.more += 1;
      return;
    }
    const { path, secret } = place;
    const component = componentOf(after) ?? componentOf(before) ?? place.component;
    const hidden = [before, after].some((value) => (secret && !isPlain(value)) || holdsSecret(value));
    const shown =
      change === 'changed'
        ? showPair(before, after)
        : {
            before: change === 'removed' ? show(before) : null,
            after: change === 'added' ? show(after) : null,
          };
    this.changes.push({
      path,
      change,
      component,
      hidden,
      ...(hidden ? { before: null, after: null } : shown),
    });
  }
}

function componentOf(value: unknown): string | undefined {
  return isObject(value) ? textOf(value.componentId) : undefined;
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Whether some of one list are in the other at another place. */
function isMixed(before: readonly unknown[], after: readonly unknown[]): boolean {
  const known = new Set(before);
  return after.some((value, index) => value !== before[index] && known.has(value));
}

function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

/** Keys that are ids, and were renewed: as many are new as are gone, and stand in the same order. */
function renamedKeys(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  from: readonly string[],
  to: readonly string[],
): Map<string, string> {
  const gone = from.filter((key) => isId(key) && !Object.hasOwn(after, key));
  const come = to.filter((key) => isId(key) && !Object.hasOwn(before, key));
  return new Map(
    gone.length === come.length ? gone.map((key, at): [string, string] => [key, come[at] ?? key]) : [],
  );
}
