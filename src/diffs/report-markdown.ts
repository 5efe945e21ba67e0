import { inWords, noiseInWords, nothingDiffers, type Paragraph, paragraphs } from './report.ts';
import type { ToldDifference } from './told.ts';

/*
 * A difference as a comment on a pull request, in GitHub Flavored Markdown (https://github.github.com/gfm/). What comes
 * from bots stands in code only, where nothing is markup, a mention or a link, in fences and spans that it cannot end.
 */

/** GitHub takes comments of at most 65,536 characters; some are left to whoever puts a word in front. */
export const mostCharacters = 64_000;

/** Longer lines are cut, and so are titles: sections may be called anything. */
const longestLine = 1_000;
const longestTitle = 200;

/** The text, no longer than `most` characters: then it says what is missing. */
export function markdownReport({ from, to, difference }: ToldDifference, most = mostCharacters): string {
  const { same, counts, noise, noisyItems, itemsLeftOut, sections } = difference;
  const aside = noiseInWords(noise, noisyItems);
  const head = [
    `**${same ? nothingDiffers : inWords(counts)}**`,
    '',
    `- from: ${span(`${from.words}  ${from.side}`)}`,
    `- to: ${span(`${to.words}  ${to.side}`)}`,
    ...(aside === '' ? [] : [`- set apart as noise: ${aside}`]),
    ...(itemsLeftOut > 0 ? [`- ${itemsLeftOut} items are counted, and not listed below`] : []),
    '',
  ].join('\n');
  const blocks: string[] = [];
  let room = most - head.length - tailLength;
  let left = 0;
  for (const paragraph of paragraphs(sections)) {
    // Noise alone is told above.
    if (paragraph.lines.length === 0) continue;
    const block = details(paragraph, room);
    if (block === undefined) left += 1;
    else {
      blocks.push(block);
      room -= block.length;
    }
  }
  const tail =
    left === 0 ? '' : `\n… and ${left} more ${left === 1 ? 'section' : 'sections'}, not shown here.\n`;
  return head + blocks.join('') + tail;
}

const tailLength = 80;

/** A paragraph that opens on a click, with as many of its lines as there is room for; undefined where there is for none. */
function details({ title, lines }: Paragraph, room: number): string | undefined {
  // An exclamation mark is what colours a changed line.
  const all = lines.map((line) => shortened(line.replace(/^~/, '!'), longestLine));
  const around = (kept: readonly string[]) => {
    const rest = all.length - kept.length;
    const told = rest === 0 ? kept : [...kept, `… and ${rest} more lines, not shown here`];
    const fence = '`'.repeat(Math.max(3, longestRun(told.join('\n')) + 1));
    const text = `${fence}diff\n${told.join('\n')}\n${fence}`;
    return `\n<details><summary>${summary(title)}</summary>\n\n${text}\n\n</details>\n`;
  };
  let block = around(all);
  if (block.length <= room) return block;
  const kept: string[] = [];
  // A fence may be longer than three for the sake of one line.
  let length = around([]).length + 2 * longestRun(all.join('\n')) + 10;
  for (const line of all) {
    length += line.length + 1;
    if (length > room) break;
    kept.push(line);
  }
  block = around(kept);
  return kept.length > 0 && block.length <= room ? block : undefined;
}

/** HTML, in which a name is code so that nobody is mentioned by it. */
function summary(title: string): string {
  const text = shortened(title, longestTitle)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s+/g, ' ');
  return `<code>${text}</code>`;
}

/** Code in a line: between more backticks than it has in a row. */
function span(text: string): string {
  const line = shortened(text.replace(/\s+/g, ' '), longestLine);
  const ticks = '`'.repeat(longestRun(line) + 1);
  return `${ticks} ${line} ${ticks}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
