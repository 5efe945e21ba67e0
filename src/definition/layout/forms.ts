import { BotportError } from '../../errors.ts';

/**
 * How the text of a value is kept in a file of its own:
 *
 * - indented: as it is written, moved to the left by the indent it has in the definition
 * - compact: printed over several lines, where it is one line without spaces in the definition
 * - verbatim: as it is written, to the last character, its scripts too
 */
export const forms = ['indented', 'compact', 'verbatim'] as const;
export type Form = (typeof forms)[number];

/** The value in this form; undefined where the form would not give the text back. */
export function toForm(form: Form, text: string, value: unknown, indent: string): string | undefined {
  const kept = form === 'compact' ? print(value) : form === 'indented' ? outdent(text, indent) : text;
  return kept !== undefined && fromForm(form, kept, indent) === text ? kept : undefined;
}

/** The text that was kept in this form. */
export function fromForm(form: Form, kept: string, indent: string): string {
  if (form === 'compact') return joinLines(kept);
  return form === 'indented' && indent !== '' ? kept.replaceAll('\n', `\n${indent}`) : kept;
}

function joinLines(kept: string): string {
  try {
    return JSON.stringify(JSON.parse(kept));
  } catch (error) {
    if (error instanceof RangeError) throw new BotportError('json_too_deep', undefined, { cause: error });
    throw error;
  }
}

function outdent(text: string, indent: string): string {
  return indent === '' ? text : text.replaceAll(`\n${indent}`, '\n');
}

function print(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, null, 4);
  } catch (error) {
    // Nested too deeply to be printed.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The white space that the line begins with on which something stands at `at`, if nothing else comes before it. */
export function indentBefore(text: string, at: number): string {
  let start = at;
  while (text[start - 1] === ' ' || text[start - 1] === '\t') start -= 1;
  return text[start - 1] === '\n' ? text.slice(start, at) : '';
}
