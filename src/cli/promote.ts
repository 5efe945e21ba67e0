import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';
import { readJsonObject } from './json-option.ts';
import type { PartsOptions } from './parts.ts';
import { collect, readList } from './values.ts';

export interface PromoteCommandOptions extends PartsOptions {
  from?: string;
  to?: string;
  into?: string;
  new?: boolean;
  keepId?: boolean;
  file?: string;
  type?: 'latest' | 'published';
  body: Record<string, unknown>;
  env?: string;
  publish?: string | true;
  plan?: string;
  apply?: string;
  yes?: boolean;
  json?: boolean;
  markdown?: boolean;
}

export function addPromoteCommand(program: Command): void {
  program
    .command('promote')
    .description('take a bot from one host to another: plan, then apply')
    .argument('[bot]', 'id (st-…) or name on the host it comes from; left out: the bot that --file names')
    .addOption(hostOption('--from', 'the host it comes from'))
    .addOption(hostOption('--to', 'the host it goes to'))
    .option(
      '--into <bot>',
      'the bot there, by id or name (default: the one of the same id, else of the same name)',
    )
    .addOption(new Option('--new', 'it becomes a new bot there').conflicts('into'))
    .option('--keep-id', 'with --new, under the same id (Botport hosts)')
    .option('--file <file>', 'read bot, host and parts from this botport.yaml')
    .addOption(
      new Option('--type <copy>', 'the draft, or the newest published version (default: published)').choices([
        'latest',
        'published',
      ]),
    )
    .option('--settings <names>', 'only these settings, with commas: botSettings,botVariables,…', readList)
    .option('--tasks <names>', 'only these kinds of tasks: botTask,knowledgeGraph,…', readList)
    .option('--nlp-data <names>', 'only this language data: utterances,patterns,…', readList)
    .option('--dialog <name>', 'only this dialog (again for more)', collect)
    .option('--dependent', 'also the tasks that the chosen ones refer to')
    .option('--body <json>', 'parts as the API has them; or @FILE with them', readJsonObject, {})
    .option('--env <file>', 'what is different there: variables, URLs, secrets')
    .option('--publish [comment]', 'publish it there afterwards')
    .addOption(
      new Option('--plan <file>', 'write the plan into this file, and change nothing').conflicts([
        'apply',
        'yes',
      ]),
    )
    .option('--apply <file>', 'do what this plan says, or nothing')
    .option('--yes', 'do not ask')
    .addOption(new Option('--markdown', 'print in Markdown, for a pull request').conflicts('json'))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Without --plan and --apply it shows the plan and asks. --plan ends with 1 if there is something to do, with 0 if',
          'not. --apply refuses where source or target have changed since. docs/promoting.md tells more.',
        ],
        examples: [
          'botport promote st-… --from http://127.0.0.1:8080 --to http://127.0.0.1:8081 --plan plan.json',
          'botport promote --apply plan.json',
          'botport promote "Harbour Bank" --from dev --to prod --env prod.yaml --publish "Release 7" --yes',
          'botport promote st-… --to prod --new --keep-id --yes',
          'botport promote st-… --to prod --tasks botTask --nlp-data utterances --dialog "Block Card" --plan plan.json',
        ],
      }),
    )
    .action(async (bot: string | undefined, options: PromoteCommandOptions) => {
      const { runPromoteCommand } = await import('./promote/promote-command.ts');
      process.exitCode = await runPromoteCommand(bot, options);
    });
}
