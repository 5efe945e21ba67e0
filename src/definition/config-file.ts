import { inside, joinItems, joinMembers, memberOf, splitItems, splitMembers } from '../json/parts.ts';

const [fileLevel, listLevel, variableLevel] = [0, 1, 2];

/** Lists of config.json that variables are in: they themselves, collections of values, and the values in these. */
export type ConfigList = 'envVariables' | 'botCollections' | 'botCollectionVariables';

/** The laid-out text of config.json with only those environment variables whose keys are kept, and their values. */
export function keepVariables(config: string, keep: (key: string) => boolean): string {
  const kept = (variable: string) => !variable.startsWith('{') || keep(keyOf(variable) ?? '');
  return editList(
    editVariables(config, (variables) => variables.filter(kept)),
    'botCollectionVariables',
    (values) => values.filter(kept),
  );
}

/** The laid-out texts of the environment variables in config.json. */
export function variablesOf(config: string): string[] {
  return itemsOf(config, 'envVariables');
}

/** The laid-out texts of the items of a list in config.json. */
export function itemsOf(config: string, list: ConfigList): string[] {
  const text = splitMembers(config, fileLevel).find(([name]) => name === list)?.[1];
  return text?.startsWith('[') ? splitItems(inside(text, listLevel), listLevel) : [];
}

/** config.json with other items in a list; one that it does not have stands last, unless it would be empty. */
export function setItems(config: string, list: ConfigList, items: readonly string[]): string {
  const members = splitMembers(config, fileLevel);
  const text = joinItems(items, listLevel);
  if (members.some(([name]) => name === list)) {
    return joinMembers(
      members.map(([name, value]) => [name, name === list ? text : value]),
      fileLevel,
    );
  }
  return items.length === 0 ? config : joinMembers([...members, [list, text]], fileLevel);
}

/**
 * config.json with the variables of another one: they take the place of those with the same key, or stand behind. Those
 * that are ignored stay as they are.
 */
export function mergeVariables(config: string, other: string, ignored: ReadonlySet<string>): string {
  const brought = variablesOf(other).filter((variable) => !ignored.has(keyOf(variable) ?? ''));
  const byKey = new Map(brought.map((variable) => [keyOf(variable), variable]));
  return editVariables(config, (variables) => {
    const known = new Set(variables.map(keyOf));
    return [
      ...variables.map((variable) => byKey.get(keyOf(variable)) ?? variable),
      ...brought.filter((variable) => !known.has(keyOf(variable))),
    ];
  });
}

/** Keys of variables without a value: of those in config.json, and of those that are used. */
export function unsetVariables(config: string, used: readonly string[]): string[] {
  const variables = variablesOf(config);
  const there = new Set(variables.map(keyOf));
  const empty = variables.filter((variable) => {
    const value = memberOf(variable, 'value', variableLevel);
    return value === undefined || value === '""' || value === 'null';
  });
  const missing = used.filter((key) => !there.has(key));
  return [...new Set([...empty.flatMap((variable) => keyOf(variable) ?? []), ...missing])].sort();
}

/** The key of a variable, from its laid-out text. */
function keyOf(variable: string): string | undefined {
  const key = memberOf(variable, 'key', variableLevel);
  return key?.startsWith('"') ? (JSON.parse(key) as string) : undefined;
}

function editVariables(config: string, edit: (variables: string[]) => string[]): string {
  return editList(config, 'envVariables', edit);
}

function editList(config: string, list: ConfigList, edit: (items: string[]) => readonly string[]): string {
  const members = splitMembers(config, fileLevel).map(([name, value]): [string, string] =>
    name === list && value.startsWith('[')
      ? [name, joinItems(edit(itemsOf(config, list)), listLevel)]
      : [name, value],
  );
  return joinMembers(members, fileLevel);
}
