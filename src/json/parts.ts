/*
 * Taking laid-out text apart and putting it together again, without parsing it.
 *
 * In text as layOut writes it, line breaks are layout (strings have theirs escaped), every member and item begins a
 * line, and its indent tells its depth. So a comma, a line break and exactly one level's indent end one member and
 * begin the next. What is not looked into stays as it is, to the last digit.
 */

export const indentUnit = '    ';

const separators = new Map<number, RegExp>();

/** Between two members of a container at `level`: their indent is one level deeper. */
function separator(level: number): RegExp {
  let known = separators.get(level);
  if (!known) {
    known = new RegExp(`,\\n {${4 * (level + 1)}}(?! )`);
    separators.set(level, known);
  }
  return known;
}

/** The texts of items that stand end to end with their separators, in a list at `level`. */
export function splitItems(run: string, level: number): string[] {
  return run === '' ? [] : run.split(separator(level));
}

/** The members of a laid-out object or the items of a laid-out list at `level`, without the brackets. */
export function inside(text: string, level: number): string {
  return text.length === 2 ? '' : text.slice(1 + lineStart(level + 1).length, -1 - lineStart(level).length);
}

/** The members of a laid-out object at `level`: keys and the texts of their values. */
export function splitMembers(text: string, level: number): [key: string, value: string][] {
  return splitItems(inside(text, level), level).map((member) => {
    const end = endOfString(member);
    return [JSON.parse(member.slice(0, end)) as string, member.slice(end + 2)];
  });
}

/** The text of one member of a laid-out object at `level`, without looking at the others; undefined where it has none. */
export function memberOf(text: string, key: string, level: number): string | undefined {
  if (!text.startsWith('{')) return undefined;
  const line = lineStart(level + 1);
  const name = `${line}${JSON.stringify(key)}: `;
  const found = text.indexOf(name);
  if (found === -1) return undefined;
  const start = found + name.length;
  const opened = text[start];
  const close = opened === '{' ? '}' : opened === '[' ? ']' : undefined;
  // An empty container has no line of its own to end on.
  if (close !== undefined && text[start + 1] === '\n') {
    return text.slice(start, text.indexOf(`${line}${close}`, start) + line.length + 1);
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, text[end - 1] === ',' ? end - 1 : end);
}

/** The laid-out object of these members. */
export function joinMembers(
  members: readonly (readonly [key: string, value: string])[],
  level: number,
): string {
  if (members.length === 0) return '{}';
  const line = lineStart(level + 1);
  const texts = members.map(([key, value]) => `${JSON.stringify(key)}: ${value}`);
  return `{${line}${texts.join(`,${line}`)}${lineStart(level)}}`;
}

/** The laid-out list of these items. */
export function joinItems(items: readonly string[], level: number): string {
  if (items.length === 0) return '[]';
  const line = lineStart(level + 1);
  return `[${line}${items.join(`,${line}`)}${lineStart(level)}]`;
}

/** The text a JSON string holds; of anything else, what is written. */
export function asText(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

function lineStart(level: number): string {
  return `\n${indentUnit.repeat(level)}`;
}

/** Where the string that the text begins with ends: behind the first quote that is not escaped. */
function endOfString(text: string): number {
  let end = text.indexOf('"', 1);
  for (;;) {
    let slashes = 0;
    while (text[end - slashes - 1] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}
