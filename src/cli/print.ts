/** The result of a command on standard output: one line of JSON with `--json`, else lines for people. */
export function print(json: boolean | undefined, value: unknown, lines: () => readonly string[]): void {
  const text = json ? JSON.stringify(value) : lines().join('\n');
  if (text !== '') console.log(text);
}
