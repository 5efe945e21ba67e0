import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ExportRequest, readOptions } from '../src/definition/options.ts';
import { stubFields } from '../src/definition/sections.ts';
import { takeByOwner } from '../src/definition/selection.ts';
import { membersOf } from '../test/support/archive.ts';
import { type Benchmark, type Figure, figure, ratio, sizes, withGoal } from './benchmark.ts';
import { openDrain } from './drain.ts';
import { generateBot } from './generate-bot.ts';
import { copyDurably } from './limits.ts';
import { hasJqAndZip, jq, jqAndZip } from './peers.ts';
import { withServer } from './server.ts';
import { type Contender, takeTurns } from './statistics.ts';

const rounds = 11;
/** The peer takes seconds and varies little; a restart takes a second. */
const slowRounds = 3;
const coldRounds = 5;

const tasks = ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'];
const nlpData = [
  'nlpSettings',
  'utterances',
  'patterns',
  'traits',
  'rules',
  'concepts',
  'synonyms',
  'standardResponses',
];

type Definition = Record<string, unknown> & { dialogs: { _id: string }[] };

/** A request for a part of the bot, and the jq program that makes the same selection. */
interface Part {
  name: string;
  /** The most an export may take, as a multiple of copying its archive. */
  goal?: number;
  body: ExportRequest;
  program: string;
}

function partsOf(definition: Definition): Part[] {
  const keys = Object.keys(definition);
  const byComponents = (name: string, body: ExportRequest): Part => ({
    name,
    goal: 4,
    body,
    program: programForComponents(body, keys),
  });
  const tenth = definition.dialogs.filter((_, index) => index % 10 === 0).map(({ _id }) => _id);
  return [
    byComponents('no settings', { exportType: 'latest', exportOptions: { tasks, nlpData } }),
    byComponents('tasks only', { exportType: 'latest', exportOptions: { tasks } }),
    byComponents('NLP data only', { exportType: 'latest', exportOptions: { nlpData } }),
    byComponents('documented body, old names', documentedBody),
    {
      name: '10 % of the dialogs',
      goal: 4,
      body: { exportType: 'latest', subTasks: { dialogs: tenth } },
      program: programForDialogs(tenth),
    },
  ];
}

/**
 * Those whose first export after a start of the server is measured, too: one that reads nothing of the definition,
 * and one for which the server has to learn first who refers to whom.
 */
const coldParts = ['no settings', '10 % of the dialogs'];

/** The whole body in the words of the API’s documentation up to version 9, which has no forms. */
const documentedBody: ExportRequest & { allTasks: boolean } = {
  exportType: 'latest',
  exportOptions: {
    settings: ['botSettings', 'botVariables', 'ivrSettings'],
    tasks: ['botTask', 'knowledgeGraph', 'smallTalk'],
    nlpData: [
      'training_data',
      'bot_synonyms',
      'defaultDialog',
      'nlpSettings',
      'utterances',
      'patterns',
      'standardResponses',
    ],
  },
  subTasks: { alerts: [], actions: [], dialogs: [] },
  allTasks: true,
  IncludeDependentTasks: true,
  customDashboards: true,
};

export default {
  name: 'parts',
  what: 'exports of parts of 58 MB: POST to the last byte of the download',
  run: () =>
    withServer(async (server) => {
      const file = path.join(server.folder, 'definition.json');
      await writeFile(file, generateBot(sizes.huge));
      const uploaded = await server.upload(file);
      const botId = await server.importUploaded(uploaded);
      // What was asked for before is kept: each export of a part is of a bot whose part never was.
      const others: string[] = [];
      while (others.length < rounds + coldRounds) others.push(await server.importUploaded(uploaded));
      const asked = new Map<Part, number>();
      const parts = partsOf(JSON.parse(readFileSync(file, 'utf8')));
      const archiveOf = ({ name }: Part) => path.join(server.folder, `${name.replaceAll(/\W+/g, '-')}.zip`);
      const withJq = hasJqAndZip();
      for (const part of parts) {
        await server.save(await server.exportBot(botId, part.body), archiveOf(part));
        if (withJq) await mustAgree(part, archiveOf(part), file);
      }

      // Over a connection of its own for each download, so that the first after a start does not differ.
      const exportPart = async (part: Part) => {
        const round = asked.get(part) ?? 0;
        asked.set(part, round + 1);
        const url = await server.exportBot(others[round] ?? botId, part.body);
        const drain = await openDrain(url);
        await drain.get(url);
        drain.close();
      };
      const warm = parts.flatMap((part): Contender[] => {
        const archive = archiveOf(part);
        const contenders = [
          { name: part.name, rounds, action: () => exportPart(part) },
          { name: limitOf(part), rounds, action: () => copyDurably(archive, `${archive}.copy`) },
        ];
        if (withJq) {
          const action = () => jqAndZip(file, `${archive}.jq`, part.program);
          contenders.push({ name: peerOf(part), rounds: slowRounds, action });
        }
        return contenders;
      });
      const cold = parts
        .filter(({ name }) => coldParts.includes(name))
        .map((part) => ({
          name: part.name,
          rounds: coldRounds,
          prepare: () => server.restart(),
          action: () => exportPart(part),
        }));
      const times = await takeTurns(warm);
      const coldTimes = await takeTurns(cold);
      if (!withJq) console.error('  jq or zip is not installed: measured without that peer');
      return parts.flatMap((part) =>
        figuresOf(part, {
          own: times.get(part.name) ?? Number.NaN,
          cold: coldTimes.get(part.name),
          least: times.get(limitOf(part)) ?? Number.NaN,
          size: statSync(archiveOf(part)).size,
          peer: times.get(peerOf(part)),
        }),
      );
    }),
} satisfies Benchmark;

const limitOf = ({ name }: Part) => `limit of ${name}`;
const peerOf = ({ name }: Part) => `jq for ${name}`;

interface Measured {
  own: number;
  /** The first export after a start of the server, where that was measured. */
  cold: number | undefined;
  least: number;
  /** Bytes of the archive. */
  size: number;
  peer: number | undefined;
}

function figuresOf({ name, goal }: Part, { own, cold, least, size, peer }: Measured): Figure[] {
  const copied = `copy and fsync the finished file, ${(size / 1e6).toFixed(2)} MB`;
  const first = 'first after a start';
  return [
    figure(`${name}: Botport`, own, 'ms'),
    ...(cold === undefined ? [] : [figure(`${name}: Botport, ${first}`, cold, 'ms')]),
    figure(`${name}: limit`, least, 'ms', copied),
    ...(peer === undefined ? [] : [figure(`${name}: jq | zip`, peer, 'ms')]),
    ...[ratio(`${name}: Botport / limit`, own, least)].map((one) =>
      goal === undefined ? one : withGoal(one, 2, 'most', goal),
    ),
    ...(cold === undefined ? [] : [ratio(`${name}: ${first} / limit`, cold, least)]),
    ...(peer === undefined ? [] : [ratio(`${name}: jq | zip / Botport`, peer, own)]),
    ...(peer === undefined || cold === undefined ? [] : [ratio(`${name}: jq | zip / ${first}`, peer, cold)]),
  ];
}

/** Deletes, empties and cuts the sections of what is not chosen, of those a definition has. */
function programForComponents(body: ExportRequest, keys: readonly string[]): string {
  const options = readOptions(body);
  const facts = { type: 'default', states: [], defaultDialogId: undefined };
  const absent: string[] = [];
  const steps: string[] = [];
  for (const key of keys) {
    const take = takeByOwner(key, options, facts);
    if (take.as === 'absent') absent.push(`.${key}`);
    if (take.as === 'text') steps.push(`.${key} = ${take.text}`);
    if (take.as === 'stubs') steps.push(`.${key} |= map(${stubProgram(key)})`);
  }
  if (absent.length > 0) steps.unshift(`del(${absent.join(', ')})`);
  return steps.join(' | ');
}

function stubProgram(section: string): string {
  const fields = stubFields[section];
  if (!fields) return '.';
  if ('drop' in fields) return `del(${fields.drop.map((field) => `.${field}`).join(', ')})`;
  const names = JSON.stringify(fields.keep);
  return `. as $item | reduce ${names}[] as $f ({}; if $item | has($f) then .[$f] = $item[$f] else . end)`;
}

/** Keeps dialogs, by id, with what belongs to them: components, their own included, patterns, sentences, scenes. */
function programForDialogs(ids: readonly string[]): string {
  return `
def parts: .nodes[]? | (.componentId | strings), parts;
def set: map(select(. != null) | { key: ., value: true }) | from_entries;
${JSON.stringify(ids)} as $ids
| ($ids | set) as $wanted
| (.dialogComponents | INDEX(._id)) as $components
| (.dialogs | map(select($wanted[._id]))) as $kept
| (.dialogs | map(select($wanted[._id] | not) | ._id, .refId) | set) as $leftOut
| ({ seen: {}, next: [$kept[] | parts] }
  | until(.next == [];
      .seen += (.next | set)
      | .seen as $seen
      | .next |= [$components[.[]] // {} | parts | select($seen[.] | not)])
  | .seen) as $used
| .dialogs = $kept
| .dialogComponents |= map(select($used[._id]))
| ([.dialogs, .dialogComponents, .actions, .alerts, .experienceFlows] | map(.[]?)) as $spoken
| ($spoken | map(.refId) | set) as $refIds
| ($spoken | map(._id) | set) as $ownIds
| .patterns |= map(select($refIds[.refId // ""]))
| .sentences |= map(select($ownIds[.taskId // ""]))
| ($kept | map(.refId) | set) as $dialogs
| .scenes |= map(select($dialogs[.dialogRefId // ""]))
| (.scenes | map(._id) | set) as $scenes
| .sceneComponents |= map(select($scenes[.sceneId // ""]))
| .mlParams |= map(if .dialogIntents then .dialogIntents |= map(select($leftOut[.] | not)) else . end)
| .botEvents |= map_values(if type == "object" and $leftOut[.task // ""] then .enabled = false else . end)`;
}

/** What Botport writes itself. */
const ownSections = ['_id', 'exportOptions', 'encryptedHash'];

/** Throws when the peer makes another selection than Botport: then it would do other work. The order of keys may differ. */
async function mustAgree({ name, program }: Part, archive: string, definition: string): Promise<void> {
  const text = (await membersOf(readFileSync(archive))).get('botDefinition.json');
  const ours = JSON.parse(String(text)) as Definition;
  const theirs = jq(definition, program) as Definition;
  const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const different = [...keys].filter(
    (key) => !ownSections.includes(key) && !isDeepStrictEqual(ours[key], theirs[key]),
  );
  if (different.length > 0) throw new Error(`${name}: jq and Botport differ in ${different.join(', ')}`);
}
