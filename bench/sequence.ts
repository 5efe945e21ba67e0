import { type Benchmark, figure, ratio } from './benchmark.ts';
import { createHttpClient } from './http.ts';
import { openCommitter, startPlainServer } from './limits.ts';
import { withServer } from './server.ts';
import { median, percentile, timed, timedRounds } from './statistics.ts';

const warmUp = 100;

/** From POST to the status `success`, one export after the other. */
export function sequenceBenchmark(name: string, bytes: number, rounds: number): Benchmark {
  return {
    name,
    what: `POST …/export to status success, a bot of ${bytes / 1e6} MB, ${rounds} times in a row`,
    run: () =>
      withServer(async (server) => {
        const botId = await server.importGenerated(bytes);
        const plain = await startPlainServer();
        const client = createHttpClient(1);
        const commit = openCommitter(server.folder);
        // A request accepted and an export finished are each on the disk before anyone is told.
        const least = async () => {
          await client.send('POST', plain.url);
          commit();
          await client.send('GET', plain.url);
          commit();
        };
        try {
          await timedRounds(warmUp, () => server.exportBot(botId));
          await timedRounds(warmUp, least);
          const times: number[] = [];
          const limits: number[] = [];
          // In turns, so that a busy moment of the machine meets both.
          for (let round = 0; round < rounds; round += 1) {
            times.push(await timed(() => server.exportBot(botId)));
            limits.push(await timed(least));
          }
          return [
            figure('median', median(times), 'ms'),
            figure('p99', percentile(times, 0.99), 'ms'),
            figure('limit, median', median(limits), 'ms', '2 node:http requests and 2 durable commits'),
            figure('limit, p99', percentile(limits, 0.99), 'ms'),
            ratio('median / limit', median(times), median(limits)),
          ];
        } finally {
          client.close();
          await plain.stop();
        }
      }),
  };
}
