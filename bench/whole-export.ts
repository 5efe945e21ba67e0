import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Benchmark, type Figure, figure, ratio, sizes } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { createHttpClient } from './http.ts';
import { copyDurably, startPlainServer } from './limits.ts';
import { withServer } from './server.ts';
import { median, timed } from './statistics.ts';

const rounds = 7;
/** The peers take seconds and vary little. */
const peerRounds = 3;

export default {
  name: 'whole-export',
  what: 'a whole export of 58 MB: POST to the last byte of the download',
  run: () =>
    withServer(async (server) => {
      const definition = path.join(server.folder, 'definition.json');
      await writeFile(definition, generateBot(sizes.huge));
      const botId = await server.importUploaded(await server.upload(definition));
      const archive = path.join(server.folder, 'archive.zip');
      await save(await server.exportBot(botId), archive);
      const plain = await startPlainServer(archive);
      const client = createHttpClient(1);

      const contenders = new Map<string, () => unknown>([
        ['Botport', async () => server.download(await server.exportBot(botId))],
        ['limit: node:http sends the finished file', () => client.drain(`${plain.url}/file`)],
        ['limit: copy and fsync the finished file', () => copyDurably(archive, `${archive}.copy`)],
        ['parse + serialise + compress', () => parseSerialiseCompress(definition, `${archive}.node`)],
        ...(hasTools() ? [['jq . | zip', () => jqAndZip(definition, `${archive}.jq`)] as const] : []),
      ]);
      try {
        const times = await takeTurns(contenders);
        const [own = 0] = times.values();
        const figures: Figure[] = [...times].map(([name, time]) => figure(name, time, 'ms'));
        for (const [name, time] of [...times].slice(1)) {
          figures.push(
            time < own ? ratio(`Botport / ${name}`, own, time) : ratio(`${name} / Botport`, time, own),
          );
        }
        return figures;
      } finally {
        client.close();
        await plain.stop();
      }
    }),
} satisfies Benchmark;

/** Median times; in each round every contender has its turn, so that a busy moment meets them all. */
async function takeTurns(contenders: Map<string, () => unknown>): Promise<Map<string, number>> {
  const times = new Map<string, number[]>([...contenders.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, action] of contenders) {
      const isSlow = !name.startsWith('limit') && name !== 'Botport';
      if (isSlow && round >= peerRounds) continue;
      times.get(name)?.push(await timed(action));
    }
  }
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}

/** What a server does that keeps definitions as JSON: the whole work for each export. */
function parseSerialiseCompress(definition: string, to: string): void {
  const text = JSON.stringify(JSON.parse(readFileSync(definition, 'utf8')), null, 4);
  const file = openSync(to, 'w');
  writeFileSync(file, deflateRawSync(text, { level: 9 }));
  fsyncSync(file);
  closeSync(file);
}

function jqAndZip(definition: string, to: string): void {
  rmSync(to, { force: true });
  execFileSync('sh', ['-c', 'jq --indent 4 . "$0" | zip -9 -q "$1" - && sync "$1"', definition, to]);
}

function hasTools(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v jq && command -v zip'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function save(url: string, file: string): Promise<void> {
  const response = await fetch(url);
  await writeFile(file, new Uint8Array(await response.arrayBuffer()));
}
