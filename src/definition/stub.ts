import { joinMembers, splitMembers } from '../json/parts.ts';
import { stubFields } from './sections.ts';

/** Whether items of the section can be cut to stubs. */
export function hasStubs(section: string): boolean {
  return Object.hasOwn(stubFields, section);
}

/** The level at which items of sections stand. */
export const itemLevel = 2;

/** The stub of an item, from its laid-out text. */
export function stubOf(section: string, item: string): string {
  const fields = stubFields[section];
  if (!fields || !item.startsWith('{')) return item;
  const members = splitMembers(item, itemLevel);
  const kept =
    'drop' in fields
      ? members.filter(([key]) => !fields.drop.includes(key))
      : fields.keep.flatMap((field) => members.filter(([key]) => key === field));
  return joinMembers(kept, itemLevel);
}
