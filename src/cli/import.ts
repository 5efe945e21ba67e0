import type { Command } from 'commander';

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('import a bot as a new one from the zip archive of an export')
    .argument('<archive>', 'zip archive of an export')
    .option('--host <url>', 'the server', 'http://127.0.0.1:8080')
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
    .action(async (archive: string, options: { host: string; keepId?: boolean; json?: boolean }) => {
      const [{ readFile }, path, { createClient }, { credentials }, { makeToken }] = await Promise.all([
        import('node:fs/promises'),
        import('node:path'),
        import('../client/client.ts'),
        import('./credentials.ts'),
        import('../auth/token.ts'),
      ]);
      const app = credentials(process.env);
      const client = createClient({ host: options.host, token: () => makeToken(app) });
      const fileId = await client.upload(path.basename(archive), await readFile(archive));
      const { _id } = await client.startImport({ zipInfo: fileId }, { keepId: options.keepId ?? false });
      const reply = await client.waitForImport(_id);
      console.log(options.json ? JSON.stringify(reply) : reply.streamId);
    });
}
