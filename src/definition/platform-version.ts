/** Versions of the platform as definitions carry them (`environmentVersionInfo`), such as `9.1.7` or `10.3.0`. */

/** The numbers of a version; `undefined` for what is none. */
function numbersOf(version: unknown): number[] | undefined {
  return typeof version === 'string' && /^\d+(?:\.\d+)*/.test(version)
    ? (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
    : undefined;
}

/** From this version on the platform's bots are apps, and neither generation takes the other's files. */
const appGeneration = 11;

/** How a file stands to a bot; `fits` also where either does not say its version. */
export function compareVersions(file: unknown, bot: unknown): 'fits' | 'older' | 'other generation' {
  const [from, to] = [numbersOf(file), numbersOf(bot)];
  if (!from || !to) return 'fits';
  const isApp = ([major = 0]: number[]) => major >= appGeneration;
  if (isApp(from) !== isApp(to)) return 'other generation';
  for (let at = 0; at < Math.max(from.length, to.length); at += 1) {
    const step = (from[at] ?? 0) - (to[at] ?? 0);
    if (step !== 0) return step < 0 ? 'older' : 'fits';
  }
  return 'fits';
}
