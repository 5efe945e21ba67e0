import type { Spelling } from '../texts/spelling.ts';
import type { SecretKind, Severity } from './kinds.ts';

/** Where in a bot something stands. */
export interface SecretPlace {
  /** In the words of those who build bots: `dialog "Block Card", node "callApi", header "Authorization"`. */
  words: string;
  /** The file of the export. */
  member: string;
  /** The item, or the section, it is in, as people call it; empty for a variable. */
  item: string;
  /** The keys and indexes that lead to the text; none for a script in a file of its own. */
  path: readonly (string | number)[];
  /** JSON pointer (RFC 6901) to the text; empty for a script in a file of its own. */
  pointer: string;
  /** The same by ids in place of positions, so that it stays when items are added or moved. */
  stable: string;
  /** Line of the file, counted from 1, and place in the line. */
  line: number;
  column: number;
}

/** A secret in a bot. */
export interface Finding {
  kind: SecretKind;
  severity: Severity;
  place: SecretPlace;
  /** What the secret is called: of a variable its key, of a header its name, … */
  name: string | undefined;
  /** The secret itself. Never shown. */
  value: string;
  /** Where it stands in the text as people read it. */
  at: { start: number; end: number };
  /** Where it is written in its file. */
  written: { start: number; end: number };
  /** The text it stands in: where it is written, and how. */
  text: { start: number; end: number; spelling: Spelling };
}

/** What may be shown of a secret: how it begins, if that tells little, and how long it is. */
export function masked(value: string): string {
  const shown = value.length >= 24 ? 4 : value.length >= 12 ? 2 : 0;
  const beginning = value.slice(0, shown).replace(/[^\x21-\x7e]/g, '·');
  return `${beginning}… (${value.length} characters)`;
}
