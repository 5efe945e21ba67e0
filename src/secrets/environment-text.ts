import type { TakenSecret } from '../definition/secrets/redact.ts';
import { printable } from './report.ts';

/** The environment file that fills the placeholders again: each secret under its name, with where it stood. */
export function environmentText(secrets: readonly TakenSecret[]): string {
  const lines = secrets.flatMap(({ name, value, findings }) => [
    ...findings.map(({ place }) => `  # ${printable(place.words)}`),
    `  ${name}: ${quoted(value)}`,
  ]);
  return [
    '# Secrets that `botport redact` took out of a bot. Keep this file to yourself: never commit it.',
    'secrets:',
    ...lines,
    '',
  ].join('\n');
}

/** A text in JSON is one in YAML, too; in ASCII no reader can take it for anything else. */
function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
