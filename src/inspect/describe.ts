import { titleOf } from '../definition/diff/words.ts';
import { taskSections } from '../definition/sections.ts';
import { visible } from '../visible.ts';
import { type Caller, type CallGraph, missing } from './call-graph.ts';
import type { InspectedVariable, Inspection } from './inspect.ts';

/** What is in a bot, as lines of text. */
export function describeBot(bot: Inspection, place: string): string[] {
  const { name, id, kind, type, purpose, defaultLanguage, languages, platformVersion, files } = bot;
  return [
    `${quoted(name)}${id === null ? '' : `  ${id}`}`,
    `  in         ${place} (${kind})`,
    `  type       ${visible(`${type}, ${purpose}`)}`,
    `  languages  ${visible(languages.map((one) => (one === defaultLanguage ? `${one} (default)` : one)).join(', '))}`,
    `  platform   ${visible(platformVersion ?? 'not said')}`,
    ...paragraph('Files', table(files.map(({ name, bytes }) => [visible(name), `${number(bytes)} bytes`]))),
    ...paragraph('Sections', describeSections(bot)),
    ...describeTasks(bot),
    ...paragraph('Who calls whom', describeCalls(bot)),
    ...paragraph('Environment variables', describeVariables(bot.environmentVariables)),
    ...paragraph('Content variables', describeVariables(bot.contentVariables)),
  ];
}

/** Lists with what is in them; of the rest only how many there are. */
function describeSections({ sections }: Inspection): string[] {
  const lists = sections.filter(({ items }) => items !== null && items > 0);
  const settings = sections.filter(({ items }) => items === null);
  const empty = sections.length - lists.length - settings.length;
  return [
    ...table([
      ...lists.map(({ title, items, bytes }) => [
        visible(title),
        number(items ?? 0),
        `${number(bytes)} bytes`,
      ]),
      [
        'Settings',
        number(settings.length),
        `${number(settings.reduce((sum, one) => sum + one.bytes, 0))} bytes`,
      ],
    ]),
    ...(empty === 0 ? [] : [`and ${empty} empty lists`]),
  ];
}

function describeTasks({ callers }: CallGraph): string[] {
  return taskSections.flatMap((section) => {
    const tasks = callers.filter((caller) => caller.section === section);
    const rows = tasks.map(({ name, state }) => [quoted(name), state ?? '']);
    return paragraph(`${titleOf(section)} (${tasks.length})`, table(rows));
  });
}

/** Each caller with those it calls. */
export function describeCalls({ callers, calls }: CallGraph): string[] {
  const byCaller = Map.groupBy(calls, ({ from }) => from);
  return callers.flatMap((caller, place) => {
    const own = byCaller.get(place) ?? [];
    if (own.length === 0) return [];
    return [
      titleOfCaller(caller),
      ...own.map(({ to, kind, times }) => {
        const target = callers[to];
        const often = times === 1 ? '' : ` (${times} times)`;
        return `  ${kind} -> ${target ? titleOfCaller(target) : ''}${often}`;
      }),
    ];
  });
}

function titleOfCaller({ what, name }: Caller): string {
  return what === missing ? `${quoted(name)}, which the bot does not have` : `${what} ${quoted(name)}`;
}

function describeVariables(variables: readonly InspectedVariable[]): string[] {
  return table(
    variables.map(({ key, used, state }) => [visible(key), used ? 'used' : 'not used', stateWords[state]]),
  );
}

const stateWords = {
  set: 'set',
  unset: 'without a value',
  missing: 'not in the bot',
  unknown: 'no config.json says',
};

function paragraph(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** Cells in columns: the first to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        /^\d/.test(cell) && column > 0
          ? cell.padStart(widths[column] ?? 0)
          : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function quoted(text: string): string {
  return visible(JSON.stringify(text));
}
