import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Benchmark, type Figure, figure } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { copyDurably } from './limits.ts';
import { parseSerialiseCompress } from './peers.ts';
import { withServer } from './server.ts';
import { takeTurns, timed } from './statistics.ts';

const sizes = [0.2, 0.8, 3.2, 12.8, 51.2, 204.8].map((megabytes) => megabytes * 1e6);
const rounds = 9;
/** The peer takes seconds, and too much memory for the largest. */
const peerRounds = 3;
const largestForPeer = 100e6;

const lines = [
  { what: 'import, POST to success', mark: 'i' },
  { what: 'parse + serialise + compress', mark: 'p' },
  { what: 'whole export, POST to the last byte', mark: 'e' },
  { what: 'copy and fsync the finished file', mark: 'c' },
] as const;
type Line = (typeof lines)[number]['what'];

const nameOf = (size: number) => `${size / 1e6} MB`;

export default {
  name: 'growth',
  what: 'how the times grow with the size of the definition',
  run: () =>
    withServer(async (server) => {
      const figures: Figure[] = [];
      for (const size of sizes) {
        const definition = path.join(server.folder, 'definition.json');
        await writeFile(definition, generateBot(size, 'growth'));
        const uploaded = await server.upload(definition);
        let botId = '';
        const importTime = await timed(async () => {
          botId = await server.importUploaded(uploaded);
        });
        const archive = path.join(server.folder, 'archive.zip');
        await server.save(await server.exportBot(botId), archive);
        const times = await takeTurns([
          {
            name: 'whole export, POST to the last byte',
            rounds,
            action: async () => server.download(await server.exportBot(botId)),
          },
          {
            name: 'copy and fsync the finished file',
            rounds,
            action: () => copyDurably(archive, `${archive}.copy`),
          },
          ...(size > largestForPeer
            ? []
            : [
                {
                  name: 'parse + serialise + compress',
                  rounds: peerRounds,
                  action: () => parseSerialiseCompress(definition, `${archive}.node`),
                },
              ]),
        ]);
        const all = new Map([...times, ['import, POST to success', importTime]]);
        for (const { what } of lines) {
          const time = all.get(what);
          if (time !== undefined) figures.push(figure(titleOf(size, what), time, 'ms'));
        }
      }
      return figures;
    }),
  draw: plot,
} satisfies Benchmark;

function titleOf(size: number, what: Line): string {
  return `${nameOf(size)}: ${what}`;
}

const columnWidth = 11;
/** Rows for each power of ten. */
const perDecade = 4;

/** Both axes are logarithmic, so that twice the time at twice the size is a line of 45 degrees. */
function plot(figures: Figure[]): string {
  const rowOf = (time: number) => Math.round(Math.log10(time) * perDecade);
  const rows = figures.map(({ value }) => rowOf(value));
  const [low, high] = [Math.min(...rows), Math.max(...rows)];
  const drawing: string[] = [];
  for (let row = high; row >= low; row -= 1) {
    const label = row % perDecade === 0 ? `${(10 ** (row / perDecade)).toLocaleString('en')} ms` : '';
    const marks = sizes.map((size) => {
      const here = lines.filter(({ what }) => {
        const found = figures.find((one) => one.what === titleOf(size, what));
        return found !== undefined && rowOf(found.value) === row;
      });
      return here
        .map(({ mark }) => mark)
        .join('')
        .padStart(Math.ceil(columnWidth / 2))
        .padEnd(columnWidth);
    });
    drawing.push(`${label.padStart(9)} │${marks.join('')}`.trimEnd());
  }
  const axis = sizes.map((size) =>
    nameOf(size)
      .padStart(Math.ceil(columnWidth / 2) + 2)
      .padEnd(columnWidth),
  );
  return [
    ...drawing,
    `${''.padStart(9)} └${'─'.repeat(columnWidth * sizes.length)}`,
    `${''.padStart(11)}${axis.join('')}`.trimEnd(),
    '',
    ...lines.map(({ what, mark }) => `  ${mark}  ${what}`),
  ].join('\n');
}
