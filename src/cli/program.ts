import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAppsCommands } from './apps.ts';
import { addDemoCommand } from './demo.ts';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { addExplodeCommand } from './explode.ts';
import { addExportCommand } from './export.ts';
import { addGcCommand } from './gc.ts';
import { addImportCommand } from './import.ts';
import { addPackCommand } from './pack.ts';
import { addServeCommand } from './serve.ts';
import { addTokenCommand } from './token.ts';
import { addVerifyStoreCommand } from './verify-store.ts';

/** The commands, in the groups and the order in which the help shows them. */
const groups: Record<string, ((program: Command) => void)[]> = {
  'Bots on a host:': [addExportCommand, addImportCommand],
  'Bots on disk:': [addExplodeCommand, addPackCommand],
  'From host to host:': [],
  'A server of your own:': [
    addServeCommand,
    addAppsCommands,
    addVerifyStoreCommand,
    addGcCommand,
    addDemoCommand,
  ],
  'Helpers:': [addTokenCommand],
};

const { version, description } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; description: string };

/** The command `botport` with all its commands. What takes time to load is loaded by the commands, when they run. */
export function createProgram(): Command {
  const program = new Command('botport')
    .description(description)
    .version(version)
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
          'Settings are environment variables, BOTPORT_DATA (the data folder, ./botport-data) among them.',
        ],
        examples: [
          'botport serve',
          'botport apps create --name pipeline --kind admin --all-scopes',
          'BOTPORT_CLIENT_ID=cs-… BOTPORT_CLIENT_SECRET=… botport token',
        ],
      }),
    );
  for (const [group, adders] of Object.entries(groups)) {
    program.commandsGroup(group);
    for (const add of adders) add(program);
  }
  return program;
}
