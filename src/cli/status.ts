import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { hostOption } from './host-option.ts';
import type { RequestKind } from './request-state.ts';
import { waitTimeout, waitTimeoutOption } from './wait-timeout.ts';

interface StatusOptions {
  host?: string;
  of: RequestKind;
  wait?: boolean;
  waitTimeout?: number;
  json?: boolean;
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('tell how an export, import or publish stands; exit code 1 if it failed')
    .argument('<what>', 'bot (id or name), or the id of an export (ber-…), import (bir-…) or publish (ds-…)')
    .addOption(hostOption())
    .addOption(
      new Option('--of <kind>', 'of a bot: its newest export, or publish')
        .choices(['export', 'publish'])
        .default('export'),
    )
    .option('--wait', 'until it has ended')
    .addOption(waitTimeoutOption())
    .option('--json', 'print the reply of the host as JSON')
    .addHelpText(
      'after',
      helpText({
        notes: ['Exports and publishes by their id: Botport hosts only.'],
        examples: ['botport status st-… --of publish', 'botport status ber-… --wait'],
      }),
    )
    .action(run);
}

async function run(
  what: string,
  { host, of, wait, waitTimeout: seconds, json }: StatusOptions,
): Promise<void> {
  const [{ connect }, { lookerAt }, { print }, { waitingLine }, { untilEnded }] = await Promise.all([
    import('./connect.ts'),
    import('./request-state.ts'),
    import('./print.ts'),
    import('./waiting-line.ts'),
    import('../client/wait.ts'),
  ]);
  const look = await lookerAt(await connect(host), what, of);
  const line = waitingLine();
  const found = await untilEnded(look, ({ state }) => !wait || state !== 'pending', {
    timeout: waitTimeout(seconds),
    onStatus: ({ words }) => {
      if (wait) line.say(`${words}`);
    },
  }).finally(line.stop);
  print(json, found.reply, () => [found.words, ...found.reasons.map((reason) => `  ${reason}`)]);
  if (found.state === 'failed') process.exitCode = exitCodes.no;
}
