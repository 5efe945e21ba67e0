import type { Command } from 'commander';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('run a server with a sample bot in a scratch folder and export the bot')
    .option('--out <folder>', 'where the archives go', 'demo')
    .addHelpText('after', '\nExample:\n  $ botport demo --out /tmp/demo')
    .action(async ({ out }: { out: string }) => {
      const { runDemo } = await import('./demo/demo.ts');
      await runDemo(out, (line) => console.log(line));
    });
}
