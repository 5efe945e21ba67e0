import { type Command, Option } from 'commander';
import type { Algorithm } from '../auth/make-token.ts';
import { helpText } from './examples.ts';
import { hostOption } from './host-option.ts';
import { readNumber } from './values.ts';

interface TokenCommandOptions {
  host?: string;
  sub?: string;
  algorithm?: Algorithm;
  expires?: number;
}

/**
 * `botport token`: a JWT for the `auth` header. Id and secret never come from arguments, which other users of the machine
 * can read in its list of processes.
 */
export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('print a JWT of the app in the environment or in a profile')
    .addOption(hostOption())
    .option('--sub <text>', 'the claim sub: any text')
    .addOption(
      new Option('--algorithm <name>', 'as the app was made (default: HS256)').choices(['HS256', 'HS512']),
    )
    .option('--expires <seconds>', 'life of the token (default: 3600)', readNumber)
    .addHelpText(
      'after',
      helpText({
        notes: [
          'The app: BOTPORT_CLIENT_ID and BOTPORT_CLIENT_SECRET, or a profile; see docs/profiles.md. A ready token,',
          'in BOTPORT_TOKEN or in a profile, is printed as it is.',
        ],
        examples: [
          'export BOTPORT_CLIENT_ID=cs-… BOTPORT_CLIENT_SECRET=…',
          'curl -H "auth: $(botport token)" http://127.0.0.1:8080/api/public/bots',
        ],
      }),
    )
    .action(async (options: TokenCommandOptions, command: Command) => {
      const { host, sub: subject, algorithm, expires: lifetimeSeconds } = options;
      const { resolveApp } = await import('../profiles/resolve-host.ts');
      const app = resolveApp(host, process.env);
      if ('token' in app) {
        const given = [subject, algorithm, lifetimeSeconds].some((value) => value !== undefined);
        if (given) command.error('error: a ready token is what it is: only --host goes with it');
        console.log(app.token);
        return;
      }
      const { makeToken } = await import('../auth/make-token.ts');
      console.log(
        await makeToken({ ...app, algorithm: algorithm ?? app.algorithm, subject, lifetimeSeconds }),
      );
    });
}
