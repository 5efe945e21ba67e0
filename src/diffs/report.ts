import { noiseKinds } from '../definition/diff/noise.ts';
import { visible } from '../visible.ts';
import type { ToldCounts, ToldDifference, ToldField, ToldItem, ToldNoise, ToldSection } from './told.ts';

/** A difference to be read by people: the same difference always has the same text. */
export function report({ from, to, difference }: ToldDifference): string {
  const { counts, noise, noisyItems, itemsLeftOut, sections, same } = difference;
  const lines = [
    `from  ${from.words}  ${from.side}`,
    `to    ${to.words}  ${to.side}`,
    '',
    same ? nothingDiffers : inWords(counts),
  ];
  const aside = noiseInWords(noise, noisyItems);
  if (aside !== '') lines.push(`Set apart as noise: ${aside}`);
  if (itemsLeftOut > 0) lines.push(`${itemsLeftOut} items are counted, and not listed below.`);
  for (const { title, lines: told } of paragraphs(sections)) {
    lines.push('', title, ...told.map((line) => `  ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

export const nothingDiffers = 'Nothing differs.';

/** What differs in one section, or in all settings. */
export interface Paragraph {
  title: string;
  /** A line for each item, and below it, further in, one for each field. */
  lines: string[];
}

/** Settings first: each is a section of its own, without a title. */
export function paragraphs(sections: readonly ToldSection[]): Paragraph[] {
  const [settings, others] = [sections.filter(isSetting), sections.filter((section) => !isSetting(section))];
  const first = { title: 'Settings', lines: settings.flatMap(({ items }) => items.flatMap(itemLines)) };
  const told = [...(settings.length > 0 ? [first] : []), ...others.map(paragraphOf)];
  // Keys of sections and fields may be anything.
  return told.map(({ title, lines }) => ({ title: visible(title), lines: lines.map(visible) }));
}

/** A section that is one setting, and has no title of its own. */
function isSetting({ section, title, items }: ToldSection): boolean {
  return section === title && items.length > 0 && items.every(({ what }) => what === 'setting');
}

function paragraphOf(section: ToldSection): Paragraph {
  const { title, counts, items, itemsLeftOut, noise, noisyItems, only } = section;
  const aside = noiseInWords(noise, noisyItems);
  const head = [
    inWords(counts),
    only === null ? '' : only === 'to' ? 'all of it new' : 'all of it gone',
    aside === '' ? '' : `noise: ${aside}`,
  ];
  return {
    title: `${title}: ${head.filter((text) => text !== '').join('; ')}`,
    lines: [...items.flatMap(itemLines), ...(itemsLeftOut > 0 ? [`… and ${itemsLeftOut} more`] : [])],
  };
}

const signs = { added: '+', removed: '-', changed: '~', moved: '>' };

function itemLines({ change, words, moved, fields, fieldsLeftOut }: ToldItem): string[] {
  const place = moved ? `, moved from place ${moved.from + 1} to ${moved.to + 1}` : '';
  return [
    `${signs[change]} ${words}${place}`,
    ...fields.map(fieldLine),
    ...(fieldsLeftOut > 0 ? [`    … and ${fieldsLeftOut} more fields`] : []),
  ];
}

function fieldLine({ path, node, change, before, after, hidden }: ToldField): string {
  const where = `${path}${node === null ? '' : ` (node ${JSON.stringify(node)})`}`;
  const start = where === '' ? '    ' : `    ${where}: `;
  if (change === 'order') return `${start}other order`;
  if (hidden) return `${start}${change}, not shown`;
  if (change === 'added') return `${start}added ${after}`;
  if (change === 'removed') return `${start}removed ${before}`;
  return `${start}${before} -> ${after}`;
}

export function inWords({ added, removed, changed, moved }: ToldCounts): string {
  const parts = Object.entries({ added, removed, changed, moved }).filter(([, count]) => count > 0);
  return parts.map(([name, count]) => `${count} ${name}`).join(', ');
}

export function noiseInWords(noise: ToldNoise, items: number): string {
  const parts = noiseKinds.flatMap((kind) => (noise[kind] ? [`${kind} ${noise[kind]}`] : []));
  const alone =
    items === 0 ? [] : [`${items} ${items === 1 ? 'item differs' : 'items differ'} in nothing else`];
  return [parts.join(', '), ...alone].filter((text) => text !== '').join('; ');
}
