import { readable } from './readable.ts';

/** Most characters shown of a value. */
const longest = 160;
/** Characters shown in front of where two long texts begin to differ. */
const lead = 40;

/** Two values of a field as they are shown: as JSON, and of long ones the part where they begin to differ. */
export function showPair(before: unknown, after: unknown): { before: string; after: string } {
  if (typeof before !== 'string' || typeof after !== 'string') {
    return { before: show(before), after: show(after) };
  }
  const [from, to] = [readable(before), readable(after)];
  if (from.length <= longest && to.length <= longest) return { before: show(from), after: show(to) };
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same += 1;
  const start = Math.max(0, same - lead);
  return { before: show(from, start), after: show(to, start) };
}

/** A value as it is shown: as JSON, and no more than so much of it. */
export function show(value: unknown, start = 0): string {
  if (typeof value === 'string') {
    const text = readable(value);
    const part = text.slice(start, start + longest).toWellFormed();
    return JSON.stringify(`${start > 0 ? '…' : ''}${part}${start + longest < text.length ? '…' : ''}`);
  }
  const json = JSON.stringify(value) ?? 'null';
  return json.length <= longest ? json : `${json.slice(0, longest).toWellFormed()}…`;
}
