import type { CompletedCommand, Values } from './commands.ts';

/**
 * A script for bash. Where it offers nothing, bash completes file names.
 *
 * @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const places = commands.filter(({ at }) => at !== '').map(({ at }) => `"${at}"`);
  return `# bash completion of botport
_botport() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" at="" values="" i
  # --option=value comes as three words.
  if [[ $word == "=" ]]; then
    word=""
  elif [[ $before == "=" ]]; then
    before="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${places.join(' | ')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $before" in
${commands.flatMap(valueCases).join('\n')}
    *)
      case "$at" in
${commands.map(wordCase).join('\n')}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$values" -- "$word"))
}
complete -o bashdefault -o default -F _botport botport
`;
}

function valueCases({ at, options }: CompletedCommand): string[] {
  return options.flatMap(({ name, values }) =>
    values ? [`    "${at} ${name}") ${valuesOf(values)} ;;`] : [],
  );
}

function valuesOf(values: Values): string {
  if (values.kind === 'files') return 'return';
  if (values.kind === 'choices') return `values="${values.choices.join(' ')}"`;
  return 'values="$(botport profiles list --names 2>/dev/null)"';
}

function wordCase({ at, commands, options, choices }: CompletedCommand): string {
  const plain = [...commands.map(({ name }) => name), ...choices].join(' ');
  const dashed = options.map(({ name }) => name).join(' ');
  return `        "${at}") if [[ $word == -* ]]; then values="${dashed}"; else values="${plain}"; fi ;;`;
}
