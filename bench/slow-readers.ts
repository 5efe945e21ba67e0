import net from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type Benchmark, figure, sizes } from './benchmark.ts';
import { openDrain } from './drain.ts';
import { withServer } from './server.ts';
import { median, timedRounds } from './statistics.ts';

const readers = 2000;
/** Milliseconds in which nothing more may have happened before the server counts as at rest. */
const rest = 2000;
const rounds = 15;

export default {
  name: 'slow-readers',
  what: `${readers} clients ask for the archive of a 58 MB definition and read nothing of it`,
  run: () =>
    withServer(async (server) => {
      const botId = await server.importGenerated(sizes.huge);
      await server.restart();
      const url = await server.exportBot(botId);
      const drain = await openDrain(url);
      const size = await drain.get(url);
      server.forgetPeak();
      const before = server.peakMemory();
      const free = await timedRounds(rounds, () => drain.get(url));

      const sockets: net.Socket[] = [];
      for (let n = 0; n < readers; n += 1) sockets.push(await stalled(url));
      await setTimeout(rest);
      const stalledPeak = server.peakMemory();
      const beside = await timedRounds(rounds, () => drain.get(url));

      const start = performance.now();
      const received = await Promise.all(sockets.map(countBytes));
      const took = performance.now() - start;
      const cut = received.filter((bytes) => bytes < size).length;
      if (cut > 0) throw new Error(`${cut} of ${readers} slow readers did not get the whole archive`);
      drain.close();
      return [
        figure('memory before', before / 1e6, 'MB'),
        figure('peak memory with all of them stalled', stalledPeak / 1e6, 'MB'),
        figure('growth', (stalledPeak - before) / 1e6, 'MB'),
        figure('growth for each', (stalledPeak - before) / readers / 1e3, 'kB'),
        figure('a download with nobody else there', median(free), 'ms'),
        figure('a download beside them', median(beside), 'ms'),
        figure('all of them read to the end', took, 'ms', `${((readers * size) / 1e9).toFixed(1)} GB`),
        figure('peak memory meanwhile', server.peakMemory() / 1e6, 'MB'),
      ];
    }),
} satisfies Benchmark;

/** Asks for an archive over a connection of its own, and does not read. */
function stalled(to: string): Promise<net.Socket> {
  const { hostname, port, host, pathname, search } = new URL(to);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.once('error', reject).once('connect', () => {
      socket.pause();
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      resolve(socket);
    });
  });
}

/** Reads a connection to its end. */
async function countBytes(socket: net.Socket): Promise<number> {
  let size = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) size += chunk.length;
  return size;
}
