import { Argument, type Command } from 'commander';
import { helpText } from './examples.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and profiles in a shell')
    .addArgument(new Argument('<shell>', 'which one').choices(shells))
    .addHelpText(
      'after',
      helpText({
        notes: [
          'bash: source it in ~/.bashrc. zsh: source it in ~/.zshrc, behind compinit. fish: put it into',
          '~/.config/fish/completions/botport.fish.',
        ],
        examples: ['source <(botport completion bash)', 'botport completion fish > botport.fish'],
      }),
    )
    .action(async (shell: (typeof shells)[number]) => {
      const [{ completedCommands }, { bashCompletion }, { zshCompletion }, { fishCompletion }] =
        await Promise.all([
          import('./completion/commands.ts'),
          import('./completion/bash.ts'),
          import('./completion/zsh.ts'),
          import('./completion/fish.ts'),
        ]);
      const script = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell];
      process.stdout.write(script(completedCommands(program)));
    });
}
