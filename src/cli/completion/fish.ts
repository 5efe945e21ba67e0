import type { CompletedCommand, CompletedOption } from './commands.ts';

/**
 * A script for fish. Where it says nothing else, fish completes file names.
 *
 * @see https://fishshell.com/docs/current/completions.html
 */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const places = commands.filter(({ at }) => at !== '').map(({ at }) => quoted(at));
  return `# fish completion of botport
function __botport_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at $word"
            case ${places.join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c botport -e
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ at, commands, options, choices }: CompletedCommand): string[] {
  const line = `complete -c botport -n ${quoted(`__botport_at ${quoted(at)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${line} -f -a ${name} -d ${quoted(description)}`),
    ...(choices.length > 0 ? [`${line} -f -a ${quoted(choices.join(' '))}`] : []),
    ...options.map((option) => `${line} ${optionOf(option)}`),
  ];
}

function optionOf({ name, description, values }: CompletedOption): string {
  const plain = `-l ${name.slice(2)} -d ${quoted(description)}`;
  if (!values) return plain;
  if (values.kind === 'files') return `${plain} -r -F`;
  const offered =
    values.kind === 'choices' ? values.choices.join(' ') : '(botport profiles list --names 2>/dev/null)';
  return `${plain} -x -a ${quoted(offered)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
