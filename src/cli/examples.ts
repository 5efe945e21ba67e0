/**
 * What a command's help ends with: notes, then examples. The examples are run by tests as they stand, so they are
 * whole commands; `st-…` and the like stand for what only the reader knows.
 */
export function helpText({ notes = [], examples }: { notes?: string[]; examples: string[] }): string {
  return [
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.map((example) => `  $ ${example}`),
  ].join('\n');
}
