import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Benchmark, type Figure, format, isMet } from './benchmark.ts';
import besideImport from './beside-import.ts';
import diff from './diff.ts';
import growth from './growth.ts';
import history from './history.ts';
import importing from './import.ts';
import large from './large.ts';
import memory from './memory.ts';
import parts from './parts.ts';
import scale from './scale.ts';
import sequenceLarge from './sequence-large.ts';
import sequenceSmall from './sequence-small.ts';
import slowReaders from './slow-readers.ts';
import startCli from './start-cli.ts';
import throughput from './throughput.ts';
import wholeExport from './whole-export.ts';

/*
 * npm run bench                            every benchmark, and a table
 * npm run bench -- --only whole-export     one of them (the option may be repeated)
 * npm run bench -- --json                  the figures as JSON
 *
 * With BENCH_PROFILE=<folder> the servers leave a CPU profile there when they end.
 */

const benchmarks: Benchmark[] = [
  sequenceSmall,
  sequenceLarge,
  throughput,
  memory,
  wholeExport,
  parts,
  slowReaders,
  importing,
  besideImport,
  large,
  history,
  scale,
  growth,
  diff,
  startCli,
];

const { values: options } = parseArgs({
  options: { only: { type: 'string', multiple: true }, json: { type: 'boolean', default: false } },
});
const unknown = options.only?.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown !== undefined) {
  console.error(
    `There is no benchmark ${unknown}; there are ${benchmarks.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(1);
}

const results: { name: string; what: string; figures: Figure[]; drawing?: string }[] = [];
for (const { name, what, run, draw } of benchmarks) {
  if (options.only && !options.only.includes(name)) continue;
  console.error(`${name}: ${what}`);
  const figures = await run();
  results.push({ name, what, figures, ...(draw && { drawing: draw(figures) }) });
  // What one benchmark leaves behind is not the next one's to clear away.
  globalThis.gc?.();
}

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
};
if (options.json) console.log(JSON.stringify({ machine, results }, null, 2));
else printTable();

function printTable(): void {
  console.log(`\n${machine.processor}, ${machine.cores} cores, Node.js ${machine.node}`);
  for (const { name, what, figures, drawing } of results) {
    console.log(`\n${name}: ${what}`);
    const width = Math.max(...figures.map((figure) => figure.what.length));
    for (const { what, value, unit, note } of figures) {
      const line = `  ${what.padEnd(width)}  ${format(value).padStart(9)} ${unit.padEnd(4)}`;
      console.log(note === undefined ? line.trimEnd() : `${line}  ${note}`);
    }
    if (drawing) console.log(`\n${drawing}`);
  }
  printGoals();
}

/** Every figure that has a goal, by the rows of docs/performance.md. */
function printGoals(): void {
  const lines = results
    .flatMap(({ name, figures }) => figures.map((figure) => ({ name, ...figure })))
    .flatMap((figure) => (figure.goal ? [{ ...figure, goal: figure.goal }] : []))
    .sort((one, other) => one.goal.row - other.goal.row)
    .map((figure) => ({
      what: `${figure.goal.row}  ${figure.name}: ${figure.what}`,
      measured: `${format(figure.value)} ${figure.unit}`,
      goal: `at ${figure.goal.at} ${format(figure.goal.value)}`,
      met: isMet(figure) ? 'met' : 'not met',
    }));
  if (lines.length === 0) return;
  const width = Math.max(...lines.map(({ what }) => what.length));
  console.log('\ngoals');
  for (const { what, measured, goal, met } of lines) {
    console.log(`  ${what.padEnd(width)}  ${measured.padStart(12)}  ${goal.padEnd(16)}  ${met}`);
  }
}
