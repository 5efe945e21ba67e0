import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';
import { collect } from './values.ts';

export interface BackupCommandOptions {
  host?: string;
  folder?: string;
  git?: string;
  to?: string;
  bot: string[];
  type?: 'latest' | 'published' | 'both';
  zip?: boolean;
  redact?: boolean;
  prune?: boolean;
  author?: string;
  push?: boolean;
  json?: boolean;
}

export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('mirror the bots of a host into a folder, a git repository or a Botport server')
    .addOption(hostOption())
    .addOption(new Option('--folder <folder>', 'back up into this folder').conflicts(['git', 'to']))
    .addOption(
      new Option(
        '--git <folder>',
        'the same in a git repository: one commit for each bot that changed',
      ).conflicts(['folder', 'to']),
    )
    .addOption(
      hostOption('--to', 'back up onto this Botport server, as versions').conflicts(['folder', 'git']),
    )
    .option('--bot <bot>', 'only this bot: id or name (again for more)', collect, [])
    .addOption(
      new Option('--type <copy>', 'the draft, the newest published version, or both (not with --to)').choices(
        ['latest', 'published', 'both'],
      ),
    )
    .option('--zip', 'keep archives, not folders of small files')
    .option('--redact', 'put placeholders in the place of secrets, as `botport redact` does')
    .option('--prune', 'remove bots that the host has no more; without it they stay, marked')
    .option('--author <author>', 'who the commits are by: "Name <address>"')
    .option('--push', 'push the commits; never by force')
    .option('--json', 'print what became of each bot as JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Everything is in the folder bots/ of the one given; what lies beside it is left alone. A run that finds nothing',
          'changed writes nothing. --type is both, with --to latest.',
          'What the host exports is kept as it is, with the secrets in it, unless --redact takes out what `botport scan` finds.',
        ],
        examples: [
          'botport backup --folder backup',
          'botport backup --git . --push',
          'botport backup --bot st-… --folder backup --type published --zip',
          'botport backup --to http://127.0.0.1:8081',
        ],
      }),
    )
    .action(async (options: BackupCommandOptions) => {
      const { runBackupCommand } = await import('./backup/backup-command.ts');
      process.exitCode = await runBackupCommand(options);
    });
}
