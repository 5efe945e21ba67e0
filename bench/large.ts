import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openArchive } from '../src/archives/zip-reader.ts';
import { archiveFile } from './archive-file.ts';
import { type Benchmark, type Figure, figure, ratio, withGoal } from './benchmark.ts';
import { generateBot, sampleConfig, sampleIcon } from './generate-bot.ts';
import { parseItems } from './json-items.ts';
import { withServer } from './server.ts';
import { timed } from './statistics.ts';

/** Another size for a quick look: BENCH_LARGE=1e8. */
const bytes = Number(process.env.BENCH_LARGE ?? 1e9);

export default {
  name: 'large',
  what: `a definition of ${bytes / 1e6} MB: in as a zip, out as a zip, with the memory of the server`,
  run: () =>
    withServer(async (server) => {
      const file = path.join(server.folder, 'botDefinition.json');
      await pipeline(Readable.from(generateBot(bytes, 'large')), createWriteStream(file));
      await writeFile(path.join(server.folder, 'config.json'), sampleConfig());
      await writeFile(path.join(server.folder, 'icon.png'), sampleIcon());
      const zip = path.join(server.folder, 'bot.zip');
      execFileSync('python3', [
        '-c',
        'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED)\n' +
          'for f in sys.argv[2:]: z.write(f, f.split("/")[-1])\nz.close()',
        zip,
        ...['botDefinition.json', 'config.json', 'icon.png'].map((name) => path.join(server.folder, name)),
      ]);
      const size = statSync(file).size;
      const figures: Figure[] = [];
      const rate = (milliseconds: number) => size / 1e3 / milliseconds;
      const peaks = async <T>(what: string, action: () => Promise<T>): Promise<[T, number]> => {
        server.forgetPeak();
        let result: T | undefined;
        const time = await timed(async () => {
          result = await action();
        });
        figures.push(
          figure(what, rate(time), 'MB/s', `${(time / 1e3).toFixed(1)} s`),
          withGoal(
            figure(`${what}: peak memory of the server`, server.peakMemory() / 1e6, 'MB'),
            3,
            'most',
            300,
          ),
        );
        return [result as T, time];
      };

      const [zipInfo] = await peaks(`upload of the zip, ${Math.round(statSync(zip).size / 1e6)} MB`, () =>
        server.uploadFile(zip),
      );
      const peer = await parseItems(createReadStream(file, { highWaterMark: 1 << 20 }));
      const [botId, imported] = await peaks('import, POST to success', () =>
        server.importUploaded({ zipInfo }),
      );
      figures.push(
        figure('splitting + JSON.parse', rate(peer.all), 'MB/s', 'the peer: one thread, only reads'),
        figure('JSON.parse of pieces cut before', rate(peer.parse), 'MB/s'),
        withGoal(ratio('import / (splitting + JSON.parse)', rate(imported), rate(peer.all)), 3, 'least', 0.5),
        ratio('import / JSON.parse of pieces', rate(imported), rate(peer.parse)),
      );
      // A process that has just imported holds memory that an export does not need.
      await server.restart();
      const [url] = await peaks('export, POST to success', () => server.exportBot(botId));
      const archive = path.join(server.folder, 'archive.zip');
      await peaks('download to a file', () => server.save(url, archive));
      figures.push(...(await checks(archive, file, size)));
      return figures;
    }),
} satisfies Benchmark;

/** What other tools say of the archive: 1 where they find it in order. */
async function checks(archive: string, source: string, size: number): Promise<Figure[]> {
  const tools: [name: string, command: string, ...args: string[]][] = [
    ['unzip -t', 'unzip', '-tqq', archive],
    ['python3 zipfile', 'python3', '-m', 'zipfile', '-t', archive],
    ['bsdtar', 'bsdtar', '-tf', archive],
    ['jar (Java)', 'jar', 'tf', archive],
  ];
  const found = tools.flatMap(([name, command, ...args]) => {
    try {
      execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      return [withGoal(figure(`the archive is in order: ${name}`, 1, ''), 3, 'least', 1)];
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return missing
        ? []
        : [withGoal(figure(`the archive is in order: ${name}`, 0, '', String(error)), 3, 'least', 1)];
    }
  });
  const { members } = await openArchive(archiveFile(archive), { maxUnpacked: 2 * size });
  const definition = members.find(({ name }) => name === 'botDefinition.json');
  const same =
    definition && (await textHash(definition.stream())) === (await textHash(createReadStream(source)));
  return [
    ...found,
    figure(
      'the definition is the one that came in',
      same ? 1 : 0,
      '',
      'read with yauzl, but for what exports write anew',
    ),
  ];
}

/** A hash of a definition without the lines every export writes anew. */
async function textHash(content: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  const rewritten = /^ {4}"(?:_id|encryptedHash)": |^ {4}"exportOptions": /;
  let rest = '';
  let skipping = false;
  const take = (line: string) => {
    if (skipping) skipping = !/^ {4}[\]}]/.test(line);
    else if (rewritten.test(line)) skipping = /[{[]$/.test(line);
    else hash.update(`${line.replace(/,$/, '')}\n`);
  };
  // Latin-1 keeps every byte as it is.
  for await (const chunk of content) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  take(rest);
  return hash.digest('hex');
}
