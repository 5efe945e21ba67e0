import type { Command } from 'commander';
import type { StoreReport } from '../snapshots/verify.ts';

export function addVerifyStoreCommand(program: Command): void {
  program
    .command('verify-store')
    .description('check every digest and every reference in BOTPORT_DATA')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      [
        '',
        'Reads only, and may run beside a server. Exit code 1 when something is wrong.',
        '',
        'Examples:',
        '  $ botport verify-store',
        '  $ BOTPORT_DATA=/backup botport verify-store --json',
      ].join('\n'),
    )
    .action(async ({ json }: { json?: boolean }) => {
      const [{ loadConfig }, { openExistingDatabase }, { verifyStore }] = await Promise.all([
        import('../config.ts'),
        import('../storage/database.ts'),
        import('../snapshots/verify.ts'),
      ]);
      const db = await openExistingDatabase(loadConfig(process.env).dataFolder);
      try {
        const report = await verifyStore(db);
        if (json) console.log(JSON.stringify(report));
        else print(report);
        if (report.faults.length > 0) process.exitCode = 1;
      } finally {
        await db.destroy();
      }
    });
}

function print({ checked, unreferenced, faults }: StoreReport): void {
  for (const fault of faults) console.log(fault);
  const counts = Object.entries(checked).map(([what, count]) => `${count} ${what}`);
  console.log(`${faults.length} faults in ${counts.join(', ')}`);
  if (unreferenced > 0) console.log(`${unreferenced} segments are left over, and will be collected`);
}
