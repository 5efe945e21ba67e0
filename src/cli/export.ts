import { type Command, Option } from 'commander';
import type { Client } from '../client/client.ts';
import type { ExportBody } from '../client/exports.ts';
import type { BotFile, ExportPlace } from '../transfer/bot-file.ts';
import type { DeliveredExport } from '../transfer/deliver-export.ts';
import type { WantedExport } from '../transfer/fetch-export.ts';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';
import { readJsonObject } from './json-option.ts';
import { chosenParts } from './parts.ts';
import { print } from './print.ts';
import { collect, readList, readNumber } from './values.ts';
import { waitTimeout, waitTimeoutOption } from './wait-timeout.ts';

interface ExportCommandOptions {
  host?: string;
  file?: string;
  type?: 'latest' | 'published';
  version?: number;
  draft?: number;
  settings?: string[];
  tasks?: string[];
  nlpData?: string[];
  dialog?: string[];
  dependent?: boolean;
  body?: Record<string, unknown>;
  out?: string;
  folder?: string;
  exploded?: string;
  wait: boolean;
  waitTimeout?: number;
  dryRun?: boolean;
  explain?: boolean;
  json?: boolean;
}

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('export a bot, whole or in part, to an archive or a folder')
    .argument('[bot]', 'id (st-…) or name; left out: the bot that botport.yaml names')
    .addOption(hostOption())
    .option('--file <file>', 'read bot, host, parts and place from this file (without a bot: botport.yaml)')
    .addOption(
      new Option('--type <copy>', 'the draft, or the newest published version (default: latest)').choices([
        'latest',
        'published',
      ]),
    )
    .addOption(earlier('--version <number>', 'this published version').conflicts(['type', 'draft']))
    .addOption(earlier('--draft <number>', 'this earlier draft').conflicts(['type', 'version']))
    .option('--settings <names>', 'only these settings, with commas: botSettings,botVariables,…', readList)
    .option('--tasks <names>', 'only these kinds of tasks: botTask,knowledgeGraph,…', readList)
    .option('--nlp-data <names>', 'only this language data: utterances,patterns,…', readList)
    .option('--dialog <name>', 'only this dialog (again for more)', collect)
    .option('--dependent', 'also the tasks that the chosen ones refer to')
    .option('--body <json>', 'members of the request as the API has them; or @FILE with them', readJsonObject)
    .addOption(
      new Option('--out <file>', 'to an archive (default: bot.zip)').conflicts(['folder', 'exploded']),
    )
    .addOption(new Option('--folder <folder>', 'to a folder, as files').conflicts(['out', 'exploded']))
    .addOption(new Option('--exploded <folder>', 'to a folder, as explode does').conflicts(['out', 'folder']))
    .addOption(
      new Option('--no-wait', 'start the export, print its id and end').conflicts(['explain', 'dryRun']),
    )
    .addOption(waitTimeoutOption())
    .option('--explain', 'also print what it holds, why, and what dangles in it (Botport hosts)')
    .addOption(
      new Option('--dry-run', 'print the same without exporting (Botport hosts)').conflicts([
        'version',
        'draft',
      ]),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'What is chosen on the command line goes before what the file says. docs/choosing.md tells what there is to',
          'choose, docs/bot-file.md describes the file.',
          'The app: that of the profile, or BOTPORT_CLIENT_ID and BOTPORT_CLIENT_SECRET; docs/profiles.md tells more.',
        ],
        examples: [
          'botport export st-… --type published --out bank.zip',
          'botport export "Harbour Bank" --exploded bank',
          'botport export st-… --tasks botTask --nlp-data utterances,patterns --dialog "Block Card" --dependent',
          'botport export st-… --dialog "Block Card" --dependent --dry-run',
        ],
      }),
    )
    .action(run);
}

function earlier(flags: string, description: string): Option {
  return new Option(flags, `${description} (Botport hosts)`).argParser(readNumber);
}

async function run(bot: string | undefined, options: ExportCommandOptions, command: Command): Promise<void> {
  const [{ connect }, { readBotFile, usualBotFile }] = await Promise.all([
    import('./connect.ts'),
    import('../transfer/bot-file.ts'),
  ]);
  const named = options.file ?? (bot === undefined ? usualBotFile() : undefined);
  const file = named === undefined ? undefined : readBotFile(named);
  const wantedBot = bot ?? file?.bot;
  if (wantedBot === undefined) command.error('error: no bot is given, and there is no botport.yaml');

  const client = await connect(options.host ?? file?.host);
  const botId = await client.bots.idOf(wantedBot);
  const wanted = { botId, body: bodyOf(options, file), number: options.version ?? options.draft };

  if (options.dryRun) {
    const [{ describeExport }, { botportOnly }] = await Promise.all([
      import('./describe-export.ts'),
      import('../transfer/botport-only.ts'),
    ]);
    const plan = await botportOnly('a dry run', client.exports.plan(botId, wanted.body));
    print(options.json, plan, () => describeExport(plan));
    return;
  }
  if (!options.wait) {
    const { startExport } = await import('../transfer/fetch-export.ts');
    const id = await startExport(client, wanted);
    print(options.json, { id, botId }, () => [id]);
    return;
  }
  const place = placeOf(options, file);
  const delivered = await deliver(client, wanted, place, options);
  const { id, size, sha256, files } = delivered;
  const result = {
    id,
    botId,
    [place.kind === 'out' ? 'file' : 'folder']: place.path,
    size,
    sha256,
    ...(files && { files }),
  };
  if (!options.explain) return print(options.json, result, () => [summary(place, delivered)]);

  const [{ describeExport }, { botportOnly }] = await Promise.all([
    import('./describe-export.ts'),
    import('../transfer/botport-only.ts'),
  ]);
  const explanation = await botportOnly('an explanation of the export', client.exports.explain(id));
  print(options.json, { ...result, ...explanation }, () => [
    summary(place, delivered),
    ...describeExport(explanation),
  ]);
}

/** Brings the export to its place, and shows how far it is. */
async function deliver(
  client: Client,
  wanted: WantedExport,
  place: ExportPlace,
  options: ExportCommandOptions,
): Promise<DeliveredExport> {
  const [{ deliverExport }, { downloadBar }, { interruption }, { waitingLine }, { loadConfig }] =
    await Promise.all([
      import('../transfer/deliver-export.ts'),
      import('./download-bar.ts'),
      import('./interruption.ts'),
      import('./waiting-line.ts'),
      import('../config.ts'),
    ]);
  const { maxUnpacked } = loadConfig(process.env);
  const line = waitingLine();
  const bar = downloadBar();
  line.say('exporting');
  try {
    return await deliverExport(client, wanted, place, {
      maxUnpacked,
      signal: interruption(),
      timeout: waitTimeout(options.waitTimeout),
      onBytes(bytes, total) {
        line.stop();
        bar.onBytes(bytes, total);
      },
    });
  } finally {
    bar.stop();
    line.stop();
  }
}

function summary({ path }: ExportPlace, { size, files }: DeliveredExport): string {
  if (!files) return `${path}: ${size} bytes`;
  return `${path}: ${files.written} files written, ${files.removed} removed, ${files.unchanged} unchanged`;
}

/** The request: what the file chooses, then `--body`, then the options, each before the one it comes behind. */
function bodyOf(options: ExportCommandOptions, file: BotFile | undefined): ExportBody {
  const parts = chosenParts({ ...file?.choice, ...options.body }, options);
  return { ...parts, exportType: typeOf(options, file) };
}

function typeOf({ type, version, draft, body }: ExportCommandOptions, file: BotFile | undefined) {
  if (version !== undefined) return 'published';
  if (draft !== undefined) return 'latest';
  const { exportType } = body ?? {};
  const inBody = exportType === 'latest' || exportType === 'published' ? exportType : undefined;
  return type ?? inBody ?? file?.type ?? 'latest';
}

function placeOf(options: ExportCommandOptions, file: BotFile | undefined): ExportPlace {
  for (const kind of ['out', 'folder', 'exploded'] as const) {
    const path = options[kind];
    if (path !== undefined) return { kind, path };
  }
  return file?.place ?? { kind: 'out', path: 'bot.zip' };
}
