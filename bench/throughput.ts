import { type Benchmark, figure, ratio, sizes } from './benchmark.ts';
import { createHttpClient } from './http.ts';
import { openCommitter, startPlainServer } from './limits.ts';
import { type Server, withServer } from './server.ts';
import { median, percentile, timed } from './statistics.ts';

const clients = 50;
const rounds = 5;
/** Milliseconds of load, and of each limit, in a round. */
const loadTime = 3000;
const limitTime = 1000;

export default {
  name: 'throughput',
  what: `${clients} clients at once, each with a bot of 0.176 MB: POST …/export, status, download, over and over`,
  run: () => withServer(measure, clients),
} satisfies Benchmark;

async function measure(server: Server) {
  const bots: string[] = [];
  for (let n = 0; n < clients; n += 1) bots.push(await server.importGenerated(sizes.small, `bot ${n}`));
  const plain = await startPlainServer();
  const client = createHttpClient(clients);
  const commit = openCommitter(server.folder);

  const times: number[] = [];
  let errors = 0;
  const sequence = async (n: number) => {
    try {
      times.push(await timed(async () => server.download(await server.exportBot(bots[n] ?? ''))));
    } catch {
      errors += 1;
    }
  };
  const hello = async () => {
    await client.send('GET', plain.url);
  };

  try {
    await ratePerSecond(clients, limitTime, sequence);
    times.length = 0;
    const rates: Record<'sequences' | 'commits' | 'hellos', number[]> = {
      sequences: [],
      commits: [],
      hellos: [],
    };
    // In turns, so that a busy time of the machine meets all three.
    for (let round = 0; round < rounds; round += 1) {
      rates.sequences.push(await ratePerSecond(clients, loadTime, sequence));
      rates.commits.push(await ratePerSecond(1, limitTime, async () => commit()));
      rates.hellos.push(await ratePerSecond(clients, limitTime, hello));
    }
    const sequences = median(rates.sequences);
    const commits = median(rates.commits);
    const hellos = median(rates.hellos);
    return [
      figure('sequences', sequences, '/s'),
      figure('p50', percentile(times, 0.5), 'ms'),
      figure('p99', percentile(times, 0.99), 'ms'),
      figure('errors', errors, ''),
      figure('peak memory of the server', server.peakMemory() / 1e6, 'MB'),
      figure('limit: durable commits', commits, '/s', 'one after the other'),
      figure('limit: node:http hello', hellos, '/s'),
      ratio('sequences × 2 commits / durable commits', sequences * 2, commits),
      ratio('sequences × 3 requests / node:http hello', sequences * 3, hellos),
    ];
  } finally {
    client.close();
    await plain.stop();
  }
}

/** How often an action is done in a second by so many at once. */
async function ratePerSecond(workers: number, ms: number, action: (worker: number) => Promise<void>) {
  let done = 0;
  const start = performance.now();
  const work = async (worker: number) => {
    for (; performance.now() - start < ms; done += 1) await action(worker);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return (done / (performance.now() - start)) * 1000;
}
