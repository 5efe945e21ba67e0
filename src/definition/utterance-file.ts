import { isObject } from './item.ts';

/*
 * The utterances of a bot as a file. JSON holds the items of the section `sentences` as they are, with the entities marked in
 * them; CSV holds one line for each, without these. Source: the platform's public word on exports of utterances. It names
 * no columns: docs/compatibility.md says what was chosen.
 */

export type UtteranceFileType = 'csv' | 'json';

const columns = ['sentence', 'taskName', 'type', 'language'];

/** The text of the file, piece by piece, from the laid-out texts of the items. The same items give the same text. */
export async function* utteranceFile(
  type: UtteranceFileType,
  items: AsyncIterable<string>,
): AsyncGenerator<string> {
  if (type === 'csv') {
    yield line(columns);
    for await (const item of items) yield line(cells(item));
    return;
  }
  let before = '[\n    ';
  for await (const item of items) {
    // In the definition it stands one level deeper.
    yield before + item.replaceAll('\n    ', '\n');
    before = ',\n    ';
  }
  yield before.startsWith('[') ? '[]\n' : '\n]\n';
}

function cells(item: string): string[] {
  const fields: unknown = JSON.parse(item);
  return columns.map((column) => {
    const value = isObject(fields) ? fields[column] : undefined;
    if (value === undefined || value === null) return '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** RFC 4180: quotes where they are needed, doubled inside; lines end in CRLF. */
function line(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}
