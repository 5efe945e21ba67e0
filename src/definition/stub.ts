import { print } from '../json/layout.ts';
import { joinMembers, memberOf, splitMembers } from '../json/parts.ts';
import { isObject, itemLevel } from './item.ts';
import { stubFields } from './sections.ts';

/** Whether items of the section can be cut to stubs. */
export function hasStubs(section: string): boolean {
  return Object.hasOwn(stubFields, section);
}

/** The stub of an item, from its laid-out text. */
export function stubOf(section: string, item: string): string {
  const fields = stubFields[section];
  if (!fields || !item.startsWith('{')) return item;
  if ('drop' in fields) {
    return joinMembers(
      splitMembers(item, itemLevel).filter(([key]) => !fields.drop.includes(key)),
      itemLevel,
    );
  }
  const kept = fields.keep.map((field) => [field, memberOf(item, field, itemLevel)] as const);
  return joinMembers(
    kept.flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const])),
    itemLevel,
  );
}

/** The same from the value of an item whose text says nothing that the value does not hold. */
export function stubOfValue(section: string, item: unknown): string {
  const fields = stubFields[section];
  if (!fields || !isObject(item)) return print(item, itemLevel);
  const kept =
    'drop' in fields
      ? Object.entries(item).filter(([key]) => !fields.drop.includes(key))
      : fields.keep.flatMap((key) => (Object.hasOwn(item, key) ? [[key, item[key]] as const] : []));
  return print(Object.fromEntries(kept), itemLevel);
}
