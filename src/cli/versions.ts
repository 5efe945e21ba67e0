import { type Command, Option } from 'commander';
import type { Draft, Version } from '../client/replies.ts';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { hostOption } from './host-option.ts';
import { table } from './table.ts';
import { readNumber } from './values.ts';

interface VersionOptions {
  host?: string;
  json?: boolean;
}

export function addVersionsCommands(program: Command): void {
  const versions = program
    .command('versions')
    .description('list, label, pin and delete the published versions of a bot (Botport hosts)')
    .addHelpText(
      'after',
      helpText({ examples: ['botport versions st-…', 'botport versions label st-… 3 stable'] }),
    );

  versions
    .command('list <bot>', { isDefault: true })
    .description('list the versions, newest first')
    .addOption(hostOption())
    .option('--drafts', 'the drafts instead: what rollback --to-draft takes')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({ examples: ['botport versions list st-…', 'botport versions list st-… --drafts'] }),
    )
    .action(list);

  ofOneVersion(versions, 'label', 'give a version a label, in place of the one it has')
    .argument('[label]', 'the label')
    .addOption(new Option('--remove', 'take its label away'))
    .addHelpText(
      'after',
      helpText({
        examples: ['botport versions label st-… 3 stable', 'botport versions label st-… 3 --remove'],
      }),
    )
    .action(label);

  ofOneVersion(versions, 'pin', 'keep a version, however many come after it')
    .addHelpText('after', helpText({ examples: ['botport versions pin st-… 3'] }))
    .action((bot: string, number: number, options: VersionOptions) =>
      update(bot, number, { pinned: true }, options),
    );

  ofOneVersion(versions, 'unpin', 'let a version go when its time comes')
    .addHelpText('after', helpText({ examples: ['botport versions unpin st-… 3'] }))
    .action((bot: string, number: number, options: VersionOptions) =>
      update(bot, number, { pinned: false }, options),
    );

  ofOneVersion(versions, 'delete', 'delete a version; asks first')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText({
        notes: ['The answer no ends with exit code 1.'],
        examples: ['botport versions delete st-… 3 --yes'],
      }),
    )
    .action(remove);
}

function ofOneVersion(versions: Command, name: string, description: string): Command {
  return versions
    .command(name)
    .description(description)
    .argument('<bot>', 'id (st-…) or name')
    .argument('<number>', 'number of the version', readNumber)
    .addOption(hostOption())
    .option('--json', 'print JSON');
}

async function list(bot: string, { host, drafts, json }: VersionOptions & { drafts?: boolean }) {
  const { client, botId, botportOnly, print } = await prepare(bot, host);
  if (drafts) {
    const all = await botportOnly('the list of drafts', collected(client.bots.drafts, botId));
    print(json, all, () => draftTable(all));
    return;
  }
  const all = await botportOnly('the list of versions', collected(client.versions.list, botId));
  print(json, all, () => versionTable(all));
}

/** All pages of a list that goes from the newest to the oldest. */
async function collected<T extends { number: number }>(
  page: (botId: string, page: { before?: number }) => Promise<T[]>,
  botId: string,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1);
    const more = await page(botId, last ? { before: last.number } : {});
    if (more.length === 0) return all;
    all.push(...more);
  }
}

function versionTable(versions: Version[]): string[] {
  const rows = versions.map(({ number, label, pinned, current, createdOn, createdBy, comment }) => [
    String(number),
    label ?? '-',
    [pinned ? 'pinned' : '', current ? 'current' : ''].filter(Boolean).join(', ') || '-',
    createdOn,
    createdBy,
    comment,
  ]);
  return rows.length === 0
    ? []
    : table([['VERSION', 'LABEL', 'STATE', 'PUBLISHED', 'BY', 'COMMENT'], ...rows]);
}

function draftTable(drafts: Draft[]): string[] {
  const rows = drafts.map(({ number, published, createdOn, createdBy }) => [
    String(number),
    published === null ? '-' : String(published),
    createdOn,
    createdBy,
  ]);
  return table([['DRAFT', 'PUBLISHED AS', 'MADE', 'BY'], ...rows]);
}

async function label(
  bot: string,
  number: number,
  text: string | undefined,
  { remove, ...options }: VersionOptions & { remove?: boolean },
  command: Command,
): Promise<void> {
  if ((text === undefined) !== (remove === true)) {
    command.error('error: give either a label or --remove');
  }
  await update(bot, number, { label: text ?? null }, options);
}

async function update(
  bot: string,
  number: number,
  changes: { label?: string | null; pinned?: boolean },
  { host, json }: VersionOptions,
): Promise<void> {
  const { client, botId, botportOnly, print } = await prepare(bot, host);
  const changed = await botportOnly(
    'labels and pins of versions',
    client.versions.update(botId, number, changes),
  );
  print(json, changed, () => versionTable([changed]));
}

async function remove(
  bot: string,
  number: number,
  options: VersionOptions & { yes?: boolean },
): Promise<void> {
  const [{ client, botId, botportOnly, print }, { confirm }] = await Promise.all([
    prepare(bot, options.host),
    import('./ask.ts'),
  ]);
  if (!(await confirm(`Delete version ${number} of ${botId}?`, options))) {
    process.exitCode = exitCodes.no;
    return;
  }
  await botportOnly('deleting versions', client.versions.delete(botId, number));
  print(options.json, { botId, deleted: number }, () => [`version ${number} is deleted`]);
}

async function prepare(bot: string, host: string | undefined) {
  const [{ connect }, { botportOnly }, { print }] = await Promise.all([
    import('./connect.ts'),
    import('../transfer/botport-only.ts'),
    import('./print.ts'),
  ]);
  const client = await connect(host);
  return { client, botId: await client.bots.idOf(bot), botportOnly, print };
}
