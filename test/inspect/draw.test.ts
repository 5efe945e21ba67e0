import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Caller, CallGraph } from '../../src/inspect/call-graph.ts';
import { toDot, toMermaid } from '../../src/inspect/draw.ts';
import { lacking } from '../support/pages.ts';

const caller = (name: string, more: Partial<Caller> = {}): Caller => ({
  section: 'dialogs',
  what: 'dialog',
  name,
  id: null,
  refId: null,
  state: null,
  ...more,
});

/** A graph of callers with such names, each of which calls the next. */
const graphOf = (names: string[], kind = 'call'): CallGraph => ({
  callers: names.map((name, place) =>
    caller(
      name,
      place % 3 === 2
        ? { what: 'nothing', section: '' }
        : place % 3 === 1
          ? { section: 'forms', what: 'form' }
          : {},
    ),
  ),
  calls: names.slice(1).map((_, from) => ({ from, to: from + 1, kind, times: 1 + (from % 2) })),
});

const nasty = [
  '"];\nsubgraph x { a -> b }',
  '\\',
  '\\" label="x',
  '<b>bold</b>',
  '<script>alert(1)</script>',
  '`**markdown**`',
  '#quot;',
  '&amp;',
  'a|b',
  '%% comment',
  'end',
  '--> n9',
  'x\u0000y\u2028z\u202e',
  '😀 ü 注文',
  '',
  '] --- [',
  'click n0 call x()',
  '\ud800',
];
const anyName = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 100 }));

describe('in Mermaid', () => {
  /** The grammar of what is written here, as https://mermaid.js.org/syntax/flowchart.html has it. */
  const text = '"(?:[\\p{L}\\p{M}\\p{N} .,:()/?!_+…-]|#\\d{1,7};)+"';
  const lines = [
    /^flowchart LR$/u,
    new RegExp(`^ {2}n\\d+\\[${text}\\](?::::missing)?$`, 'u'),
    new RegExp(`^ {2}n\\d+\\(${text}\\)$`, 'u'),
    new RegExp(`^ {2}n\\d+ -->\\|${text}\\| n\\d+$`, 'u'),
    /^ {2}classDef missing stroke-dasharray: 5 5$/u,
  ];

  test('every line follows the syntax, whatever things are called', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 6 }), anyName, (names, kind) => {
        const drawn = toMermaid(graphOf(names, kind));
        for (const line of drawn.trimEnd().split('\n')) {
          expect(lines.filter((known) => known.test(line)).length, line).toBe(1);
        }
        expect(drawn.split('\n')).toHaveLength(
          1 + names.length + Math.max(0, names.length - 1) + (names.length > 2 ? 1 : 0) + 1,
        );
      }),
    );
  });

  test('names are what they are once their codes are read', () => {
    const drawn = toMermaid(graphOf(['Say "hi" #1 <b>', 'b']));
    const [, label = ''] = /n0\["(.*)"\]/.exec(drawn) ?? [];
    const read = label.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    expect(read).toBe('Say "hi" #1 <b>');
  });
});

describe('for Graphviz', () => {
  test('every statement is one line, and no name ends a string', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 6 }), anyName, (names, title) => {
        const statement =
          /^(?:digraph "(?:[^"\\]|\\["\\])*" \{|\}| {2}(?:rankdir=LR|node \[shape=box\]|n\d+(?: -> n\d+)? \[label="(?:[^"\\]|\\["\\])*"(?:, style=\w+)?\]);)$/u;
        for (const line of toDot(graphOf(names), title).trimEnd().split('\n')) {
          expect(line).toMatch(statement);
        }
      }),
    );
  });

  test('dot draws it, with every name as it is', ({ skip }) => {
    const missing = lacking('dot');
    skip(missing.length > 0, 'needs dot (graphviz)');
    const drawn = execFileSync('dot', ['-Tsvg'], { input: toDot(graphOf(nasty), nasty.join(' ')) });
    expect(String(drawn).match(/class="node"/g)).toHaveLength(nasty.length);
    expect(String(drawn).match(/class="edge"/g)).toHaveLength(nasty.length - 1);
    expect(String(drawn)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});
