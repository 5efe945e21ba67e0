import { type Caller, type CallGraph, missing } from './call-graph.ts';

/*
 * Call graphs as pictures in words: for Graphviz (https://graphviz.org/doc/info/lang.html) and Mermaid
 * (https://mermaid.js.org/syntax/flowchart.html). Names are data in both: none of them can end a string, or be taken for
 * markup.
 */

/** Names are cut in pictures. */
const longest = 60;

/** The graph in the language of Graphviz. */
export function toDot({ callers, calls }: CallGraph, title: string): string {
  return [
    `digraph ${dotText(plain(title))} {`,
    '  rankdir=LR;',
    '  node [shape=box];',
    ...callers.map((caller, place) => {
      const style = caller.what === missing ? ', style=dashed' : caller.section === 'dialogs' ? '' : rounded;
      return `  n${place} [label=${dotText(labelOf(caller))}${style}];`;
    }),
    ...calls.map((call) => `  n${call.from} -> n${call.to} [label=${dotText(callText(call))}];`),
    '}',
    '',
  ].join('\n');
}

const rounded = ', style=rounded';

/** A string of Graphviz, in which backslashes begin escapes. */
function dotText(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The graph in the language of Mermaid. */
export function toMermaid({ callers, calls }: CallGraph): string {
  return [
    'flowchart LR',
    ...callers.map((caller, place) => {
      const text = `"${mermaidText(labelOf(caller))}"`;
      if (caller.what === missing) return `  n${place}[${text}]:::missing`;
      return caller.section === 'dialogs' ? `  n${place}[${text}]` : `  n${place}(${text})`;
    }),
    ...calls.map((call) => `  n${call.from} -->|"${mermaidText(callText(call))}"| n${call.to}`),
    ...(callers.some(({ what }) => what === missing) ? ['  classDef missing stroke-dasharray: 5 5'] : []),
    '',
  ].join('\n');
}

/** What Mermaid draws with its usual settings: more has to be allowed by `maxEdges` and `maxTextSize`. */
export const mermaidLimits = { edges: 500, characters: 50_000 };

/** Everything that could be more than itself, as the code of the character: Mermaid writes `#35;` for `#`. */
function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N} .,:()/?!_+-]/gu, (character) => `#${character.codePointAt(0)};`);
}

function callText({ kind, times }: { kind: string; times: number }): string {
  return times === 1 ? plain(kind) : `${plain(kind)} (${times})`;
}

function labelOf({ section, what, name }: Caller): string {
  const shown = plain(name);
  if (what === missing) return `${shown} (not in the bot)`;
  return section === 'dialogs' ? shown : `${what}: ${shown}`;
}

/** On one line, without characters that nobody sees, not too long, and not empty: Mermaid takes no empty text. */
function plain(name: string): string {
  const line = name
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  if (line === '') return '(no name)';
  const characters = Array.from(line);
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line;
}
