import type { Command } from 'commander';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the server on BOTPORT_DATA')
    .addHelpText(
      'after',
      [
        '',
        'Settings:',
        '  BOTPORT_HOST         address to listen on (127.0.0.1)',
        '  BOTPORT_PORT         port to listen on (8080); 0 takes a free one',
        '  BOTPORT_DATA         data folder (./botport-data)',
        '  BOTPORT_PUBLIC_URL   base of download links (the address the client used)',
        '  BOTPORT_LOG          fatal, error, warn, info, debug, trace or silent (info)',
        '  BOTPORT_RATE_LIMIT   most requests per minute/hour, or off (60/1800)',
        '  All settings: docs/settings.md',
        '',
        'Examples:',
        '  $ botport serve',
        '  $ BOTPORT_DATA=/var/lib/botport BOTPORT_PUBLIC_URL=https://botport.example botport serve',
      ].join('\n'),
    )
    .action(async () => {
      const [{ loadConfig }, { serve }] = await Promise.all([import('../config.ts'), import('../serve.ts')]);
      const server = await serve(loadConfig(process.env));
      let stopping = false;
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        process.on(signal, async () => {
          // Asked twice, it stops at once: what runs is taken up at the next start.
          if (stopping) process.exit(1);
          stopping = true;
          await server.stop();
          process.exit(0);
        });
      }
      console.log(`Botport listening on ${server.url}`);
    });
}
