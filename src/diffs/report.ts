import type {
  Counts,
  FieldDifference,
  ItemDifference,
  SectionDifference,
} from '../definition/diff/difference.ts';
import { type NoiseCounts, noiseKinds } from '../definition/diff/noise.ts';
import type { ComparedBots } from './diffs.ts';

/** A difference to be read by people: the same difference always has the same text. */
export function report({ from, to, difference }: ComparedBots): string {
  const { counts, noise, noisyItems, itemsLeftOut, sections, same } = difference;
  const lines = [
    `from  ${from.words}  ${from.side}`,
    `to    ${to.words}  ${to.side}`,
    '',
    same ? 'Nothing differs.' : inWords(counts),
  ];
  const aside = noiseInWords(noise, noisyItems);
  if (aside !== '') lines.push(`Set apart as noise: ${aside}`);
  if (itemsLeftOut > 0) lines.push(`${itemsLeftOut} items are counted, and not listed below.`);
  const [settings, others] = [sections.filter(isSetting), sections.filter((section) => !isSetting(section))];
  if (settings.length > 0) {
    lines.push('', 'Settings');
    for (const { items } of settings) lines.push(...items.flatMap(itemLines));
  }
  for (const section of others) lines.push(...sectionLines(section));
  return `${lines.join('\n')}\n`;
}

/** A section that is one setting, and has no title of its own. */
function isSetting({ section, title, items }: SectionDifference): boolean {
  return section === title && items.length > 0 && items.every(({ what }) => what === 'setting');
}

function sectionLines(section: SectionDifference): string[] {
  const { title, counts, items, itemsLeftOut, noise, noisyItems, only } = section;
  const aside = noiseInWords(noise, noisyItems);
  const head = [
    inWords(counts),
    only === null ? '' : only === 'to' ? 'all of it new' : 'all of it gone',
    aside === '' ? '' : `noise: ${aside}`,
  ];
  return [
    '',
    `${title}: ${head.filter((text) => text !== '').join('; ')}`,
    ...items.flatMap(itemLines),
    ...(itemsLeftOut > 0 ? [`  … and ${itemsLeftOut} more`] : []),
  ];
}

const signs = { added: '+', removed: '-', changed: '~', moved: '>' };

function itemLines({ change, words, moved, fields, fieldsLeftOut }: ItemDifference): string[] {
  const place = moved ? `, moved from place ${moved.from + 1} to ${moved.to + 1}` : '';
  return [
    `  ${signs[change]} ${words}${place}`,
    ...fields.map(fieldLine),
    ...(fieldsLeftOut > 0 ? [`      … and ${fieldsLeftOut} more fields`] : []),
  ];
}

function fieldLine({ path, node, change, before, after, hidden }: FieldDifference): string {
  const where = `${path}${node === null ? '' : ` (node ${JSON.stringify(node)})`}`;
  const start = where === '' ? '      ' : `      ${where}: `;
  if (change === 'order') return `${start}other order`;
  if (hidden) return `${start}${change}, not shown`;
  if (change === 'added') return `${start}added ${after}`;
  if (change === 'removed') return `${start}removed ${before}`;
  return `${start}${before} -> ${after}`;
}

function inWords({ added, removed, changed, moved }: Counts): string {
  const parts = Object.entries({ added, removed, changed, moved }).filter(([, count]) => count > 0);
  return parts.map(([name, count]) => `${count} ${name}`).join(', ');
}

function noiseInWords(noise: NoiseCounts, items: number): string {
  const parts = noiseKinds.filter((kind) => noise[kind] > 0).map((kind) => `${kind} ${noise[kind]}`);
  const alone =
    items === 0 ? [] : [`${items} ${items === 1 ? 'item differs' : 'items differ'} in nothing else`];
  return [parts.join(', '), ...alone].filter((text) => text !== '').join('; ');
}
