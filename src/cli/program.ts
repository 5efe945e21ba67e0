import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAppsCommands } from './apps.ts';
import { addBackupCommand } from './backup.ts';
import { addBotsCommand } from './bots.ts';
import { addCompletionCommand } from './completion.ts';
import { addDemoCommand } from './demo.ts';
import { addDiffCommand } from './diff.ts';
import { addDownloadCommand } from './download.ts';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { addExplodeCommand } from './explode.ts';
import { addExportCommand } from './export.ts';
import { addGcCommand } from './gc.ts';
import { addImportCommand } from './import.ts';
import { addInspectCommand } from './inspect.ts';
import { addPackCommand } from './pack.ts';
import { addProfilesCommands } from './profiles.ts';
import { addPromoteCommand } from './promote.ts';
import { addPublishCommand } from './publish.ts';
import { addRedactCommand } from './redact.ts';
import { addRollbackCommand } from './rollback.ts';
import { addScanCommand } from './scan.ts';
import { addServeCommand } from './serve.ts';
import { addStatusCommand } from './status.ts';
import { addTokenCommand } from './token.ts';
import { addVariablesCommands } from './variables.ts';
import { addVerifyCommand } from './verify.ts';
import { addVerifyStoreCommand } from './verify-store.ts';
import { addVersionsCommands } from './versions.ts';

/** The commands, in the groups and the order in which the help shows them. */
const groups: Record<string, ((program: Command) => void)[]> = {
  'Bots on a host:': [
    addBotsCommand,
    addExportCommand,
    addImportCommand,
    addPublishCommand,
    addStatusCommand,
    addDownloadCommand,
    addVersionsCommands,
    addRollbackCommand,
    addVariablesCommands,
  ],
  'Bots on disk:': [
    addDiffCommand,
    addInspectCommand,
    addVerifyCommand,
    addScanCommand,
    addRedactCommand,
    addExplodeCommand,
    addPackCommand,
  ],
  'From host to host:': [addPromoteCommand, addBackupCommand],
  'A server of your own:': [
    addServeCommand,
    addAppsCommands,
    addVerifyStoreCommand,
    addGcCommand,
    addDemoCommand,
  ],
  'Helpers:': [addProfilesCommands, addTokenCommand, addCompletionCommand],
};

const { version, description } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; description: string };

/** The command `botport` with all its commands. What takes time to load is loaded by the commands, when they run. */
export function createProgram(): Command {
  const program = new Command('botport')
    .description(description)
    .version(version)
    // Else the version of Botport would be what `--version` of every command means.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for more)')
    // Commander itself would end wrong use with 1.
    .exitOverride((stop) => process.exit(stop.exitCode === 0 ? exitCodes.done : exitCodes.usage))
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Exit codes: 0 done; 1 done, and the answer is no (a difference, a finding); 2 wrong use; 3 failed;',
          '4 refused by the host; 5 the host cannot be reached or is busy: try again later.',
          '',
          'Settings are environment variables, BOTPORT_DATA (the data folder, ./botport-data) among them. Hosts, with their',
          'apps and secrets, can stand in a file of profiles: docs/profiles.md.',
        ],
        examples: [
          'botport export "Harbour Bank" --exploded bank',
          'botport diff version:Travel draft:Travel',
          'botport promote Travel --from staging --to production --plan plan.json',
          'botport backup --host production --git . --push',
          'botport serve',
        ],
      }),
    );
  for (const [group, adders] of Object.entries(groups)) {
    program.commandsGroup(group);
    for (const add of adders) add(program);
  }
  // Into the last group, among the other helpers.
  program.helpCommand('help [command]', 'show the help of a command');
  return program;
}
