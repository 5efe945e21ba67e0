import type { Command } from 'commander';
import { helpText } from './examples.ts';

export function addPackCommand(program: Command): void {
  program
    .command('pack')
    .description('pack a folder that explode made into an archive to import')
    .argument('<folder>', 'folder of an exploded bot')
    .argument('<archive>', 'where the archive goes; a file there is replaced')
    .option('--json', 'print the size as JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'The definition is byte for byte what was exploded, and the same folder gives the same archive.',
        ],
        examples: ['botport pack my-bot bot.zip', 'botport import bot.zip --keep-id'],
      }),
    )
    .action(async (folder: string, archive: string, { json }: { json?: boolean }) => {
      const [{ loadConfig }, { packFolder }] = await Promise.all([
        import('../config.ts'),
        import('../exploded/pack.ts'),
      ]);
      const size = await packFolder(folder, archive, loadConfig(process.env));
      console.log(json ? JSON.stringify({ file: archive, size }) : `${archive}: ${size} bytes`);
    });
}
