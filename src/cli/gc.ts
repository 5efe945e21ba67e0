import type { Command } from 'commander';
import type { HousekeepingReport } from '../housekeeping/collect-job.ts';

export function addGcCommand(program: Command): void {
  program
    .command('gc')
    .description('remove what is too old or no longer needed from BOTPORT_DATA')
    .option('--json', 'print what was removed as JSON')
    .addHelpText(
      'after',
      [
        '',
        'A server does this by itself (BOTPORT_GC_EVERY). Beside a running server, the server is asked to do it now.',
        'The settings BOTPORT_KEEP_… say what is too old; beside a server, its own settings count.',
        '',
        'Examples:',
        '  $ botport gc',
        '  $ BOTPORT_KEEP_EXPORTS=7d botport gc --json',
      ].join('\n'),
    )
    .action(async ({ json }: { json?: boolean }) => {
      const [{ loadConfig }, { collectGarbage }] = await Promise.all([
        import('../config.ts'),
        import('../housekeeping/collect-garbage.ts'),
      ]);
      const report = await collectGarbage(loadConfig(process.env));
      console.log(json ? JSON.stringify(report) : describe(report));
    });
}

function describe({
  exports,
  uploads,
  deliveries,
  drafts,
  versions,
  publishes,
  frozen,
  recipes,
  snapshots,
  segments,
  bytes,
}: HousekeepingReport): string {
  const megabytes = (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
  return [
    `removed ${exports} exports with ${recipes} recipes, and ${uploads} uploads`,
    `removed ${drafts} drafts, ${versions} versions, and ${publishes} publish requests`,
    `froze ${frozen} snapshots, removed ${snapshots}`,
    `removed ${segments} segments, ${megabytes} MB`,
    ...(deliveries > 0 ? [`removed ${deliveries} webhook deliveries`] : []),
  ].join('\n');
}
