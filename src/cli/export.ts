import { type Command, InvalidArgumentError, Option } from 'commander';
import { hostOption } from './host-option.ts';

interface ExportCommandOptions {
  host?: string;
  type: 'latest' | 'published';
  body: Record<string, unknown>;
  dialog: string[];
  dependent?: boolean;
  out: string;
  dryRun?: boolean;
  explain?: boolean;
  json?: boolean;
}

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('export a bot, whole or in part, and say what the archive holds and why')
    .argument('<bot>', 'bot id: st-…')
    .addOption(hostOption())
    .addOption(
      new Option('--type <copy>', 'the draft, or the newest published version')
        .choices(['latest', 'published'])
        .default('latest'),
    )
    .option('--body <json>', 'further members of the request, as the API has them', readBody, {})
    .option('--dialog <name>', 'only this dialog (again for more)', collect, [])
    .option('--dependent', 'also the tasks that the chosen ones refer to')
    .option('--out <file>', 'where the archive goes', 'bot.zip')
    .option('--explain', 'print what the archive holds, why, and what dangles in it')
    .option('--dry-run', 'print the same without exporting')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      [
        '',
        'The app: BOTPORT_CLIENT_ID and BOTPORT_CLIENT_SECRET.',
        '',
        'Examples:',
        '  $ botport export st-… --type published --out bank.zip',
        '  $ botport export st-… --dialog "Block Card" --dependent --dry-run',
        '  $ botport export st-… --body \'{"exportOptions": {"nlpData": ["utterances", "patterns"]}}\'',
      ].join('\n'),
    )
    .action(async (botId: string, options: ExportCommandOptions) => {
      const [{ connect }, { saveWithProgress }, { describeExport }] = await Promise.all([
        import('./connect.ts'),
        import('./save.ts'),
        import('./describe-export.ts'),
      ]);
      const client = await connect(options.host);
      const body = {
        ...options.body,
        exportType: options.type,
        ...(options.dialog.length > 0
          ? { subTasks: withDialogs(options.body.subTasks, options.dialog) }
          : {}),
        ...(options.dependent ? { IncludeDependentTasks: true } : {}),
      };
      const show = (value: object, lines: () => string[]) =>
        console.log(options.json ? JSON.stringify(value) : lines().join('\n'));

      if (options.dryRun) {
        const plan = await client.exports.plan(botId, body);
        show(plan, () => describeExport(plan));
        return;
      }
      const { _id } = await client.exports.start(botId, body);
      const { downloadURL, size } = await client.exports.wait(botId, { id: _id });
      await saveWithProgress(await client.downloads.open(downloadURL), options.out);
      const explanation = options.explain ? await client.exports.explain(_id) : undefined;
      show({ id: _id, file: options.out, size, ...explanation }, () => [
        `${options.out}: ${size} bytes`,
        ...(explanation ? describeExport(explanation) : []),
      ]);
    });
}

/** The single tasks of the body and the dialogs of the options. */
function withDialogs(subTasks: unknown, dialogs: string[]): object {
  return { ...(typeof subTasks === 'object' ? subTasks : {}), dialogs };
}

function collect(value: string, values: string[]): string[] {
  return [...values, value];
}

function readBody(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Expected JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('Expected a JSON object.');
  }
  return value as Record<string, unknown>;
}
