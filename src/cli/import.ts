import { type Command, Option } from 'commander';
import type { Client } from '../client/client.ts';
import { ClientError } from '../client/errors.ts';
import type { ImportFiles } from '../client/imports.ts';
import type { ImportPlan, ImportReply } from '../client/replies.ts';
import { BotportError } from '../errors.ts';
import type { Change } from '../transfer/local-source.ts';
import type { ImportTarget, IntoBot } from '../transfer/send-import.ts';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { hostOption } from './host-option.ts';
import { readJsonObject } from './json-option.ts';
import { print } from './print.ts';
import { collect } from './values.ts';
import { waitTimeout, waitTimeoutOption } from './wait-timeout.ts';

interface ImportCommandOptions {
  host?: string;
  name?: string;
  keepId?: boolean;
  into?: string;
  options?: Record<string, unknown>;
  dialog?: string[];
  env?: string;
  plan?: boolean;
  markdown?: boolean;
  yes?: boolean;
  waitTimeout?: number;
  json?: boolean;
}

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('import a bot as a new one, or into one that is there')
    .argument(
      '<bot>',
      'archive of an export, folder with its files, folder of an explode, or botDefinition.json',
    )
    .addOption(hostOption())
    .option('--name <name>', 'name of the new bot (default: the one in the definition)')
    .addOption(new Option('--keep-id', 'the new bot keeps the id in the file, if it is free (Botport hosts)'))
    .addOption(new Option('--into <bot>', 'into this bot, by id or name').conflicts(['name', 'keepId']))
    .option(
      '--options <json>',
      'with --into, what to take: importOptions as the API has them; or @FILE',
      readJsonObject,
    )
    .option('--dialog <name>', 'with --into, only this dialog and its words (again for more)', collect)
    .option('--env <file>', 'put in what is different there: variables, URLs, secrets, from this file')
    .option('--plan', 'with --into, print what would happen, and change nothing (Botport hosts)')
    .addOption(new Option('--markdown', 'print the plan in Markdown, for a pull request').conflicts('json'))
    .addOption(new Option('--yes', 'with --into, do not ask').conflicts('plan'))
    .addOption(waitTimeoutOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Prints the id of the bot. An import into a bot shows what it would do and asks; exactly that is done then. The',
          'answer no ends with exit code 1. Hosts other than Botport make no plans. docs/importing.md tells more.',
          'The app: that of the profile, or BOTPORT_CLIENT_ID and BOTPORT_CLIENT_SECRET; docs/profiles.md tells more.',
        ],
        examples: [
          'botport import my-bot.zip',
          'botport import my-bot.zip --name "My bot" --host https://botport.example',
          'botport import my-bot --into st-… --env prod.yaml --plan',
          'botport import my-bot.zip --into st-… --dialog "Block Card" --yes',
          'botport import my-bot.zip --into st-… --options \'{"nlpData": ["utterances"]}\' --yes',
        ],
      }),
    )
    .action(run);
}

async function run(place: string, options: ImportCommandOptions, command: Command): Promise<void> {
  const [{ connect }, { openLocalSource }, { loadConfig }, transfer, { confirm }, { waitingLine }] =
    await Promise.all([
      import('./connect.ts'),
      import('../transfer/local-source.ts'),
      import('../config.ts'),
      import('../transfer/send-import.ts'),
      import('./ask.ts'),
      import('./waiting-line.ts'),
    ]);
  refuseWithoutBot(options, command);
  const client = await connect(options.host);
  const change = options.env === undefined ? undefined : await environmentChange(options.env);
  const { archive, hasConfig, unfilled } = await openLocalSource(place, loadConfig(process.env), change);
  if (unfilled.length > 0) {
    console.error(`botport: placeholders go in place of secrets: ${unfilled.join(', ')}; --env fills them`);
  }
  if (options.into !== undefined && !hasConfig && !options.options && !options.dialog) {
    throw new BotportError('import_without_config', place);
  }
  const target = await targetOf(client, options);
  const line = waitingLine();
  line.say(`uploading ${archive.size} bytes`);
  const files = await transfer.uploadArchive(client, archive).finally(line.stop);
  const timeout = waitTimeout(options.waitTimeout);
  const onStatus = ({ statusLogs }: ImportReply) => line.say(`importing: ${statusLogs.length} steps done`);
  const send = (confirmed: ImportTarget) =>
    transfer.sendImport(client, files, confirmed, { timeout, onStatus }).finally(line.stop);

  if (!('into' in target)) return printEnd(await send(target), options);
  const plan = await planOf(client, files, target, options);
  if (options.plan) return;
  if (plan && !plan.changes) {
    print(options.json, { streamId: target.into, plan }, () => [target.into]);
    return;
  }
  if (!(await confirm(`Import into ${options.into}?`, options))) {
    console.error('Nothing was changed.');
    process.exitCode = exitCodes.no;
    return;
  }
  await printEnd(await send(plan ? { ...target, plan: plan.digest } : target), options, plan);
}

/** Puts what an environment file says into the files of a bot; what it names in vain is told. */
async function environmentChange(file: string): Promise<Change> {
  const [{ readEnvironment }, { applyEnvironment }] = await Promise.all([
    import('../environment/read-environment.ts'),
    import('../environment/apply-environment.ts'),
  ]);
  const environment = readEnvironment(file, process.env);
  return (members) => {
    const { members: changed, report } = applyEnvironment(members, environment);
    for (const warning of report.warnings) console.error(`botport: ${file}: ${warning}`);
    return changed;
  };
}

/** Options that mean nothing for a new bot. */
function refuseWithoutBot(options: ImportCommandOptions, command: Command): void {
  if (options.into !== undefined) return;
  for (const name of ['options', 'dialog', 'plan', 'yes'] as const) {
    if (options[name] !== undefined)
      command.error(`error: --${name} needs --into: a new bot gets all there is`);
  }
}

/** What single dialogs alone stand for: without any `importOptions`, the API takes all of the file. */
const dialogsAndTheirWords = { tasks: ['botTask'], nlpData: ['utterances', 'patterns'] };

async function targetOf(client: Client, options: ImportCommandOptions): Promise<ImportTarget> {
  const { into, name, keepId, dialog } = options;
  if (into === undefined) return { name, keepId };
  const importOptions = options.options ?? (dialog ? dialogsAndTheirWords : undefined);
  return {
    into: await client.bots.idOf(into),
    importOptions,
    subTasks: dialog ? { dialogs: dialog } : undefined,
  };
}

/** The plan, shown; undefined where the host makes none. */
async function planOf(
  client: Client,
  files: ImportFiles,
  target: IntoBot,
  { plan: only, markdown, json }: ImportCommandOptions,
): Promise<ImportPlan | undefined> {
  const [{ planImport }, { describePlan, describePlanInMarkdown }] = await Promise.all([
    import('../transfer/send-import.ts'),
    import('./describe-plan.ts'),
  ]);
  try {
    const plan = await planImport(client, files, target);
    const lines = markdown ? describePlanInMarkdown(plan) : describePlan(plan);
    if (only) print(json, plan, () => lines);
    else console.error(lines.join('\n'));
    return plan;
  } catch (error) {
    if (only || !(error instanceof ClientError) || error.type !== 'not_offered') throw error;
    console.error('This host makes no plans: the import is done without one.');
    return undefined;
  }
}

/** Prints the end of an import. A host may end it well although steps of it have failed: that is told. */
async function printEnd(
  reply: ImportReply & { streamId: string },
  { json }: ImportCommandOptions,
  plan?: ImportPlan,
): Promise<void> {
  const { failedSteps } = await import('../transfer/send-import.ts');
  for (const step of failedSteps(reply)) console.error(`botport: ${step}`);
  print(json, { ...reply, ...(plan && { plan }) }, () => [reply.streamId]);
}
