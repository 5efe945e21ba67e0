import type { Command, Option } from 'commander';

/** What can be typed in the place of a value. */
export type Values =
  | { kind: 'choices'; choices: readonly string[] }
  | { kind: 'profiles' }
  | { kind: 'files' };

export interface CompletedOption {
  /** With its dashes. */
  name: string;
  description: string;
  /** undefined where it takes no value. */
  values: Values | undefined;
}

/** What can be typed behind a command. */
export interface CompletedCommand {
  /** Its words behind `botport`, each with a blank in front; empty for `botport` itself. */
  at: string;
  commands: { name: string; description: string }[];
  options: CompletedOption[];
  /** What its first argument can be. */
  choices: readonly string[];
}

/** All commands of a program, itself first. */
export function completedCommands(command: Command, at = ''): CompletedCommand[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).flatMap((option) => completedOption(option) ?? []);
  const commands = help.visibleCommands(command);
  const [argument] = command.registeredArguments;
  const own: CompletedCommand = {
    at,
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options,
    choices: argument?.argChoices ?? [],
  };
  return [own, ...commands.flatMap((one) => completedCommands(one, `${at} ${one.name()}`))];
}

function completedOption({ long, description, argChoices, flags, required, optional }: Option) {
  if (!long) return undefined;
  if (!required && !optional) return { name: long, description, values: undefined };
  if (argChoices)
    return { name: long, description, values: { kind: 'choices' as const, choices: argChoices } };
  // What `hostOption` makes, whatever it is called.
  const kind = flags.endsWith('<host>') ? ('profiles' as const) : ('files' as const);
  return { name: long, description, values: { kind } };
}
