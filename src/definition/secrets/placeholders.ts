/*
 * What stands where a secret was: `(botport-secret.API_KEY)`. No character of it is escaped in JSON, in an address or in
 * a percent-encoded script, and in a script it can be within any quotes; so it stands the same everywhere, and what is
 * around it keeps its spelling.
 *
 * The value is spelled for its place when it is put back. Where it was spelled in an unusual way, say `\/` for `/`, it is
 * kept as it was written: `(botport-secret.API_KEY.raw)`.
 */

export interface Placeholder {
  name: string;
  /** Whether the value is put in as it is, whatever the place. */
  raw: boolean;
}

/** What names of placeholders are made of; they are names of variables of the environment, too. */
export const secretNamePattern = /^[A-Z][A-Z0-9_]{0,99}$/;

const pattern = /\(botport-secret\.([A-Z][A-Z0-9_]{0,99})(\.raw)?\)/g;

export function placeholder({ name, raw }: Placeholder): string {
  return `(botport-secret.${name}${raw ? '.raw' : ''})`;
}

/** The placeholders in a text, and where they stand. */
export function placeholdersIn(text: string): (Placeholder & { start: number; end: number })[] {
  if (!text.includes('(botport-secret.')) return [];
  return [...text.matchAll(pattern)].map(({ 0: found, 1: name = '', 2: raw, index }) => ({
    name,
    raw: raw !== undefined,
    start: index,
    end: index + found.length,
  }));
}
