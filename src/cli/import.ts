import type { Command } from 'commander';
import { hostOption } from './host-option.ts';

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('import a bot as a new one from the zip archive of an export')
    .argument('<archive>', 'zip archive of an export')
    .addOption(hostOption())
    .option('--keep-id', 'keep the bot id in the archive, if it is free on the server')
    .option('--json', 'print the import status as JSON')
    .addHelpText(
      'after',
      [
        '',
        'The app: BOTPORT_CLIENT_ID and BOTPORT_CLIENT_SECRET.',
        '',
        'Examples:',
        '  $ botport import my-bot.zip',
        '  $ botport import my-bot.zip --keep-id --host https://botport.example',
      ].join('\n'),
    )
    .action(async (archive: string, options: { host?: string; keepId?: boolean; json?: boolean }) => {
      const [{ readFile }, path, { connect }] = await Promise.all([
        import('node:fs/promises'),
        import('node:path'),
        import('./connect.ts'),
      ]);
      const client = await connect(options.host);
      const zipInfo = await client.files.upload(path.basename(archive), await readFile(archive));
      const { _id } = await client.imports.start({ zipInfo }, { keepId: options.keepId ?? false });
      const reply = await client.imports.wait(_id);
      console.log(options.json ? JSON.stringify(reply) : reply.streamId);
    });
}
