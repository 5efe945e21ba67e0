import { isUtf8 } from 'node:buffer';
import { BotportError } from '../../errors.ts';
import { sliceList, sliceObject } from '../../json/slices.ts';
import { type JsonNode, type JsonObject, readTree } from '../../json/tree.ts';
import type { BotMember } from '../layout.ts';
import { plainSpelling, readSpelled, type Spelling } from './spelling.ts';

/*
 * All texts of a bot, one by one: the strings in its JSON files, and its scripts.
 */

/** A file of a bot as text. What is no UTF-8 is read byte by byte, so that it can be written back. */
export interface MemberText {
  name: string;
  text: string;
  encoding: 'utf8' | 'latin1';
}

/** The files of a bot that hold text, as text; undefined for any other. Throws `json_not_utf8`. */
export function readMemberText({ name, content }: BotMember): MemberText | undefined {
  if (/\.js$/i.test(name)) {
    const encoding = isUtf8(content) ? 'utf8' : 'latin1';
    return { name, text: content.toString(encoding), encoding };
  }
  if (!isJson(name)) return undefined;
  if (!isUtf8(content)) throw new BotportError('json_not_utf8', name);
  return { name, text: content.toString('utf8'), encoding: 'utf8' };
}

export function isJson(name: string): boolean {
  return /\.json$/i.test(name);
}

/** A value, and what it is in. */
export interface Frame {
  node: JsonNode;
  /** Its key, or its place in a list. */
  key: string | number;
  parent: Frame | undefined;
}

/** A text of a bot, as people read it. */
export interface BotText {
  text: string;
  /** Where it is written in its file: from `start` up to but without `end`, without quotes. */
  start: number;
  end: number;
  spelling: Spelling;
  /** The string it is; undefined for a script in a file of its own. */
  frame: Frame | undefined;
}

export interface Visitor {
  text(text: BotText): void;
  /** Every object, before what is in it. */
  object?(frame: Frame & { node: JsonObject }): void;
}

/** Goes through the texts of a file, in their order. Throws `json_malformed`, `json_too_deep`. */
export function visitTexts(member: MemberText, visitor: Visitor): void {
  const { name, text } = member;
  if (!isJson(name)) {
    visitor.text({ text, start: 0, end: text.length, spelling: plainSpelling, frame: undefined });
    return;
  }
  visitValues(member, (frame) => visitFrames(text, frame, visitor));
}

/**
 * Goes through the members of a JSON file, and through the items of those that are lists, one by one: the trees of large
 * definitions would not all have room.
 */
export function visitValues({ name, text }: MemberText, visit: (frame: Frame) => void): void {
  const { start, end, members } = sliceObject(text, name);
  const root: Frame = { node: { kind: 'object', start, end, members: [] }, key: '', parent: undefined };
  for (const member of members) {
    const where = `${name}, ${member.key.slice(0, 100)}`;
    const written = text.slice(member.start, member.end);
    if (!written.startsWith('[')) {
      visit({ node: readTree(written, member.start, where), key: member.key, parent: root });
      continue;
    }
    const list: Frame = {
      node: { kind: 'list', start: member.start, end: member.end, items: [] },
      key: member.key,
      parent: root,
    };
    sliceList(written, where).forEach((item, index) => {
      const node = readTree(
        written.slice(item.start, item.end),
        member.start + item.start,
        `${where}[${index}]`,
      );
      visit({ node, key: index, parent: list });
    });
  }
}

function visitFrames(text: string, frame: Frame, visitor: Visitor): void {
  const { node } = frame;
  if (node.kind === 'string') {
    const [start, end] = [node.start + 1, node.end - 1];
    visitor.text({ ...readSpelled(text.slice(start, end)), start, end, frame });
  } else if (node.kind === 'object') {
    visitor.object?.({ ...frame, node });
    for (const { key, value } of node.members) {
      visitFrames(text, { node: value, key, parent: frame }, visitor);
    }
  } else if (node.kind === 'list') {
    node.items.forEach((item, index) => {
      visitFrames(text, { node: item, key: index, parent: frame }, visitor);
    });
  }
}

/** The keys and indexes that lead to a value, from the root of its file. */
export function pathOf(frame: Frame | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = frame; at?.parent; at = at.parent) path.unshift(at.key);
  return path;
}

/** The path as a JSON pointer (RFC 6901). */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
