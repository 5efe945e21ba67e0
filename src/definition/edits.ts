import { asText, inside, joinItems, joinMembers, splitItems, splitMembers } from '../json/parts.ts';
import { itemLevel } from './item.ts';
import type { Outline } from './outline.ts';

/*
 * Changes to the text of a definition that leaving tasks out brings with it. All the rest of the text stays as it is.
 */

/** An item of `mlParams` without the dialogs that are left out. */
export function withoutIntents(text: string, left: (refId: string) => boolean): string {
  return editMember(text, itemLevel, 'dialogIntents', (list) => {
    const level = itemLevel + 1;
    if (!list.startsWith('[')) return list;
    const kept = splitItems(inside(list, level), level).filter((item) => !left(asText(item)));
    return joinItems(kept, level);
  });
}

/** `botEvents` with the events that would start a dialog that is left out switched off. */
export function switchOffEvents(text: string, left: (refId: string) => boolean): string {
  if (!text.startsWith('{')) return text;
  const [level, eventLevel] = [1, 2];
  const events = splitMembers(text, level).map(([name, event]): [string, string] => {
    if (!event.startsWith('{')) return [name, event];
    const task = splitMembers(event, eventLevel).find(([key]) => key === 'task')?.[1];
    const off = task !== undefined && left(asText(task));
    return [name, off ? editMember(event, eventLevel, 'enabled', () => 'false') : event];
  });
  return joinMembers(events, level);
}

/** `unexportedTasks` with the tasks that an export leaves out because of their state. */
export function addTasks(tasks: readonly Outline[]): (text: string) => string {
  return (text) => {
    const level = 1;
    const there = text.startsWith('[') ? splitItems(inside(text, level), level) : [];
    const added = tasks.map(({ id, refId, names, section, state }) =>
      JSON.stringify({ _id: id, refId, name: names[0], type: section, state }, null, 4).replaceAll(
        '\n',
        '\n        ',
      ),
    );
    return joinItems([...there, ...added], level);
  };
}

function editMember(text: string, level: number, key: string, edit: (value: string) => string): string {
  const members = splitMembers(text, level);
  return joinMembers(
    members.map(([name, value]) => [name, name === key ? edit(value) : value]),
    level,
  );
}
