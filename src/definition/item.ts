import { memberOf } from '../json/parts.ts';

/** How an item is known. */
export interface ItemIdentity {
  id: string | undefined;
  refId: string | undefined;
}

/** A named item of a task section. */
export interface Task {
  id: string | null;
  refId: string | null;
  name: string;
  /** `published`, `configured`, …; most bots do not say. */
  state?: string | undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readIdentity(item: unknown): ItemIdentity {
  return isObject(item)
    ? { id: textOf(item._id), refId: textOf(item.refId) }
    : { id: undefined, refId: undefined };
}

/** The level at which items of sections stand. */
export const itemLevel = 2;

const identityFields = ['_id', 'refId'];
const taskFields = [...identityFields, 'localeData', 'displayName', 'name', 'lname', 'state'];

/** As {@link readIdentity}, of an item's laid-out text, without parsing all of it. */
export function identityOfText(text: string): ItemIdentity {
  return readIdentity(fieldsOf(text, identityFields));
}

/** As {@link readTask}, of an item's laid-out text, without parsing all of it. */
export function taskOfText(text: string, defaultLanguage: string): Task {
  return readTask(fieldsOf(text, taskFields), defaultLanguage);
}

function fieldsOf(text: string, keys: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of keys) {
    const field = memberOf(text, key, itemLevel);
    if (field !== undefined) fields[key] = JSON.parse(field);
  }
  return fields;
}

/** The item as a task, under the name people see in the default language, if it has one there. */
export function readTask(item: unknown, defaultLanguage: string): Task {
  const { id, refId } = readIdentity(item);
  const name = readNames(item, defaultLanguage)[0] ?? refId ?? id ?? '';
  const state = isObject(item) ? textOf(item.state) : undefined;
  return { id: id ?? null, refId: refId ?? null, name, ...(state === undefined ? {} : { state }) };
}

/**
 * Every name of an item, without doubles: those that people see, the default language first, then those meant for
 * machines.
 */
export function readNames(item: unknown, defaultLanguage?: string): string[] {
  if (!isObject(item)) return [];
  const locales = isObject(item.localeData) ? item.localeData : {};
  const own =
    defaultLanguage !== undefined && Object.hasOwn(locales, defaultLanguage)
      ? [locales[defaultLanguage]]
      : [];
  const seen = [...own, ...Object.values(locales)].flatMap((locale) =>
    isObject(locale) ? [textOf(locale.name), textOf(locale.title)] : [],
  );
  const all = [...seen, textOf(item.displayName), textOf(item.name), textOf(item.lname)];
  return [...new Set(all.flatMap((name) => (name === undefined ? [] : [shortened(name)])))];
}

/** Longer names are cut: they are shown, logged and searched, and nobody's task is called so. */
const longestName = 500;

export function shortened(name: string): string {
  return name.length <= longestName ? name : name.slice(0, longestName).toWellFormed();
}

/** The value if it is text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
