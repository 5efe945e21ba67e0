import type { CompletedCommand, Values } from './commands.ts';

/**
 * A script for zsh, to be sourced or to stand in a folder of `fpath` as `_botport`.
 *
 * @see https://zsh.sourceforge.io/Doc/Release/Completion-System.html
 */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const places = commands.filter(({ at }) => at !== '').map(({ at }) => quoted(at));
  return `#compdef botport
_botport() {
  local at="" before="$words[CURRENT-1]" word
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${places.join('|')}) at="$at $word" ;;
    esac
  done
  if [[ "$words[CURRENT]" == --*=* ]]; then
    before="\${words[CURRENT]%%=*}"
    compset -P '*='
  fi
  case "$at $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$at" in
${commands.map(wordCase).join('\n')}
  esac
}
if [[ "$funcstack[1]" == "_botport" ]]; then
  _botport "$@"
else
  compdef _botport botport
fi
`;
}

function valueCases({ at, options }: CompletedCommand): string[] {
  return options.flatMap(({ name, values }) =>
    values ? [`    (${quoted(`${at} ${name}`)}) ${valuesOf(values)}; return ;;`] : [],
  );
}

function valuesOf(values: Values): string {
  if (values.kind === 'files') return '_files';
  if (values.kind === 'choices') return `compadd -- ${values.choices.map(quoted).join(' ')}`;
  return `compadd -- \${(f)"$(botport profiles list --names 2>/dev/null)"}`;
}

function wordCase({ at, commands, options, choices }: CompletedCommand): string {
  const described = (all: { name: string; description: string }[]) =>
    all.map(({ name, description }) => `      ${quoted(`${name}:${description}`)}`).join('\n');
  const plain = [...commands, ...choices.map((name) => ({ name, description: '' }))];
  return `    (${quoted(at)})
      if [[ "$words[CURRENT]" == -* ]]; then
        offered=(
${described(options)}
        )
        _describe option offered
      else
        offered=(
${described(plain)}
        )
        ${plain.length === 0 ? '_files' : '_describe command offered'}
      fi
      ;;`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
