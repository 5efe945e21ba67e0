import { hash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { segmentLevel } from '../src/snapshots/segment.ts';
import { type Benchmark, type Figure, figure, ratio, sizes } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { parseItems } from './json-items.ts';
import { withServer } from './server.ts';
import { median, timed } from './statistics.ts';

/** How much text a segment has, about. */
const pieceSize = 64 * 1024;

export default {
  name: 'import',
  what: 'importing definitions whose content the server has not seen before',
  run: () =>
    withServer(async (server) => {
      const file = path.join(server.folder, 'definition.json');
      const figures: Figure[] = [];
      for (const [bytes, rounds] of [
        [sizes.large, 9],
        [sizes.huge, 3],
      ] as const) {
        const times: Record<'upload' | 'work' | 'split' | 'parse' | 'least', number[]> = {
          upload: [],
          work: [],
          split: [],
          parse: [],
          least: [],
        };
        for (let round = 0; round < rounds; round += 1) {
          await writeFile(file, generateBot(bytes, `round ${round}`));
          let uploaded: Awaited<ReturnType<typeof server.upload>> | undefined;
          times.upload.push(
            await timed(async () => {
              uploaded = await server.upload(file);
            }),
          );
          const bot = uploaded;
          if (!bot) throw new Error('nothing was uploaded');
          times.work.push(await timed(() => server.importUploaded(bot)));
          const peer = await parseItems(createReadStream(file, { highWaterMark: 1 << 20 }));
          times.split.push(peer.all);
          times.parse.push(peer.parse);
          times.least.push(peer.parse + (await timed(() => hashAndDeflate(readFileSync(file)))));
        }
        const rate = (list: number[]) => bytes / 1e3 / median(list);
        const size = `${bytes / 1e6} MB`;
        figures.push(
          figure(`${size}: upload`, rate(times.upload), 'MB/s'),
          figure(`${size}: import, POST to success`, rate(times.work), 'MB/s'),
          figure(
            `${size}: splitting + JSON.parse`,
            rate(times.split),
            'MB/s',
            'the peer: one thread, only reads',
          ),
          figure(`${size}: JSON.parse of pieces cut before`, rate(times.parse), 'MB/s'),
          figure(`${size}: parse, hash, deflate 7`, rate(times.least), 'MB/s', 'the least work, one thread'),
          ratio(`${size}: import / (splitting + JSON.parse)`, rate(times.work), rate(times.split)),
          ratio(`${size}: import / JSON.parse`, rate(times.work), rate(times.parse)),
          ratio(`${size}: import / least work`, rate(times.work), rate(times.least)),
        );
      }
      return figures;
    }),
} satisfies Benchmark;

/**
 * With reading the items, what no import gets around, given that segments are named by their content and kept as deflate
 * of this level.
 */
function hashAndDeflate(definition: Buffer): void {
  for (let at = 0; at < definition.length; at += pieceSize) {
    const piece = definition.subarray(at, at + pieceSize);
    hash('sha256', piece);
    deflateRawSync(piece, { level: segmentLevel });
  }
}
