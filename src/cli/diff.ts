import { type Command, InvalidArgumentError, Option } from 'commander';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { hostOption } from './host-option.ts';

interface DiffOptions {
  host?: string;
  limit: number;
  markdown?: boolean;
  json?: boolean;
  exitZero?: boolean;
}

/** As the API has them. */
const [usualItems, mostItems] = [500, 2_000];

export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('say what one bot has other than another, in the words of those who build bots')
    .argument('<from>', 'a path, or a state on a host')
    .argument('<to>', 'a path, or a state on a host')
    .addOption(hostOption())
    .option('--limit <number>', `most items that are listed, up to ${mostItems}`, readLimit, usualItems)
    .option('--markdown', 'print it as a comment for a pull request')
    .addOption(new Option('--json', 'print it as JSON, as the API has it').conflicts('markdown'))
    .option('--exit-zero', 'end with 0 where they differ, too')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'A path: an archive, a folder, an exploded folder, or a botDefinition.json.',
          'A state: draft:BOT, draft:BOT@3, version:BOT, version:BOT@2 (BOT is an id or a name), export:ber-…;',
          'on another host than --host with that in front: staging/draft:BOT, https://bots.example/draft:BOT.',
          'Ends with 0 where nothing but noise differs, with 1 where something does.',
        ],
        examples: [
          'botport diff bot.zip my-bot',
          'botport diff my-bot draft:st-…',
          'botport diff version:st-… draft:st-… --markdown',
          'botport diff draft:st-…@1 draft:st-… --json --exit-zero',
        ],
      }),
    )
    .action(async (from: string, to: string, { host, limit, markdown, json, exitZero }: DiffOptions) => {
      const [{ loadConfig }, { connect }, { readSide }, { compareSides }] = await Promise.all([
        import('../config.ts'),
        import('./connect.ts'),
        import('../sides/side.ts'),
        import('../sides/compare.ts'),
      ]);
      const told = await compareSides(readSide(from), readSide(to), {
        connect: (named) => connect(named ?? host),
        limit,
        limits: loadConfig(process.env),
        say: process.stderr.isTTY ? (words) => console.error(words) : undefined,
      });
      const { difference, ...sides } = told;
      if (json) {
        console.log(JSON.stringify({ ...sides, ...difference }));
      } else if (markdown) {
        const { markdownReport } = await import('../diffs/report-markdown.ts');
        process.stdout.write(markdownReport(told));
      } else {
        const { report } = await import('../diffs/report.ts');
        process.stdout.write(report(told));
      }
      if (!difference.same && !exitZero) process.exitCode = exitCodes.no;
    });
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d{1,4}$/.test(text) || limit > mostItems) {
    throw new InvalidArgumentError(`Expected a number from 0 to ${mostItems}.`);
  }
  return limit;
}
