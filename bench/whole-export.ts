import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Benchmark, type Figure, figure, ratio, sizes } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { createHttpClient } from './http.ts';
import { copyDurably, startPlainServer } from './limits.ts';
import { hasJqAndZip, jqAndZip } from './peers.ts';
import { withServer } from './server.ts';
import { type Contender, takeTurns } from './statistics.ts';

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
      await server.save(await server.exportBot(botId), archive);
      const plain = await startPlainServer(archive);
      const client = createHttpClient(1);

      const contender = (name: string, rounds: number, action: () => unknown): Contender => ({
        name,
        rounds,
        action,
      });
      const contenders = [
        contender('Botport', rounds, async () => server.download(await server.exportBot(botId))),
        contender('limit: node:http sends the finished file', rounds, () =>
          client.drain(`${plain.url}/file`),
        ),
        contender('limit: copy and fsync the finished file', rounds, () =>
          copyDurably(archive, `${archive}.copy`),
        ),
        contender('parse + serialise + compress', peerRounds, () =>
          parseSerialiseCompress(definition, `${archive}.node`),
        ),
      ];
      if (hasJqAndZip()) {
        contenders.push(contender('jq . | zip', peerRounds, () => jqAndZip(definition, `${archive}.jq`)));
      }
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

/** What a server does that keeps definitions as JSON: the whole work for each export. */
function parseSerialiseCompress(definition: string, to: string): void {
  const text = JSON.stringify(JSON.parse(readFileSync(definition, 'utf8')), null, 4);
  const file = openSync(to, 'w');
  writeFileSync(file, deflateRawSync(text, { level: 9 }));
  fsyncSync(file);
  closeSync(file);
}
