import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command, Help } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { table } from './table.ts';

/** Where the page is kept. `npm run docs:commands` writes it, and a test compares it with the commands. */
export const commandPageFile = fileURLToPath(new URL('../commands.md', import.meta.url));

const head = `# Commands

<!-- Made by \`npm run docs:commands\` from the commands themselves, src/cli/. Change the text there. -->

The same as \`botport --help\` and \`botport COMMAND --help\` say. In the repository a command begins with \`npx botport\`.
`;

/** The whole page as text. */
export function commandPage(): string {
  const program = createProgram();
  return `${[head, overview(program), ...leaves(program).map(section)].join('\n')}`;
}

/** All commands that do something, each after the one it belongs to. */
export function leaves(command: Command): Command[] {
  return commandsOf(command).flatMap((one) => [
    ...(commandsOf(one).length === 0 ? [one] : []),
    ...leaves(one),
  ]);
}

/** The name of a command as it is called. */
export function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

/** What a help text ends with: its notes, and its examples as they are typed. */
export function afterHelp(command: Command): { notes: string; examples: string[] } {
  const help = wholeHelp(command).slice(command.helpInformation().length);
  const [notes = '', examples = ''] = help.split(/^Examples?:\n/m);
  return {
    notes: notes.trim(),
    examples: examples
      .split('\n')
      .filter((line) => line.startsWith('  $ '))
      .map((line) => line.slice('  $ '.length)),
  };
}

/** The help as it is printed. */
function wholeHelp(command: Command): string {
  let text = '';
  const output = command.configureOutput();
  command.configureOutput({
    ...output,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  command.configureOutput(output);
  return text;
}

/** The commands of a command, without commander's own `help`. */
function commandsOf(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

function overview(program: Command): string {
  const groups = Map.groupBy(commandsOf(program), (one) => one.helpGroup());
  const lists = [...groups].map(([group, commands]) => {
    const rows = commands.map((one) => [
      (leaves(one).length > 0 ? leaves(one) : [one]).map(linkTo).join(', '),
      one.description(),
    ]);
    return `**${group.replace(/:$/, '')}**\n\n${table(['command', 'what it does'], rows.map(escaped))}\n`;
  });
  const { notes, examples } = afterHelp(program);
  return [...lists, fenced('text', notes), fenced('sh', examples.join('\n'))].join('\n');
}

function linkTo(command: Command): string {
  const name = fullName(command);
  return `[\`${name}\`](#${name.replaceAll(' ', '-')})`;
}

function section(command: Command): string {
  const help = command.createHelp();
  const { notes, examples } = afterHelp(command);
  const description = command.description();
  return [
    `## ${fullName(command)}\n`,
    `${description[0]?.toUpperCase()}${description.slice(1)}.\n`,
    fenced('text', help.commandUsage(command)),
    ...terms('argument', argumentsOf(command, help)),
    ...terms('option', optionsOf(command, help)),
    ...(notes === '' ? [] : [fenced('text', notes)]),
    fenced('sh', examples.join('\n')),
  ].join('\n');
}

function argumentsOf(command: Command, help: Help): string[][] {
  return help
    .visibleArguments(command)
    .map((one) => [`\`${help.argumentTerm(one)}\``, help.argumentDescription(one)]);
}

/** The options but `--help`, which every command has. */
function optionsOf(command: Command, help: Help): string[][] {
  return help
    .visibleOptions(command)
    .filter((one) => one.long !== '--help')
    .map((one) => [`\`${help.optionTerm(one)}\``, help.optionDescription(one)]);
}

function terms(what: string, rows: string[][]): string[] {
  return rows.length === 0 ? [] : [`${table([what, 'what it is'], rows.map(escaped))}\n`];
}

/** Angle brackets outside of code would be read as HTML. */
function escaped(cells: string[]): string[] {
  return cells.map((cell) =>
    cell.replaceAll('|', '\\|').replace(/(`[^`]*`)|[<>*]/g, (found, code?: string) => code ?? `\\${found}`),
  );
}

function fenced(info: string, text: string): string {
  return `\`\`\`${info}\n${text}\n\`\`\`\n`;
}

if (import.meta.main) writeFileSync(commandPageFile, commandPage());
