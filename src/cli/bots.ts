import type { Command } from 'commander';
import type { Bot } from '../client/replies.ts';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';

export function addBotsCommand(program: Command): void {
  program
    .command('bots')
    .description('list the bots of a host that the app covers: id and name')
    .addOption(hostOption())
    .option('--json', 'print JSON')
    .addHelpText('after', helpText({ examples: ['botport bots', 'botport bots --json'] }))
    .action(async ({ host, json }: { host?: string; json?: boolean }) => {
      const [{ connect }, { print }, { table }] = await Promise.all([
        import('./connect.ts'),
        import('./print.ts'),
        import('./table.ts'),
      ]);
      const client = await connect(host);
      const bots: Bot[] = [];
      for await (const bot of client.bots.all()) bots.push(bot);
      print(json, bots, () => table(bots.map(({ _id, name }) => [_id, name])));
    });
}
