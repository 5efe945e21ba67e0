import { Presets, SingleBar } from 'cli-progress';
import type { BotOutcome } from '../../backup/backup.ts';
import type { Copy } from '../../backup/copies.ts';
import { openFolder, openGit, openServer, type Place } from '../../backup/places.ts';
import { runBackup, wantedBots } from '../../backup/run-backup.ts';
import { loadConfig } from '../../config.ts';
import { BotportError } from '../../errors.ts';
import { namedHost } from '../../profiles/resolve-host.ts';
import type { BackupCommandOptions } from '../backup.ts';
import { connect } from '../connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { report } from '../report.ts';

/** Runs a backup and gives the exit code. */
export async function runBackupCommand(options: BackupCommandOptions): Promise<number> {
  const copies = copiesOf(options);
  const client = await connect(options.host);
  const bots = await wantedBots(client, options.bot);
  const place = await openPlace(options);
  const bar = new SingleBar(
    { format: '  backing up [{bar}] {value}/{total} {name}', noTTYOutput: false, hideCursor: true },
    Presets.legacy,
  );
  try {
    bar.start(bots.list.length, 0, { name: '' });
    const outcomes = await runBackup({
      client,
      place,
      copies,
      bots,
      prune: options.prune ?? false,
      onOutcome: ({ name }) => bar.increment({ name }),
    });
    bar.stop();
    const code = show(outcomes, options);
    await place.finish();
    return code;
  } finally {
    bar.stop();
    place.close();
  }
}

function copiesOf({
  type,
  to,
  folder,
  git,
  prune,
  bot,
  author,
  push,
  zip,
  redact,
}: BackupCommandOptions): Copy[] {
  const wrong = (detail: string) => new BotportError('backup_options', detail);
  if (to === undefined && folder === undefined && git === undefined) {
    throw wrong('say where to: --folder, --git or --to');
  }
  if (to !== undefined && type === 'both')
    throw wrong('a server keeps one line of versions: not --type both');
  if (to !== undefined && (prune || zip || redact))
    throw wrong('--prune, --zip and --redact are for folders');
  if (git === undefined && (push || author !== undefined)) throw wrong('--push and --author go with --git');
  if (author !== undefined && !/^[^<>\n]+<[^<>\s]+>$/.test(author)) {
    throw wrong('--author is "Name <address>"');
  }
  if (prune && bot.length > 0) throw wrong('--prune looks at all bots of the host: not with --bot');
  if (type === 'latest' || type === 'published') return [type];
  return to === undefined ? ['latest', 'published'] : ['latest'];
}

async function openPlace({
  host,
  folder,
  git,
  to,
  zip,
  redact,
  author,
  push,
}: BackupCommandOptions): Promise<Place> {
  if (to !== undefined) return openServer(await connect(to));
  const { maxUnpacked } = loadConfig(process.env);
  const { url } = namedHost(host, process.env);
  const kept = {
    host: url.replace(/\/+$/, ''),
    form: zip ? 'zip' : 'exploded',
    redacted: redact ?? false,
    maxUnpacked,
  } as const;
  if (git !== undefined) {
    return openGit(git, { ...kept, author, push: push ?? false, env: process.env });
  }
  return openFolder(folder ?? '.', kept);
}

/** Prints what became of the bots, and gives the exit code. */
function show(outcomes: readonly BotOutcome[], { json }: BackupCommandOptions): number {
  const failed = outcomes.filter(({ change }) => change === 'failed');
  if (json) {
    const bots = outcomes.map(({ error, ...outcome }) =>
      error === undefined ? outcome : { ...outcome, error: messageOf(error) },
    );
    console.log(JSON.stringify({ bots, failed: failed.length }));
  } else {
    for (const { change, id, name, words } of outcomes) {
      if (change === 'unchanged' || change === 'failed') continue;
      console.log([`${name} (${id}): ${change}`, ...words.map((word) => `  ${word}`)].join('\n'));
    }
    console.log(summaryOf(outcomes));
  }
  for (const { id, name, error } of failed) {
    console.error(`botport: ${name} (${id}) could not be backed up`);
    report(error);
  }
  if (failed.length === 0) return exitCodes.done;
  return report(new BotportError('backup_incomplete', `${failed.length} of ${outcomes.length}`));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `12 bots: 1 new, 2 changed, 9 unchanged`. */
function summaryOf(outcomes: readonly BotOutcome[]): string {
  const counts = Map.groupBy(outcomes, ({ change }) => change);
  const texts = [...counts].map(([change, list]) => `${list.length} ${change}`);
  const bots = outcomes.length === 1 ? '1 bot' : `${outcomes.length} bots`;
  return texts.length === 0 ? 'no bots' : `${bots}: ${texts.join(', ')}`;
}
