import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';

interface ScanOptions {
  json?: boolean;
  sarif?: boolean;
  baseline?: string;
  writeBaseline?: string;
}

export function addScanCommand(program: Command): void {
  program
    .command('scan')
    .description('find keys, tokens and passwords in bots')
    .argument('<bots...>', 'archives of exports, folders, or definitions')
    .addOption(new Option('--json', 'print the findings as JSON').conflicts('sarif'))
    .option('--sarif', 'print the findings as SARIF 2.1.0, for code hosts')
    .option('--baseline <file>', 'say nothing of the findings that this file accepts')
    .addOption(
      new Option('--write-baseline <file>', 'accept all findings: write them into this file').conflicts(
        'baseline',
      ),
    )
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Ends with 1 if there are findings. Secrets are never printed whole. docs/secrets.md names the kinds.',
        ],
        examples: [
          'botport scan bot.zip',
          'botport scan my-bot --sarif > findings.sarif',
          'botport scan bot.zip --write-baseline accepted.json',
          'botport scan bot.zip --baseline accepted.json',
        ],
      }),
    )
    .action(async (paths: string[], options: ScanOptions) => {
      const [{ loadConfig }, { scanPath }, { readBaseline, writeBaseline }, reports, { reportSarif }] =
        await Promise.all([
          import('../config.ts'),
          import('../secrets/scan-path.ts'),
          import('../secrets/baseline.ts'),
          import('../secrets/report.ts'),
          import('../secrets/sarif.ts'),
        ]);
      const accepts = options.baseline === undefined ? undefined : readBaseline(options.baseline);
      const limits = loadConfig(process.env);
      const scanned = [];
      for (const path of paths) scanned.push(await scanPath(path, limits));
      const all = scanned.flatMap(({ findings }) => findings);
      const bots = scanned.map((bot) => ({
        ...bot,
        findings: bot.findings.filter((finding) => !accepts?.(finding)),
      }));
      const left = bots.flatMap(({ findings }) => findings).length;
      const accepted = all.length - left;
      if (options.writeBaseline !== undefined) writeBaseline(options.writeBaseline, all);
      if (options.json) console.log(JSON.stringify(reports.reportJson(bots, accepted)));
      else if (options.sarif) {
        console.log(JSON.stringify(reportSarif(bots, version(), process.cwd()), null, 2));
      } else {
        console.log(reports.reportText(bots, accepted));
        if (options.writeBaseline !== undefined) console.log(`accepted by ${options.writeBaseline}`);
      }
      if (left > 0 && options.writeBaseline === undefined) process.exitCode = exitCodes.no;
    });
}

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
