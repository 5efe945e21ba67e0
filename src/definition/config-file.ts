import { inside, joinItems, joinMembers, memberOf, splitItems, splitMembers } from '../json/parts.ts';

const [fileLevel, listLevel, variableLevel] = [0, 1, 2];

/** The laid-out text of config.json with only those environment variables whose keys are kept. */
export function keepVariables(config: string, keep: (key: string) => boolean): string {
  return editVariables(config, (variables) =>
    variables.filter((variable) => !variable.startsWith('{') || keep(keyOf(variable) ?? '')),
  );
}

/** The laid-out texts of the environment variables in config.json. */
export function variablesOf(config: string): string[] {
  const list = splitMembers(config, fileLevel).find(([name]) => name === 'envVariables')?.[1];
  return list?.startsWith('[') ? splitItems(inside(list, listLevel), listLevel) : [];
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
  const members = splitMembers(config, fileLevel).map(([name, value]): [string, string] =>
    name === 'envVariables' ? [name, joinItems(edit(variablesOf(config)), listLevel)] : [name, value],
  );
  return joinMembers(members, fileLevel);
}
