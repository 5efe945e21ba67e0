import type { BotMember } from '../layout.ts';
import type { MemberText } from './texts.ts';

/** What stands in a text from `start` up to but without `end` becomes `text`. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with these edits. They must not overlap; their order does not matter. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return [...pieces, text.slice(at)].join('');
}

/** A file with these edits; without any, the very same. */
export function editMember(member: BotMember, text: MemberText, edits: readonly Edit[]): BotMember {
  if (edits.length === 0) return member;
  return { name: member.name, content: Buffer.from(applyEdits(text.text, edits), text.encoding) };
}
