import type { Command } from 'commander';
import { helpText } from './examples.ts';

interface RedactOptions {
  env?: string;
  force?: boolean;
  json?: boolean;
}

export function addRedactCommand(program: Command): void {
  program
    .command('redact')
    .description('write a bot with placeholders for its secrets, and the secrets into an environment file')
    .argument('<in>', 'archive of an export, folder, or definition; it stays as it is')
    .argument('<out>', 'where the redacted bot goes, in the same form')
    .option('--env <file>', 'where the secrets go (default: beside <out>, with the ending .secrets.yaml)')
    .option('--force', 'replace an environment file that is there')
    .option('--json', 'print what was replaced as JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'What `botport scan` finds is replaced, as (botport-secret.NAME). The environment file, which only you can',
          'read, fills the placeholders again when the bot is imported. Secrets are never printed whole.',
        ],
        examples: [
          'botport redact bot.zip redacted.zip',
          'botport redact my-bot public-bot --env my-secrets.yaml',
        ],
      }),
    )
    .action(async (from: string, to: string, { env, force, json }: RedactOptions) => {
      const [{ loadConfig }, { redactPath }, { masked }, { printable }] = await Promise.all([
        import('../config.ts'),
        import('../secrets/redact-path.ts'),
        import('../definition/secrets/finding.ts'),
        import('../secrets/report.ts'),
      ]);
      const { secrets, environmentFile } = await redactPath(
        from,
        to,
        { environmentFile: env, force },
        loadConfig(process.env),
      );
      if (json) {
        const replaced = secrets.map(({ name, value, findings }) => ({
          name,
          secret: masked(value),
          places: findings.map(({ kind, place }) => ({ kind, place: place.words, pointer: place.pointer })),
        }));
        console.log(JSON.stringify({ out: to, environmentFile: environmentFile ?? null, replaced }));
        return;
      }
      for (const { name, value, findings } of secrets) {
        console.log(`  ${name}  ${masked(value)}`);
        for (const { kind, place } of findings) console.log(`    ${kind}: ${printable(place.words)}`);
      }
      console.log(
        environmentFile === undefined
          ? `${to}: no secrets found`
          : `${to}: ${secrets.length} ${secrets.length === 1 ? 'secret' : 'secrets'} replaced; ${environmentFile} has the values`,
      );
    });
}
