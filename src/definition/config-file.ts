import { inside, joinItems, joinMembers, splitItems, splitMembers } from '../json/parts.ts';

/** The laid-out text of config.json with only those environment variables whose keys are kept. */
export function keepVariables(config: string, keep: (key: string) => boolean): string {
  const [fileLevel, listLevel, variableLevel] = [0, 1, 2];
  const members = splitMembers(config, fileLevel).map(([name, value]): [string, string] => {
    if (name !== 'envVariables') return [name, value];
    const variables = splitItems(inside(value, listLevel), listLevel);
    const kept = variables.filter((variable) => {
      if (!variable.startsWith('{')) return true;
      const key = splitMembers(variable, variableLevel).find(([field]) => field === 'key')?.[1];
      return keep(key?.startsWith('"') ? (JSON.parse(key) as string) : '');
    });
    return [name, joinItems(kept, listLevel)];
  });
  return joinMembers(members, fileLevel);
}
