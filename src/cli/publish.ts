import type { Command } from 'commander';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';
import { waitTimeout, waitTimeoutOption } from './wait-timeout.ts';

interface PublishOptions {
  host?: string;
  comment: string;
  wait: boolean;
  waitTimeout?: number;
  json?: boolean;
}

export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description('publish the draft of a bot as a new version')
    .argument('<bot>', 'id (st-…) or name')
    .addOption(hostOption())
    .requiredOption('--comment <text>', 'what is new, for the list of versions')
    .option('--no-wait', 'start the publish, print its id and end')
    .addOption(waitTimeoutOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({
        notes: ['Prints the id of the publish.'],
        examples: [
          'botport publish st-… --comment "Cards can be blocked"',
          'botport publish "Harbour Bank" --comment nightly --no-wait --host https://botport.example',
        ],
      }),
    )
    .action(run);
}

async function run(
  bot: string,
  { host, comment, wait, waitTimeout: seconds, json }: PublishOptions,
): Promise<void> {
  const [{ connect }, { print }, { waitingLine }] = await Promise.all([
    import('./connect.ts'),
    import('./print.ts'),
    import('./waiting-line.ts'),
  ]);
  const client = await connect(host);
  const botId = await client.bots.idOf(bot);
  await client.publishing.start(botId, comment);
  if (!wait) {
    const reply = await client.publishing.status(botId);
    print(json, reply, () => [reply._id]);
    return;
  }
  const line = waitingLine();
  const reply = await client.publishing
    .wait(botId, {
      timeout: waitTimeout(seconds),
      onStatus: ({ percentageComplete }) => line.say(`publishing ${percentageComplete ?? 0}%`),
    })
    .finally(line.stop);
  print(json, reply, () => [reply._id]);
}
