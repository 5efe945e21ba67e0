import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Benchmark, type Figure, figure, ratio, sizes } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
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
        const times: Record<'upload' | 'work' | 'parse' | 'least', number[]> = {
          upload: [],
          work: [],
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
          const { items, pieces } = cut(readFileSync(file, 'utf8'));
          times.parse.push(await timed(() => parseAll(items)));
          times.least.push(await timed(() => leastWork(items, pieces)));
        }
        const rate = (list: number[]) => bytes / 1e3 / median(list);
        const size = `${bytes / 1e6} MB`;
        figures.push(
          figure(`${size}: upload`, rate(times.upload), 'MB/s'),
          figure(`${size}: import, POST to success`, rate(times.work), 'MB/s'),
          figure(`${size}: JSON.parse item by item`, rate(times.parse), 'MB/s', 'the peer: only reads'),
          figure(`${size}: parse, hash, deflate 9`, rate(times.least), 'MB/s', 'the least work, one thread'),
          ratio(`${size}: import / JSON.parse`, rate(times.work), rate(times.parse)),
          ratio(`${size}: import / least work`, rate(times.work), rate(times.least)),
        );
      }
      return figures;
    }),
} satisfies Benchmark;

/** Every item of the lists, and the other sections, as text of its own; and the text in pieces like segments. */
function cut(definition: string): { items: string[]; pieces: Buffer[] } {
  const sections = Object.values(JSON.parse(definition) as Record<string, unknown>);
  const items = sections.flat().map((item) => JSON.stringify(item, null, 4));
  const bytes = Buffer.from(definition);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceSize) pieces.push(bytes.subarray(at, at + pieceSize));
  return { items, pieces };
}

function parseAll(items: string[]): void {
  for (const item of items) JSON.parse(item);
}

/** What no import gets around, given that segments are named by their content and kept as deflate of level 9. */
function leastWork(items: string[], pieces: Buffer[]): void {
  parseAll(items);
  for (const piece of pieces) {
    hash('sha256', piece);
    deflateRawSync(piece, { level: 9 });
  }
}
