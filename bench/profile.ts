import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/*
 * Says what the servers of a benchmark did with their time:
 *
 *   BENCH_PROFILE=/tmp/profile npm run bench -- --only parts && node bench/profile.ts /tmp/profile
 *
 * For each thread that was busy: the functions that took the most of it by themselves, of the time it was not idle.
 */

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  /** Microseconds. */
  timeDeltas: number[];
}

/** Functions listed of each thread, and the share of them all below which a thread is not shown. */
const most = 12;
const leastBusy = 0.05;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node bench/profile.ts FOLDER');
  process.exit(1);
}
const threads = readdirSync(folder)
  .filter((name) => name.endsWith('.cpuprofile'))
  .map((name) => timesOf(JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Profile));
const all = threads.reduce((sum, times) => sum + total(times), 0);
for (const times of threads.toSorted((a, b) => total(b) - total(a))) {
  const busy = total(times);
  if (busy < leastBusy * all) continue;
  console.log(`\na thread that was busy for ${(busy / 1e6).toFixed(1)} s`);
  for (const [name, time] of [...times].toSorted(([, a], [, b]) => b - a).slice(0, most)) {
    console.log(`${((time / busy) * 100).toFixed(1).padStart(6)} %  ${name}`);
  }
}

/** Microseconds by function, without those of idleness. */
function timesOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    if (name === '(idle)' || name === '(program)') continue;
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  return times;
}

function nameOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const file = url.replace(/^.*\/(?=(?:src|node_modules)\/)/, '');
  return `${functionName || '(anonymous)'}${file ? `  ${file}` : ''}`;
}

function total(times: ReadonlyMap<string, number>): number {
  return [...times.values()].reduce((sum, time) => sum + time, 0);
}
