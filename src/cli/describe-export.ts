import type { Explanation } from '../client/replies.ts';

type Task = Explanation['tasks'][number];

/** An explanation of an export as lines of text. */
export function describeExport({ sections, tasks, dangling }: Explanation): string[] {
  const isIn = tasks.filter((task) => task.in);
  const isOut = tasks.filter((task) => !task.in);
  return [
    ...paragraph('Sections', describeSections(sections)),
    ...paragraph(`Tasks in the export (${isIn.length})`, isIn.map(describeTask)),
    ...paragraph(
      `Tasks left out (${isOut.length})`,
      isOut.map((task) => `${titleOf(task)}: ${task.leftOutBecause}`),
    ),
    ...paragraph(
      `References that dangle (${dangling.length})`,
      dangling.map(
        ({ from, kind, to, cause }) =>
          `${titleOf(from)} -> ${to.what} ${quoted(to.name ?? to.value)} (${kind}): ${cause}`,
      ),
    ),
  ];
}

function paragraph(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** Sections by state; of those that are whole only the number, as they are most. */
function describeSections(sections: Explanation['sections']): string[] {
  const byState = Object.groupBy(sections, ({ state }) => state);
  return Object.entries(byState).map(([state, list = []]) => {
    if (state === 'whole') return `whole: ${list.length}`;
    const names = list.map(({ section, items, of }) =>
      state === 'some items' ? `${section} (${items} of ${of})` : section,
    );
    return `${state}: ${names.join(', ')}`;
  });
}

function describeTask(task: Task): string {
  if (task.neededBy.length === 0) return titleOf(task);
  const chain = task.neededBy.map((step) => `${step.kind} of ${titleOf(step)}`);
  return `${titleOf(task)}, needed by ${chain.join(', needed by ')}`;
}

function titleOf({ section, name }: { section: string; name: string | null }): string {
  return name === null ? section : `${section} ${quoted(name)}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
