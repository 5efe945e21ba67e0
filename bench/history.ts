import { mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Benchmark, type Figure, figure, ratio, withGoal } from './benchmark.ts';
import { sampleConfig, sampleIcon } from './generate-bot.ts';
import { type GitHistory, hasGit, openGit } from './git.ts';
import { copyDurably } from './limits.ts';
import { type NightlyEdits, nightlyVersions } from './nightly.ts';
import { type Server, withServer } from './server.ts';
import { median, timed } from './statistics.ts';
import { storedBytes } from './stored.ts';

/** Nights of the history; fewer give a quick run, of which the sizes say little. */
const nights = Number(process.env.BENCH_NIGHTS || 1_000);
const size = 5e6;

/** Nights between two collections, and between two published versions. */
const collectEvery = 50;
const publishEvery = 100;

/** Exports of each kind; of old versions each time another one, so that nothing of it is in memory. */
const rounds = 5;

const benchmark: Benchmark = {
  name: 'history',
  what: `${nights} nightly versions of a bot of ${size / 1e6} MB: bytes beside git, exports beside a copy of the archive`,
  async run() {
    const figures: Figure[] = [];
    for (const edits of ['in one place', 'scattered'] as const) {
      const settings = { BOTPORT_KEEP_READY: '0m', BOTPORT_KEEP_UPLOADS: '1m', BOTPORT_GC_EVERY: 'off' };
      figures.push(...(await withServer((server) => measure(server, edits), 1, undefined, settings)));
    }
    return figures;
  },
};
export default benchmark;

async function measure(server: Server, edits: NightlyEdits): Promise<Figure[]> {
  const git = hasGit() ? openGit(path.join(makeFolder(server, 'git'), 'history.git')) : undefined;
  const archives = makeFolder(server, 'archives');
  const bot = await takeIn(server, edits, git, archives);
  await server.collect();
  const stored = storedBytes(path.join(server.folder, 'data', 'botport.sqlite'));
  const packed = await git?.pack();
  const megabytes = (bytes: number) => bytes / 1e6;
  const named = (what: string) => `${edits}: ${what}`;
  const largest = stored.tables.slice(0, 5).map(([name, bytes]) => `${name} ${megabytes(bytes).toFixed(2)}`);
  return [
    figure(
      named('stored'),
      megabytes(stored.history),
      'MB',
      `all but uploads and requests; ${largest.join(', ')}`,
    ),
    ...(packed === undefined
      ? []
      : [
          figure(named('git, gc --aggressive'), megabytes(packed), 'MB', 'packs and indexes'),
          withGoal(ratio(named('stored / git'), stored.history, packed), 4, 'most', 1),
        ]),
    figure(named('the file'), megabytes(stored.file), 'MB', 'with free pages, where uploads were'),
    ...(await exportFigures(server, bot, archives, named)),
  ];
}

function makeFolder(server: Server, name: string): string {
  const folder = path.join(server.folder, name);
  mkdirSync(folder);
  return folder;
}

const oldVersions = (): [name: string, first: number][] => [
  ['oldest', 1],
  ['middle', Math.ceil(nights / 2)],
  ['recent', Math.max(1, nights - 2 * rounds)],
];

/** Brings all versions in, and keeps the archive of some from when they were the draft. Gives the bot's id. */
async function takeIn(
  server: Server,
  edits: NightlyEdits,
  git: GitHistory | undefined,
  archives: string,
): Promise<string> {
  const beside = { 'config.json': sampleConfig(), 'icon.png': sampleIcon() };
  const kept = new Set(oldVersions().map(([, number]) => number));
  const file = path.join(server.folder, 'botDefinition.json');
  let bot = '';
  let number = 0;
  for (const definition of nightlyVersions(size, nights, edits)) {
    number += 1;
    const committed = git?.commit({ 'botDefinition.json': definition, ...(number === 1 ? beside : {}) });
    await writeFile(file, definition);
    const uploaded = await server.upload(file);
    if (number === 1) bot = await server.importUploaded(uploaded);
    else await server.replaceDraft(bot, uploaded);
    await committed;
    if (kept.has(number))
      await server.save(await server.exportBot(bot), path.join(archives, `${number}.zip`));
    if (number % publishEvery === 0 || number === nights) await server.publish(bot);
    if (number % collectEvery === 0) {
      await server.collect();
      console.error(`  ${edits}: ${number} of ${nights} nights`);
    }
  }
  return bot;
}

async function exportFigures(
  server: Server,
  bot: string,
  archives: string,
  named: (what: string) => string,
): Promise<Figure[]> {
  const archive = path.join(archives, 'copied.zip');
  await server.save(await server.exportBot(bot), archive);
  const copies: number[] = [];
  const times = new Map<string, number[]>();
  const take = async (what: string, exported: () => Promise<string>) => {
    const list = times.get(what) ?? [];
    times.set(what, list);
    list.push(await timed(async () => server.download(await exported())));
    copies.push(await timed(() => copyDurably(archive, `${archive}.copy`)));
  };
  for (let round = 0; round < rounds; round += 1) {
    await take('draft', () => server.exportBot(bot));
    await take('published', () => server.exportBot(bot, { exportType: 'published' }));
    for (const [name, first] of oldVersions()) {
      const number = Math.min(first + round, nights - 1);
      // What was thawed before would shorten the way to it.
      await server.collect();
      await take(`${name}, frozen`, () => server.exportEarlier(bot, number));
      if (round === 0) await compare(server, bot, number, archives);
      await take(`${name}, again`, () => server.exportEarlier(bot, number));
    }
  }
  const copy = median(copies);
  return [
    figure(named('copy and fsync the archive'), copy, 'ms'),
    ...[...times].flatMap(([what, list]) => [
      figure(named(`export of ${what}`), median(list), 'ms'),
      withGoal(
        ratio(named(`export of ${what} / copy`), median(list), copy),
        4,
        'most',
        what === 'draft' || what === 'published' ? 1.5 : 10,
      ),
    ]),
  ];
}

/** An old version has to come out as it did when it was the draft, byte for byte. */
async function compare(server: Server, bot: string, number: number, archives: string): Promise<void> {
  const file = path.join(archives, `${number} again.zip`);
  await server.save(await server.exportEarlier(bot, number), file);
  if (readFileSync(file).equals(readFileSync(path.join(archives, `${number}.zip`)))) return;
  throw new Error(`version ${number} comes out as another archive than when it was the draft`);
}
