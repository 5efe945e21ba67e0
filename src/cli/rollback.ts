import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { hostOption } from './host-option.ts';
import { readNumber } from './values.ts';

interface RollbackOptions {
  host?: string;
  toDraft?: number;
  toVersion?: number;
  yes?: boolean;
  json?: boolean;
}

export function addRollbackCommand(program: Command): void {
  program
    .command('rollback')
    .description('bring an earlier draft or version of a bot back, as its new draft (Botport hosts)')
    .argument('<bot>', 'id (st-…) or name')
    .addOption(hostOption())
    .addOption(
      new Option('--to-draft <number>', 'this draft; botport versions list --drafts names them')
        .argParser(readNumber)
        .conflicts('toVersion'),
    )
    .addOption(new Option('--to-version <number>', 'this published version').argParser(readNumber))
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Nothing is lost: the draft there is now stays in the list of drafts. Published versions are not changed.',
          'The answer no ends with exit code 1.',
        ],
        examples: ['botport rollback st-… --to-version 3', 'botport rollback st-… --to-draft 12 --yes'],
      }),
    )
    .action(run);
}

async function run(bot: string, options: RollbackOptions, command: Command): Promise<void> {
  const { toDraft, toVersion, host, json } = options;
  if (toDraft === undefined && toVersion === undefined) {
    command.error('error: give --to-draft or --to-version');
  }
  const [{ connect }, { confirm }, { botportOnly }, { print }] = await Promise.all([
    import('./connect.ts'),
    import('./ask.ts'),
    import('../transfer/botport-only.ts'),
    import('./print.ts'),
  ]);
  const client = await connect(host);
  const botId = await client.bots.idOf(bot);
  const what = toDraft === undefined ? `version ${toVersion}` : `draft ${toDraft}`;
  if (!(await confirm(`Bring ${what} of ${botId} back as its draft?`, options))) {
    process.exitCode = exitCodes.no;
    return;
  }
  const to = toDraft === undefined ? { version: Number(toVersion) } : { draft: toDraft };
  const reply = await botportOnly('a rollback', client.bots.rollBack(botId, to));
  print(json, reply, () => [
    reply.changed
      ? `draft ${reply.draft} is ${what} again; before it was draft ${reply.before}`
      : `draft ${reply.draft} is the same as ${what}: nothing is changed`,
  ]);
}
