import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { membersOf, withoutRewritten } from '../test/support/archive.ts';
import { type Benchmark, type Figure, figure, ratio, sizes, withGoal } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { openCommitter, startPlainServer } from './limits.ts';
import { type Server, withServer } from './server.ts';
import { median, percentile } from './statistics.ts';
import { openWire, type Wire } from './wire.ts';

const clients = 50;
const rounds = 5;
/** Milliseconds of load, and of each limit, in a round. */
const loadTime = 3000;
const limitTime = 1000;
/**
 * Bots of a client whose exports are to be made anew each time: by its next turn so many others were exported that the
 * server, which keeps what it made for the last 500, has forgotten the first.
 */
const botsInTurn = 12;
/** A file system in memory, where a commit costs nothing but the processor's time. */
const memoryFolder = '/dev/shm';

export default {
  name: 'throughput',
  what: `${clients} clients at once, each with a bot of 0.176 MB: POST …/export, status, download, over and over`,
  run: () =>
    withServer(async (server) =>
      existsSync(memoryFolder)
        ? withServer((inMemory) => measure(server, inMemory), 1, memoryFolder)
        : measure(server, undefined),
    ),
} satisfies Benchmark;

async function measure(server: Server, inMemory: Server | undefined): Promise<Figure[]> {
  const durable = await prepareLoad(server, 1);
  const anew = await prepareLoad(server, botsInTurn);
  const memory = inMemory && (await prepareLoad(inMemory, 1));
  const plain = await startPlainServer();
  const commit = openCommitter(server.folder);
  const rates = { commits: [] as number[], grouped: [] as number[], hellos: [] as number[] };
  try {
    // What is compiled on the way is not measured.
    for (const load of [durable, anew, memory]) await load?.run(loadTime);
    for (const load of [durable, anew, memory]) load?.forget();
    // In turns, so that a busy time of the machine meets all of them.
    for (let round = 0; round < rounds; round += 1) {
      await durable.run(loadTime);
      await anew.run(loadTime);
      await memory?.run(loadTime);
      rates.commits.push(await ratePerSecond(1, limitTime, async () => commit()));
      rates.grouped.push((await ratePerSecond(1, limitTime, async () => commit(clients))) * clients);
      rates.hellos.push(await helloRate(plain.url));
    }
    const commits = median(rates.commits);
    const grouped = median(rates.grouped);
    const hellos = median(rates.hellos);
    const sequences = durable.rate();
    return [
      ...durable.figures(''),
      // Beside the goal, which is of a bot that is exported over and over.
      ...anew.figures('made anew: ').map(({ goal: _, ...shown }) => shown),
      ...(memory?.figures('in memory: ') ?? []),
      ...(memory
        ? [withGoal(ratio('sequences: durable / in memory', sequences, memory.rate()), 5, 'least', 0.8)]
        : []),
      figure('limit: durable commits', commits, '/s', 'one after the other'),
      figure('limit: durable rows', grouped, '/s', `${clients} rows in each commit`),
      figure('limit: node:http hello', hellos, '/s'),
      ratio('sequences / durable commits', sequences, commits),
      ratio('sequences / durable rows', sequences, grouped),
      ratio('sequences × 3 requests / node:http hello', sequences * 3, hellos),
    ];
  } finally {
    durable.close();
    anew.close();
    memory?.close();
    await plain.stop();
  }
}

/** Connections of their own each time: idle ones would be closed. */
async function helloRate(url: string): Promise<number> {
  const wires = await Promise.all(Array.from({ length: clients }, () => openWire(url)));
  const rate = await ratePerSecond(clients, limitTime, async (n) => {
    await wires[n]?.ask('GET', '/');
  });
  for (const wire of wires) wire.close();
  return rate;
}

/** The load on one server, and what was measured of it. */
interface Load {
  run(ms: number): Promise<void>;
  /** Drops what was measured so far. */
  forget(): void;
  /** Sequences per second. */
  rate(): number;
  figures(prefix: string): Figure[];
  close(): void;
}

/** Imports so many bots for each client, and makes sure that the first archive of each holds what came in. */
async function prepareLoad(server: Server, botsEach: number): Promise<Load> {
  const users: { bots: { id: string; archive: Buffer }[]; turn: number; wire: Wire }[] = [];
  const definition = path.join(server.folder, 'botDefinition.json');
  for (let n = 0; n < clients; n += 1) {
    const original = [...generateBot(sizes.small, `bot ${n}`)].join('');
    await writeFile(definition, original);
    const uploaded = await server.upload(definition);
    const wire = await openWire(server.url);
    const bots: { id: string; archive: Buffer }[] = [];
    while (bots.length < botsEach) {
      const id = await server.importUploaded(uploaded);
      const { body: archive } = await wire.ask('GET', pathOf(await server.exportBot(id)));
      const exported = String((await membersOf(archive)).get('botDefinition.json'));
      if (withoutRewritten(exported) !== withoutRewritten(original)) throw new Error('an archive is wrong');
      bots.push({ id, archive });
    }
    users.push({ bots, turn: 0, wire });
  }
  const headers = { auth: server.token, 'content-type': 'application/json' };

  let times: number[] = [];
  let rates: number[] = [];
  let [accepted, delivered, errors] = [0, 0, 0];
  const cpu = { server: 0, client: 0, wall: 0 };

  /** From the start of an export to the last byte of its archive, which is compared with what it has to be. */
  async function sequence(n: number): Promise<void> {
    const user = users[n];
    const bot = user?.bots[user.turn % botsEach];
    if (!user || !bot) return;
    user.turn += 1;
    const { wire } = user;
    const { id } = bot;
    const place = `/api/public/bot/${id}/export`;
    const start = performance.now();
    const started = await wire.ask('POST', place, headers, '{"exportType":"latest"}');
    if (started.status !== 200) throw new Error(`the start was answered with ${started.status}`);
    accepted += 1;
    const { _id } = JSON.parse(started.body.toString());
    for (;;) {
      const { status, body } = await wire.ask('GET', `${place}/status`, headers);
      const reply = JSON.parse(body.toString());
      if (status !== 200 || reply._id !== _id) throw new Error('the status is of something else');
      if (reply.status === 'pending') continue;
      const archive = await wire.ask('GET', pathOf(reply.downloadURL));
      if (archive.status !== 200 || !archive.body.equals(bot.archive)) throw new Error('an archive is wrong');
      break;
    }
    delivered += 1;
    times.push(performance.now() - start);
  }

  return {
    async run(ms) {
      const before = { server: server.cpuTime(), client: process.cpuUsage(), at: performance.now() };
      const rate = await ratePerSecond(clients, ms, async (n) => {
        try {
          await sequence(n);
        } catch (error) {
          if (errors === 0) console.error(error);
          errors += 1;
        }
      });
      rates.push(rate);
      const { user, system } = process.cpuUsage(before.client);
      cpu.server += server.cpuTime() - before.server;
      cpu.client += (user + system) / 1000;
      cpu.wall += performance.now() - before.at;
    },
    forget() {
      [times, rates, accepted, delivered, errors] = [[], [], 0, 0, 0];
      [cpu.server, cpu.client, cpu.wall] = [0, 0, 0];
    },
    rate: () => median(rates),
    figures: (prefix) => [
      figure(`${prefix}sequences`, median(rates), '/s'),
      withGoal(figure(`${prefix}server's CPU time per sequence`, cpu.server / delivered, 'ms'), 5, 'most', 1),
      figure(`${prefix}client's CPU time per sequence`, cpu.client / delivered, 'ms'),
      figure(`${prefix}server's share of one core`, (cpu.server / cpu.wall) * 100, '%'),
      figure(`${prefix}client's share of one core`, (cpu.client / cpu.wall) * 100, '%'),
      figure(`${prefix}p50`, percentile(times, 0.5), 'ms'),
      withGoal(figure(`${prefix}p99`, percentile(times, 0.99), 'ms'), 5, 'most', 100),
      withGoal(figure(`${prefix}errors`, errors, ''), 5, 'most', 0),
      withGoal(figure(`${prefix}accepted, but not delivered`, accepted - delivered, ''), 5, 'most', 0),
      figure(`${prefix}peak memory of the server`, server.peakMemory() / 1e6, 'MB'),
    ],
    close() {
      for (const { wire } of users) wire.close();
    },
  };
}

function pathOf(url: string): string {
  return url.replace(/^http:\/\/[^/]+/, '');
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
