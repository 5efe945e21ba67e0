import type { Command } from 'commander';
import type { VariableSets } from '../client/replies.ts';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';

interface VariablesOptions {
  host?: string;
  out?: string;
  json?: boolean;
}

export function addVariablesCommands(program: Command): void {
  const variables = program
    .command('variables')
    .description('take the variables of a bot out, and bring them in')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Variables may hold secrets: files of them are made for their owner only. Hosts let only builder apps at them.',
        ],
        examples: [
          'botport variables export st-… --out variables.json',
          'botport variables import st-… variables.json',
        ],
      }),
    );
  variables
    .command('export')
    .description('print the variables of the draft as JSON, or write them to a file')
    .argument('<bot>', 'id (st-…) or name')
    .addOption(hostOption())
    .option('--out <file>', 'to this file, which only you can read')
    .option('--json', 'print JSON, also about the file')
    .addHelpText(
      'after',
      helpText({
        examples: ['botport variables export st-…', 'botport variables export st-… --out variables.json'],
      }),
    )
    .action(exportVariables);
  variables
    .command('import')
    .description('set variables of the draft: those in the file are made or changed, others stay')
    .argument('<bot>', 'id (st-…) or name')
    .argument('<file>', 'JSON, as export writes it')
    .addOption(hostOption())
    .option('--json', 'print JSON')
    .addHelpText('after', helpText({ examples: ['botport variables import st-… variables.json'] }))
    .action(importVariables);
}

async function exportVariables(bot: string, { host, out, json }: VariablesOptions): Promise<void> {
  const { client, botId, print } = await prepare(bot, host);
  const variables = await client.variables.export(botId);
  const text = JSON.stringify(variables, undefined, 2);
  if (out === undefined) return print(json, variables, () => [text]);
  const { replaceFile } = await import('../exploded/replace-file.ts');
  replaceFile(out, `${text}\n`, { mode: 0o600 });
  const count = numberOf(variables);
  print(json, { file: out, variables: count }, () => [`${out}: ${count} variables`]);
}

async function importVariables(bot: string, file: string, { host, json }: VariablesOptions): Promise<void> {
  const { readVariables } = await import('./read-variables.ts');
  const variables = readVariables(file);
  const { client, botId, print } = await prepare(bot, host);
  const message = await client.variables.import(botId, variables);
  print(json, { botId, variables: numberOf(variables), message }, () => [message]);
}

function numberOf(variables: VariableSets): number {
  if (Array.isArray(variables)) return variables.length;
  return variables.botVariables.length + variables.botCollectionVariables.length;
}

async function prepare(bot: string, host: string | undefined) {
  const [{ connect }, { print }] = await Promise.all([import('./connect.ts'), import('./print.ts')]);
  const client = await connect(host);
  return { client, botId: await client.bots.idOf(bot), print };
}
