import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { print } from '../src/json/layout.ts';
import { type Benchmark, figure, ratio, sizes, withGoal } from './benchmark.ts';
import { generateBot } from './generate-bot.ts';
import { createHttpClient } from './http.ts';
import { type Server, withServer } from './server.ts';
import { type Contender, takeTurns, timed } from './statistics.ts';

const rounds = 21;
/** The peers take a second and vary little. */
const peerRounds = 3;

const names = {
  own: 'Botport, GET to the last byte',
  text: 'Botport, as text',
  node: 'Botport, where one node differs',
  parse: 'JSON.parse of both definitions',
  diff: 'diff of both files, line by line',
};

export default {
  name: 'diff',
  what: 'the difference of two versions of a bot of 58 MB that differ in one dialog',
  run: () => withServer(measure),
} satisfies Benchmark;

async function measure(server: Server) {
  const [before, after, last] = [1, 2, 3].map((n) => path.join(server.folder, `definition ${n}.json`)) as [
    string,
    string,
    string,
  ];
  await writeFile(before, generateBot(sizes.huge));
  await writeFile(after, withOtherDialog(readFileSync(before, 'utf8')));
  const bot = await server.importUploaded(await server.upload(before));
  await server.replaceDraft(bot, await server.upload(after));
  await writeFile(last, withOtherNode(readFileSync(after, 'utf8')));
  await server.replaceDraft(bot, await server.upload(last));

  const client = createHttpClient(1);
  const ask = async (format: string, from = 1) => {
    const query = new URLSearchParams({
      from: `draft:${bot}@${from}`,
      to: `draft:${bot}@${from + 1}`,
      format,
    });
    return (
      await client.send('GET', `${server.url}/api/v1/diff?${query}`, { auth: server.token })
    ).toString();
  };
  try {
    // The first question after a start reads the two manifests, too.
    await server.restart();
    const first = await timed(() => ask('json'));
    mustBeOneDialog(await ask('json'));
    const contenders: Contender[] = [
      { name: names.own, rounds, action: () => ask('json') },
      { name: names.text, rounds, action: () => ask('text') },
      // Which dialog it is in stands in the outline, which is looked through.
      { name: names.node, rounds, action: () => ask('json', 2) },
      {
        name: names.parse,
        rounds: peerRounds,
        action: () => [before, after].map((file) => JSON.parse(readFileSync(file, 'utf8'))),
      },
    ];
    if (hasDiff()) {
      contenders.push({
        name: names.diff,
        rounds: peerRounds,
        action: () => spawnSync('diff', [before, after]),
      });
    }
    const times = await takeTurns(contenders);
    const timeOf = (name: string) => times.get(name) ?? Number.NaN;
    return [
      ...[...times].map(([name, time]) =>
        name === names.own || name === names.node
          ? withGoal(figure(name, time, 'ms'), 8, 'most', 50)
          : figure(name, time, 'ms'),
      ),
      figure('Botport, the first after a start', first, 'ms', 'reads the manifests of both versions, too'),
      ratio(`${names.parse} / Botport`, timeOf(names.parse), timeOf(names.own), 'no library can be faster'),
      ...(times.has(names.diff)
        ? [ratio(`${names.diff} / Botport`, timeOf(names.diff), timeOf(names.own), 'which knows no items')]
        : []),
    ];
  } finally {
    client.close();
  }
}

type Item = Record<string, unknown>;

/** The definition with another text in one node of a dialog, and that node drawn and followed otherwise. */
function withOtherDialog(text: string): string {
  const definition = JSON.parse(text) as { dialogs: Item[]; dialogComponents: Item[] };
  const dialog = definition.dialogs[Math.floor(definition.dialogs.length / 2)] ?? {};
  const [node = {}] = (dialog.nodes as Item[]).slice(-1);
  const component = definition.dialogComponents.find(({ _id }) => _id === node.componentId) ?? {};
  node.transitions = [{ default: 'end' }];
  component.message = [
    { channel: 'default', localeData: { en: { text: 'Something%20else', type: 'basic' } } },
  ];
  return print(definition, 0);
}

/** The definition with another text in one node, of a dialog that stays as it is. */
function withOtherNode(text: string): string {
  const definition = JSON.parse(text) as { dialogComponents: Item[] };
  const component = definition.dialogComponents.find(({ type }) => type === 'entity') ?? {};
  component.message = [{ channel: 'default', localeData: { en: { text: 'Which%20one%3F', type: 'basic' } } }];
  return print(definition, 0);
}

function mustBeOneDialog(reply: string): void {
  const { counts, sections } = JSON.parse(reply) as { counts: Item; sections: { section: string }[] };
  const keys = sections.map(({ section }) => section).join();
  if (counts.changed !== 2 || keys !== 'dialogComponents,dialogs')
    throw new Error(`another difference: ${reply}`);
}

function hasDiff(): boolean {
  try {
    execFileSync('diff', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
