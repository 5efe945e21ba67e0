import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markdownReport, mostCharacters } from '../../src/diffs/report-markdown.ts';
import type { ToldDifference, ToldField, ToldSection } from '../../src/diffs/told.ts';

const counts = { added: 0, removed: 0, changed: 0, moved: 0 };

const field = (path: string, more: Partial<ToldField> = {}): ToldField => ({
  path,
  node: null,
  change: 'changed',
  before: '"a"',
  after: '"b"',
  hidden: false,
  ...more,
});

const section = (title: string, words: string[], fields: ToldField[] = []): ToldSection => ({
  section: title.toLowerCase(),
  title,
  only: null,
  counts: { ...counts, changed: words.length },
  items: words.map((one) => ({
    change: 'changed',
    what: 'x',
    words: one,
    moved: null,
    fields,
    fieldsLeftOut: 0,
  })),
  itemsLeftOut: 0,
  noisyItems: 0,
  noise: {},
});

const told = (sections: ToldSection[], side = 'bot.zip'): ToldDifference => ({
  from: { side, words: 'the file "old"' },
  to: { side, words: 'the file "new"' },
  difference: {
    same: sections.length === 0,
    counts: { ...counts, changed: sections.length },
    itemsLeftOut: 0,
    noisyItems: 0,
    noise: { times: 2 },
    sections,
  },
});

/** What stands outside of code, as GitHub reads it: fences, spans and the code in summaries taken out. */
function outsideOfCode(markdown: string): string {
  let fence: string | undefined;
  const outside = markdown.split('\n').filter((line) => {
    if (fence !== undefined) {
      // A fence ends with a line of as many backticks or more, and nothing else (GFM 4.5).
      if (/^ {0,3}`+\s*$/.test(line) && line.trim().length >= fence.length) fence = undefined;
      return false;
    }
    [, fence] = /^(`{3,})diff$/.exec(line) ?? [];
    return fence === undefined;
  });
  expect(fence).toBeUndefined();
  return outside
    .join('\n')
    .replace(/<code>[^<>]*<\/code>/g, 'CODE')
    .replace(/(?<!`)(`+) (?:(?!\n)[^`]|(?!\1(?!`))`+(?!`))*? \1(?!`)/g, 'SPAN');
}

test('sections open on a click, and changes are coloured', () => {
  expect(markdownReport(told([section('Dialogs', ['dialog "Book"'], [field('name')])]))).toBe(
    [
      '**1 changed**',
      '',
      '- from: ` the file "old" bot.zip `',
      '- to: ` the file "new" bot.zip `',
      '- set apart as noise: times 2',
      '',
      '<details><summary><code>Dialogs: 1 changed</code></summary>',
      '',
      '```diff',
      '! dialog "Book"',
      '    name: "a" -> "b"',
      '```',
      '',
      '</details>',
      '',
    ].join('\n'),
  );
});

test('where nothing differs it says so', () => {
  expect(markdownReport(told([]))).toContain('**Nothing differs.**');
});

test('what may be secret is not shown', () => {
  const hidden = field('value', { hidden: true, before: null, after: null });
  expect(markdownReport(told([section('Environment variables', ['"KEY"'], [hidden])]))).toContain(
    'value: changed, not shown',
  );
});

describe('whatever things are called', () => {
  const nasty = [
    '```',
    '``````\n<img src=x onerror=alert(1)>',
    '</code></summary></details><script>alert(1)</script>',
    '@everyone #1',
    '` code',
    '[link](https://example.com)',
    '\n\n# Heading',
    '**bold**',
    '&lt;',
  ];
  const name = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 40 }));
  const sections = fc.array(
    fc
      .tuple(name, fc.array(name, { minLength: 1, maxLength: 4 }), fc.array(name, { maxLength: 3 }))
      .map(([title, words, paths]) =>
        section(
          title,
          words,
          paths.map((path) => field(path)),
        ),
      ),
    { minLength: 1, maxLength: 5 },
  );

  test('nothing of it is markup, a mention or a link', () => {
    fc.assert(
      fc.property(sections, name, (some, side) => {
        const outside = outsideOfCode(markdownReport(told(some, side)));
        for (const line of outside.split('\n')) {
          expect(line).toMatch(
            /^(?:\*\*\d+ changed\*\*|- (?:from|to): SPAN|- set apart as noise: times 2|<details><summary>CODE<\/summary>|<\/details>|)$/,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('it stays within what GitHub takes', () => {
    fc.assert(
      fc.property(sections, fc.integer({ min: 600, max: 3_000 }), (some, most) => {
        expect(markdownReport(told(some, 'x'), most).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

test('what there is no room for is counted', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => `dialog "number ${index}"`);
  const text = markdownReport(
    told([section('Dialogs', many), section('Nodes', many), section('Forms', many)]),
  );
  expect(text.length).toBeLessThanOrEqual(mostCharacters);
  expect(text.length).toBeGreaterThan(mostCharacters - 2_000);
  expect(text).toMatch(/^… and \d+ more lines, not shown here$/m);
  expect(text).toContain('… and 2 more sections, not shown here.');
});
