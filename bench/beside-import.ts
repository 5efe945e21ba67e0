import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Benchmark, type Figure, figure, sizes, withGoal } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { type Server, withServer } from './server.ts';
import { percentile, timed } from './statistics.ts';

const bytes = 200e6;

const alone = 'alone';

/** Requests of each kind without an import beside them. */
const quietRounds = 200;

type Times = Record<'POST export' | 'status' | 'download', number[]>;

export default {
  name: 'beside-import',
  what: `requests about a bot of ${sizes.small / 1e6} MB while a definition of ${bytes / 1e6} MB is imported`,
  run: () =>
    withServer(async (server) => {
      const botId = await server.importGenerated(sizes.small, 'small');
      const file = path.join(server.folder, 'definition.json');
      await writeFile(file, generateBot(bytes, 'beside'));
      const uploaded = await server.upload(file);

      const quiet = noTimes();
      for (let round = 0; round < quietRounds; round += 1) await sequence(server, botId, quiet);

      const beside = noTimes();
      let running = true;
      const importing = server.importUploaded(uploaded).finally(() => {
        running = false;
      });
      while (running) await sequence(server, botId, beside);
      await importing;
      return [...show(alone, quiet), ...show('beside an import', beside)];
    }, 4),
} satisfies Benchmark;

const noTimes = (): Times => ({ 'POST export': [], status: [], download: [] });

async function sequence(server: Server, botId: string, times: Times): Promise<void> {
  times['POST export'].push(await timed(() => server.startExport(botId)));
  let url: string | undefined;
  while (url === undefined) {
    times.status.push(
      await timed(async () => {
        url = await server.exportStatus(botId);
      }),
    );
  }
  const link = url;
  times.download.push(await timed(() => server.download(link)));
}

function show(when: string, times: Times): Figure[] {
  const isBeside = when !== alone;
  return Object.entries(times).flatMap(([kind, list]) => [
    figure(`${kind}, ${when}: p50`, percentile(list, 0.5), 'ms', `${list.length} times`),
    ...[figure(`${kind}, ${when}: p99`, percentile(list, 0.99), 'ms')].map((one) =>
      isBeside ? withGoal(one, 6, 'most', 50) : one,
    ),
    figure(`${kind}, ${when}: most`, percentile(list, 1), 'ms'),
  ]);
}
