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
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readIdentity(item: unknown): ItemIdentity {
  return isObject(item)
    ? { id: text(item._id), refId: text(item.refId) }
    : { id: undefined, refId: undefined };
}

/**
 * The item as a task. Its name is the one people see in the default language; where it has none there, the name in
 * any language, then the names meant for machines.
 */
export function readTask(item: unknown, defaultLanguage: string): Task {
  const { id, refId } = readIdentity(item);
  return { id: id ?? null, refId: refId ?? null, name: readName(item, defaultLanguage) ?? refId ?? id ?? '' };
}

function readName(item: unknown, defaultLanguage: string): string | undefined {
  if (!isObject(item)) return undefined;
  const locales = isObject(item.localeData) ? item.localeData : {};
  const own = Object.hasOwn(locales, defaultLanguage) ? [locales[defaultLanguage]] : [];
  for (const locale of [...own, ...Object.values(locales)]) {
    const name = isObject(locale) ? (text(locale.name) ?? text(locale.title)) : undefined;
    if (name !== undefined) return name;
  }
  return text(item.displayName) ?? text(item.name) ?? text(item.lname);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
