import fc from 'fast-check';
import { type BotMember, type ExplodedFiles, explodeBot, packBot } from '../../src/definition/layout.ts';

export function membersOf(definition: string | Buffer, others: BotMember[] = []): BotMember[] {
  return [
    { name: 'botDefinition.json', content: Buffer.from(definition) },
    { name: 'config.json', content: Buffer.from('{"name":"A bot","envVariables":[]}') },
    ...others,
  ];
}

export function explode(definition: string | Buffer): ExplodedFiles {
  return explodeBot(membersOf(definition), 'botDefinition.json');
}

export function definitionOf(files: ExplodedFiles): string {
  return String(packBot(files).find(({ name }) => name === 'botDefinition.json')?.content);
}

export function linesOf(files: ExplodedFiles, path: string): string[] {
  return String(files.get(path)).split('\n').slice(0, -1);
}

/** The paths whose content is not the same in both, and which of the two has them. */
export function differences(before: ExplodedFiles, after: ExplodedFiles): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.flatMap((path) => {
    const [old, young] = [before.get(path), after.get(path)];
    if (!old) return [`+ ${path}`];
    if (!young) return [`- ${path}`];
    return old.equals(young) ? [] : [`~ ${path}`];
  });
}

/** JSON as somebody might write it: a text for each number and string, and keys that may come twice. */
type Node = string | Node[] | { entries: [key: string, value: Node][] };

const nasty = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  'a/b\\c',
  'CON',
  'con.json',
  'Order',
  'order',
  'ORDER',
  'Straße',
  'STRASSE',
  'e\u0301te',
  '\u00e9te',
  '注文',
  'नमस्ते',
  '\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69',
  '\ud800',
  '\u202egnp.exe',
  '\ufeff',
  '-',
  ' . ',
  'index.txt',
  'definition',
  'botport.json',
  '__proto__',
  'x'.repeat(400),
  'line\nbreak',
  'a "quoted" \\ text',
];

const scripts = [
  'var%20a%20%3D%201%3B%0A',
  'var%20a%3D1%3B%0D%0A%0D',
  'context.a = 1; // not encoded\n',
  'a%3D%zz',
  'a%3d1',
  '%E2%82%AC%3D1',
  'context.x=\ud800;',
  '.',
  '',
];

const token = (text: string) => JSON.stringify(text);
/** Spellings of the same text that JSON.stringify does not choose. */
const respell = (text: string) =>
  text.replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
const textToken = fc
  .oneof(fc.constantFrom(...nasty), fc.constantFrom(...scripts), fc.string({ unit: 'binary', maxLength: 8 }))
  .map(token);
const scalar: fc.Arbitrary<Node> = fc.oneof(
  textToken,
  textToken.map((text) => `"${respell(text.slice(1, -1))}"`.replaceAll('/', '\\/')),
  fc.constantFrom('1', '1.0', '1e400', '-0', '12345678901234567890', '0.1000000000000000055', 'true', 'null'),
);
const keyText = fc.oneof(
  fc.constantFrom(
    'a',
    '10',
    '2',
    '$script',
    '$file',
    '$folder',
    'text',
    'localeData',
    'en',
    'type',
    ...nasty,
  ),
  fc.constantFrom('script', 'preProcessor', 'code'),
);
const { value } = fc.letrec<{ value: Node; list: Node; object: Node }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthIdentifier: 'value' }, scalar, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'value' }),
  object: fc
    .array(fc.tuple(keyText, tie('value')), { maxLength: 4, depthIdentifier: 'value' })
    .map((entries): Node => ({ entries })),
}));

/** Items that share names and ids with others, and have scripts where real ones have them. */
const item: fc.Arbitrary<Node> = fc
  .record({
    refId: fc.option(fc.constantFrom('"r1"', '"r2"', '"r3"')),
    _id: fc.option(fc.constantFrom('"i1"', '"i2"', '7')),
    name: fc.option(fc.constantFrom(...nasty).map(token)),
    script: fc.option(fc.constantFrom(...scripts, '$script').map(token)),
    rest: fc.array(fc.tuple(keyText, value), { maxLength: 3 }),
    message: fc.option(fc.constantFrom(...scripts).map(token)),
  })
  .map(({ rest, message, ...fields }): Node => {
    const entries: [string, Node][] = [];
    for (const [key, text] of Object.entries(fields)) if (text !== null) entries.push([key, text]);
    if (message !== null) {
      const said: Node = {
        entries: [
          ['text', message],
          ['type', '"uxmap"'],
        ],
      };
      entries.push(['message', [{ entries: [['localeData', { entries: [['en', said]] }]] }]]);
    }
    return { entries: [...entries, ...rest] };
  });

const sections = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom('dialogs', 'Dialogs', 'sentences', 'defaultLanguage', 'botEvents'), keyText),
    fc.oneof(fc.array(item, { maxLength: 5 }), value, item),
  ),
  { maxLength: 8 },
);

interface Layout {
  /** What stands at the beginning of a line so deep; the number counts the places in the text. */
  line: (depth: number, place: number) => string;
  colon: string;
  around: [string, string];
}

const layouts: fc.Arbitrary<Layout> = fc.oneof(
  fc.constantFrom('    ', '  ', '\t', '').chain((unit) =>
    fc.constantFrom('\n', '\r\n').map(
      (end): Layout => ({
        line: (depth) => `${end}${unit.repeat(depth)}`,
        colon: ': ',
        around: ['', ''],
      }),
    ),
  ),
  fc.constantFrom<Layout>(
    { line: () => '', colon: ':', around: ['', ''] },
    { line: () => ' ', colon: ': ', around: ['\ufeff', '\n'] },
  ),
  fc
    .array(fc.constantFrom('', ' ', '\n', '\n    ', '\n        ', '\r\n\t'), { minLength: 1, maxLength: 20 })
    .map(
      (gaps): Layout => ({
        line: (_, place) => gaps[place % gaps.length] ?? '',
        colon: ' :\n',
        around: ['\n ', ' \n\n'],
      }),
    ),
  // Nearly the platform's own.
  fc.nat(40).map(
    (odd): Layout => ({
      line: (depth, place) => `\n${' '.repeat(4 * depth)}${place % 41 === odd ? '\n      ' : ''}`,
      colon: ': ',
      around: ['', '\n'],
    }),
  ),
);

function write(node: Node, layout: Layout): string {
  let place = 0;
  const line = (depth: number) => {
    place += 1;
    return layout.line(depth, place);
  };
  const list = (open: string, texts: (() => string)[], close: string, depth: number) => {
    if (texts.length === 0) return open + close;
    const inner = texts.map((text) => `${line(depth + 1)}${text()}`).join(',');
    return `${open}${inner}${line(depth)}${close}`;
  };
  const visit = (inner: Node, depth: number): string => {
    if (typeof inner === 'string') return inner;
    if (Array.isArray(inner)) {
      return list(
        '[',
        inner.map((member) => () => visit(member, depth + 1)),
        ']',
        depth,
      );
    }
    const members = inner.entries.map(
      ([key, member]) =>
        () =>
          `${JSON.stringify(key)}${layout.colon}${visit(member, depth + 1)}`,
    );
    return list('{', members, '}', depth);
  };
  const [before, after] = layout.around;
  return `${before}${visit(node, 0)}${after}`;
}

/** The text of a definition nobody would write, in a layout that may be anybody's. */
export const anyDefinition = fc
  .tuple(sections, layouts)
  .map(([entries, layout]) => write({ entries }, layout));
