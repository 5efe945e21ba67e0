/** Rows as aligned columns, two blanks apart; nothing stands behind the last word of a line. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const plain = rows.map((row) => row.map(onOneLine));
  const columns = Math.max(0, ...plain.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...plain.map((row) => (row[column] ?? '').length)),
  );
  return plain.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Texts of a host may hold anything, also what would move the cursor of a terminal. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
