/*
 * Puts figures of the benchmarks into docs/performance.md:
 *
 *   npm run -s bench -- --json > figures.json && node docs/tools/write-performance.ts figures.json
 *
 * Each table stands between `<!-- figures NAME -->` and `<!-- end -->`, the goals and drawings likewise. Several files
 * may be named, of runs with `--only`; of a benchmark that is in more than one, the last counts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Figure, format, isMet } from '../../bench/benchmark.ts';

interface Result {
  name: string;
  what: string;
  figures: Figure[];
  drawing?: string;
}

interface Report {
  machine: { processor: string; cores: number; node: string };
  results: Result[];
}

const reports = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')) as Report);
const [first] = reports;
if (!first) {
  console.error('usage: node docs/tools/write-performance.ts FILE…');
  process.exit(1);
}
const { machine } = first;
const results = new Map(reports.flatMap((report) => report.results.map((result) => [result.name, result])));

const page = new URL('../performance.md', import.meta.url);
const text = readFileSync(page, 'utf8').replaceAll(
  /(<!-- (machine|goals|figures ([\w-]+)|drawing ([\w-]+)) -->\n)[\s\S]*?(<!-- end -->)/g,
  (
    whole,
    start: string,
    kind: string,
    figures: string | undefined,
    drawing: string | undefined,
    end: string,
  ) => {
    const made = make(kind, results.get(figures ?? drawing ?? ''));
    return made === undefined ? whole : `${start}\n${made}\n\n${end}`;
  },
);
writeFileSync(page, text);

function make(kind: string, result: Result | undefined): string | undefined {
  if (kind === 'machine') return `${machine.processor}, ${machine.cores} cores, Node.js ${machine.node}.`;
  if (kind === 'goals') return goals();
  if (result === undefined) return undefined;
  if (kind.startsWith('drawing')) return `\`\`\`text\n${result.drawing ?? ''}\n\`\`\``;
  const rows = result.figures.map(({ what, value, unit, note }) => [
    what,
    `${format(value)} ${unit}`.trim(),
    note ?? '',
  ]);
  return `${result.what[0]?.toUpperCase()}${result.what.slice(1)}.\n\n${table(['figure', 'value', ''], rows)}`;
}

/** Every figure that has a goal, by row; then by benchmark. */
function goals(): string {
  const rows = [...results.values()]
    .flatMap(({ name, figures }) => figures.map((figure) => ({ name, ...figure })))
    .flatMap((figure) => (figure.goal ? [{ ...figure, goal: figure.goal }] : []))
    .sort((one, other) => one.goal.row - other.goal.row)
    .map((figure) => [
      String(figure.goal.row),
      `\`${figure.name}\``,
      figure.what,
      `at ${figure.goal.at} ${format(figure.goal.value)}`,
      `${format(figure.value)} ${figure.unit}`.trim(),
      isMet(figure) ? 'yes' : 'no',
    ]);
  return table(['row', 'benchmark', 'figure', 'goal', 'measured', 'met'], rows);
}

function table(head: string[], rows: string[][]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => ['value', 'measured', 'goal'].includes(head[column] ?? '');
  const lines = cells.map(
    (row) =>
      `| ${row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
