import { isObject } from '../item.ts';

/** A UUID or 24 hexadecimal digits, with or without a prefix that tells what it is of: `dg-…`, `mt-…`. */
const shape = /^(?:[a-z]{1,6}-)?(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24})$/;
const shortest = 24;
const longest = 43;

/** Whether a text has the form of an id that the platform gives. */
export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length >= shortest && value.length <= longest && shape.test(value)
  );
}

/** Fields that hold the id of the thing they stand in. */
const ownFields: ReadonlySet<string> = new Set(['_id', 'refId', 'groupId', 'nodeId', 'traitId']);

/** Fields that hold the id of the bot itself, which an import as a new bot renews. */
const botFields: ReadonlySet<string> = new Set(['streamId', 'sId', 'botId']);

/** Whether a field names the thing it stands in, or its bot: under another id it is the same. */
export function isOwnId(field: string): boolean {
  return ownFields.has(field) || botFields.has(field);
}

/**
 * Ids that were renewed: the same thing has the one before and the other after. Whether a reference that changed just
 * follows such an id is known when all of both definitions was gone through.
 */
export class RenewedIds {
  readonly #after = new Map<string, string>();

  add(before: string, after: string): void {
    this.#after.set(before, after);
  }

  /** Whether both name the same thing. */
  has(before: string, after: string): boolean {
    return this.#after.get(before) === after;
  }
}

/** The value as it is whatever ids it has got, for things that are the same but for those. */
export function withoutIds(value: unknown, drops: (field: string) => boolean): unknown {
  if (isId(value)) return '';
  if (Array.isArray(value)) return value.map((one) => withoutIds(one, drops));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => !drops(key) && !ownFields.has(key))
      .sort()
      .map((key) => [isId(key) ? '' : key, withoutIds(value[key], drops)]),
  );
}
