import type { Command } from 'commander';
import { helpText } from './examples.ts';

export function addExplodeCommand(program: Command): void {
  program
    .command('explode')
    .description('take the archive of an export apart into a folder of small files, to keep it in git')
    .argument('<archive>', 'zip archive of an export')
    .argument('<folder>', 'new, empty, or of an earlier explode, whose files it replaces')
    .option('--json', 'print what was changed as JSON')
    .addHelpText(
      'after',
      helpText({
        notes: ['Files that are not of the bot stay as they are; what was edited and not packed is gone.'],
        examples: ['botport explode bot.zip my-bot', 'botport pack my-bot bot.zip'],
      }),
    )
    .action(async (archive: string, folder: string, { json }: { json?: boolean }) => {
      const [{ loadConfig }, { explodeArchive }] = await Promise.all([
        import('../config.ts'),
        import('../exploded/explode.ts'),
      ]);
      const changes = await explodeArchive(archive, folder, loadConfig(process.env));
      const { written, removed, unchanged } = changes;
      console.log(
        json
          ? JSON.stringify({ folder, ...changes })
          : `${folder}: ${written} files written, ${removed} removed, ${unchanged} unchanged`,
      );
    });
}
