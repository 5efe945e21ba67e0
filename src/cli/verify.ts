import { type Command, InvalidArgumentError } from 'commander';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';

interface VerifyCommandOptions {
  sha256?: string;
  unedited?: boolean;
  json?: boolean;
}

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('say whether a bot on disk is whole: archive, checksums, members, JSON, ids, references')
    .argument('<bot>', 'archive, folder, exploded folder or botDefinition.json')
    .option('--sha256 <hex>', 'what the SHA-256 of the file has to be', readDigest)
    .option('--unedited', 'the content has to be just what a Botport host exported')
    .option('--json', 'print everything as JSON')
    .addHelpText(
      'after',
      helpText({
        notes: [
          'Ends with 0 where the bot is whole, with 1 where an error was found.',
          'Warnings are references that lead nowhere, and scripts that do not parse; an import takes both.',
        ],
        examples: [
          'botport verify bot.zip',
          'botport verify my-bot',
          'botport verify bot.zip --unedited --json',
        ],
      }),
    )
    .action(async (place: string, { json, ...options }: VerifyCommandOptions) => {
      const [{ loadConfig }, { verify }, { describeVerification }] = await Promise.all([
        import('../config.ts'),
        import('../verify/verify.ts'),
        import('../verify/describe.ts'),
      ]);
      const verification = await verify(place, { limits: loadConfig(process.env), ...options });
      console.log(json ? JSON.stringify(verification) : describeVerification(verification).join('\n'));
      if (!verification.whole) process.exitCode = exitCodes.no;
    });
}

function readDigest(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Expected 64 hexadecimal digits.');
  return text;
}
