import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { BotportError, errors } from '../errors.ts';
import { addAppsCommands } from './apps.ts';
import { addDemoCommand } from './demo.ts';
import { addExplodeCommand } from './explode.ts';
import { addExportCommand } from './export.ts';
import { addGcCommand } from './gc.ts';
import { addImportCommand } from './import.ts';
import { addPackCommand } from './pack.ts';
import { addServeCommand } from './serve.ts';
import { addTokenCommand } from './token.ts';
import { addVerifyStoreCommand } from './verify-store.ts';

const { version, description } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; description: string };

const program = new Command('botport')
  .description(description)
  .version(version)
  .showHelpAfterError('(add --help for more)')
  // Wrong use ends with 2, a failure with 1; commander itself would say 1 for both.
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
  .addHelpText(
    'after',
    [
      '',
      'Examples:',
      '  $ botport serve',
      '  $ botport apps create --name pipeline --kind admin --all-scopes',
      '  $ BOTPORT_CLIENT_ID=cs-… BOTPORT_CLIENT_SECRET=… botport token',
      '',
      'Settings are environment variables, BOTPORT_DATA (the data folder, ./botport-data) among them.',
    ].join('\n'),
  );

for (const add of [
  addServeCommand,
  addAppsCommands,
  addTokenCommand,
  addImportCommand,
  addExportCommand,
  addExplodeCommand,
  addPackCommand,
  addVerifyStoreCommand,
  addGcCommand,
  addDemoCommand,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  report(error);
  process.exitCode = 1;
}

/** A failure of the registry, the system or SQLite takes a line or two; any other is a fault worth its stack. */
function report(error: unknown): void {
  if (error instanceof BotportError) {
    console.error(`botport: ${error.message}\n${errors[error.type].remedy}`);
  } else if (error instanceof Error && ('syscall' in error || 'errcode' in error)) {
    console.error(`botport: ${error.message}`);
  } else {
    console.error(error);
  }
}
