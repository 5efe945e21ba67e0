import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Algorithm } from '../auth/make-token.ts';
import { credentials } from './credentials.ts';

interface TokenCommandOptions {
  sub?: string;
  algorithm: Algorithm;
  expires: number;
}

/**
 * `botport token`: a JWT for the `auth` header. Id and secret come from the environment, never from arguments, which
 * other users of the machine can read in its list of processes.
 */
export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('print a JWT made of BOTPORT_CLIENT_ID and BOTPORT_CLIENT_SECRET')
    .option('--sub <text>', 'the claim sub: any text')
    .addOption(
      new Option('--algorithm <name>', 'as the app was made').choices(['HS256', 'HS512']).default('HS256'),
    )
    .option('--expires <seconds>', 'life of the token', wholeSeconds, 3600)
    .addHelpText(
      'after',
      [
        '',
        'Example:',
        '  $ export BOTPORT_CLIENT_ID=cs-… BOTPORT_CLIENT_SECRET=…',
        '  $ curl -H "auth: $(botport token)" http://127.0.0.1:8080/api/public/bots',
      ].join('\n'),
    )
    .action(async ({ sub: subject, algorithm, expires: lifetimeSeconds }: TokenCommandOptions) => {
      const app = credentials(process.env);
      const { makeToken } = await import('../auth/make-token.ts');
      console.log(await makeToken({ ...app, algorithm, subject, lifetimeSeconds }));
    });
}

function wholeSeconds(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('Expected whole seconds, at least 1.');
  return Number(text);
}
