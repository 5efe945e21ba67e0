import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Benchmark, figure, ratio, sizes, withGoal } from './benchmark.ts';
import { openDrain } from './drain.ts';
import { generateBot } from './generate-bot.ts';
import { copyDurably, startPlainServer, startRawServer } from './limits.ts';
import { hasJqAndZip, jqAndZip, parseSerialiseCompress } from './peers.ts';
import { withServer } from './server.ts';
import { type Contender, median, takeTurns, timed } from './statistics.ts';

const rounds = 21;
/** The peers take seconds and vary little. */
const peerRounds = 3;

const names = {
  own: 'Botport',
  again: 'Botport, an export that was made before',
  raw: 'limit: a socket sends the archive from memory',
  http: 'limit: node:http sends the finished file',
  copy: 'limit: copy and fsync the finished file',
  node: 'parse + serialise + compress',
  jq: 'jq . | zip',
};

export default {
  name: 'whole-export',
  what: 'a whole export of 58 MB: POST to the last byte of the download',
  run: () =>
    withServer(async (server) => {
      const definition = path.join(server.folder, 'definition.json');
      await writeFile(definition, generateBot(sizes.huge));
      const uploaded = await server.upload(definition);
      const botId = await server.importUploaded(uploaded);
      // What was asked for before is kept: each round exports a bot that never was.
      const others: string[] = [];
      while (others.length <= rounds) others.push(await server.importUploaded(uploaded));
      const archive = path.join(server.folder, 'archive.zip');
      await server.save(await server.exportBot(botId), archive);
      const [plain, raw] = [await startPlainServer(archive), await startRawServer(archive)];
      // All three are read by the same kind of client, each over a connection that is kept.
      const own = await openDrain(await server.exportBot(botId));
      const [plainDrain, rawDrain] = [await openDrain(plain.url), await openDrain(raw.url)];
      const parts: Record<'untilSuccess' | 'transfer', number[]> = { untilSuccess: [], transfer: [] };

      const exportWhole = async () => {
        let url = '';
        parts.untilSuccess.push(
          await timed(async () => {
            url = await server.exportBot(others.pop() ?? botId);
          }),
        );
        parts.transfer.push(await timed(() => own.get(url)));
      };
      const contenders: Contender[] = [
        { name: names.own, rounds, action: exportWhole },
        { name: names.again, rounds, action: async () => own.get(await server.exportBot(botId)) },
        { name: names.raw, rounds, action: () => rawDrain.get(`${raw.url}/`) },
        { name: names.http, rounds, action: () => plainDrain.get(`${plain.url}/file`) },
        { name: names.copy, rounds, action: () => copyDurably(archive, `${archive}.copy`) },
        {
          name: names.node,
          rounds: peerRounds,
          action: () => parseSerialiseCompress(definition, `${archive}.node`),
        },
      ];
      if (hasJqAndZip()) {
        const action = () => jqAndZip(definition, `${archive}.jq`);
        contenders.push({ name: names.jq, rounds: peerRounds, action });
      }
      try {
        const times = await takeTurns(contenders);
        const timeOf = (name: string) => times.get(name) ?? Number.NaN;
        const transfer = median(parts.transfer);
        return [
          ...[...times].map(([name, time]) => figure(name, time, 'ms')),
          figure('of it, POST to success', median(parts.untilSuccess), 'ms'),
          figure('of it, the transfer', transfer, 'ms'),
          withGoal(ratio(`Botport / ${names.copy}`, timeOf(names.own), timeOf(names.copy)), 1, 'most', 1.5),
          ratio(`transfer / ${names.raw}`, transfer, timeOf(names.raw)),
          ratio(`transfer / ${names.http}`, transfer, timeOf(names.http)),
          withGoal(ratio(`${names.node} / Botport`, timeOf(names.node), timeOf(names.own)), 1, 'least', 100),
          ...(times.has(names.jq)
            ? [withGoal(ratio(`${names.jq} / Botport`, timeOf(names.jq), timeOf(names.own)), 1, 'least', 150)]
            : []),
        ];
      } finally {
        for (const drain of [own, plainDrain, rawDrain]) drain.close();
        await plain.stop();
        await raw.stop();
      }
    }),
} satisfies Benchmark;
