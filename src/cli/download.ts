import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';
import { waitTimeout, waitTimeoutOption } from './wait-timeout.ts';

interface DownloadOptions {
  host?: string;
  out: string;
  waitTimeout?: number;
  json?: boolean;
}

export function addDownloadCommand(program: Command): void {
  program
    .command('download')
    .description('download an export that was started before, when it has ended')
    .argument('<what>', 'bot (id or name), for its newest export; or the id of an export: ber-…')
    .addOption(hostOption())
    .option('--out <file>', 'to this file', 'bot.zip')
    .addOption(waitTimeoutOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'A file that is there is replaced when the whole archive has come. By its id: Botport hosts only.',
        ],
        examples: ['botport download st-… --out bank.zip', 'botport download ber-…'],
      }),
    )
    .action(run);
}

async function run(what: string, { host, out, waitTimeout: seconds, json }: DownloadOptions): Promise<void> {
  const [{ connect }, { saveWithProgress }, { print }] = await Promise.all([
    import('./connect.ts'),
    import('./save.ts'),
    import('./print.ts'),
  ]);
  const client = await connect(host);
  const timeout = waitTimeout(seconds);
  const finished = await finishedExport(client, what, timeout);
  const { id } = await finished();
  const { size, sha256 } = await saveWithProgress(client, { file: out, from: () => finished(id) });
  print(json, { id, file: out, size, sha256 }, () => [`${out}: ${size} bytes`]);
}

/** What waits for the export to end well; with an id, it has to be this one. */
async function finishedExport(client: Client, what: string, timeout: number | undefined) {
  if (what.startsWith('ber-')) {
    const { botportOnly } = await import('../transfer/botport-only.ts');
    return () => botportOnly('exports by their id', client.exports.waitFor(what, { timeout }));
  }
  const botId = await client.bots.idOf(what);
  return (id?: string) => client.exports.wait(botId, { id, timeout });
}
