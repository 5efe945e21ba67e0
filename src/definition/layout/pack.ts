import { isUtf8 } from 'node:buffer';
import { BotportError } from '../../errors.ts';
import { parseSlice, sliceObject } from '../../json/slices.ts';
import { isObject } from '../item.ts';
import type { BotMember, ExplodedFiles } from '../layout.ts';
import { type Form, fromForm, indentBefore } from './forms.ts';
import {
  definitionFile,
  definitionFolder,
  indexName,
  markerName,
  readIndex,
  readMarker,
  readReference,
  type SectionReference,
  usualLayout,
} from './references.ts';
import { putScripts } from './scripts.ts';

/**
 * Puts an exploded bot together: the files of its archive, in their order. What `explodeBot` took apart comes back byte
 * for byte; what was edited since then is taken as it is.
 *
 * Every file is used exactly once. One that is missing, or named nowhere, or named twice, is a slip of who edited the
 * folder, and would be lost or doubled in silence.
 *
 * @throws `exploded_damaged`, `exploded_newer`, `json_malformed`, `json_not_utf8`
 */
export function packBot(files: ExplodedFiles): BotMember[] {
  const pile = new Pile(files);
  const marker = readMarker(pile.text('', markerName));
  if (!marker.members.some(({ file }) => file === definitionFile)) {
    throw new BotportError('exploded_damaged', `${markerName} names no ${definitionFile}`);
  }
  const members = marker.members.map(({ name, file }): BotMember => {
    if (file !== definitionFile) return { name, content: pile.take('', file) };
    const { before = '', after = '', form = 'indented' } = marker.definition ?? {};
    return { name, content: Buffer.from(before + packDefinition(pile, form) + after) };
  });
  pile.refuseRest();
  return members;
}

function packDefinition(pile: Pile, form: Form): string {
  const text = fromForm(form, pile.json('', definitionFile), '');
  const { members } = sliceObject(text, definitionFile);
  const pieces: string[] = [];
  let at = 0;
  for (const { key, keyStart, start, end } of members) {
    if (text[start] !== '{') continue;
    const value = parseSlice(text.slice(start, end), `${definitionFile}, ${key}`);
    const reference = isObject(value) ? readReference(value, `${definitionFile}, ${key}`) : undefined;
    if (!reference) continue;
    pieces.push(text.slice(at, start), packSection(pile, reference, indentBefore(text, keyStart)));
    at = end;
  }
  return [...pieces, text.slice(at)].join('');
}

function packSection(pile: Pile, reference: SectionReference, indent: string): string {
  const { form = 'indented' } = reference;
  if ('$file' in reference) return pile.value(`${definitionFolder}/`, reference.$file, form, indent);
  const folder = `${definitionFolder}/${reference.$folder}/`;
  const { open, between, close } = reference.layout ?? usualLayout;
  const itemIndent = indentBefore(between, between.length);
  const lines = readIndex(pile.text(folder, indexName), `${folder}${indexName}`);
  if (lines.length === 0) return '[]';
  const items = lines.map((line, index) => {
    const text = pile.value(folder, line.file, line.form ?? form, itemIndent);
    const before = line.before ?? (index === 0 ? open : between);
    // An item that was moved keeps its white space, not its comma.
    if (before.includes(',') === index > 0) return before + text;
    return index === 0 ? before.replace(',', '') + text : `,${before}${text}`;
  });
  return `[${items.join('')}${close}]`;
}

/** The files of the folder, each of which is used once. */
class Pile {
  readonly #files: ExplodedFiles;
  readonly #taken = new Set<string>();

  constructor(files: ExplodedFiles) {
    this.#files = files;
  }

  take(folder: string, name: string): Buffer {
    const path = `${folder}${name.normalize('NFC')}`;
    const content = this.#files.get(path);
    if (!content) throw new BotportError('exploded_damaged', `${path} is missing`);
    if (this.#taken.has(path)) throw new BotportError('exploded_damaged', `${path} is named twice`);
    this.#taken.add(path);
    return content;
  }

  text(folder: string, name: string): string {
    const content = this.take(folder, name);
    if (!isUtf8(content)) throw new BotportError('json_not_utf8', `${folder}${name}`);
    return content.toString('utf8');
  }

  /** The text of a file that holds one value. */
  json(folder: string, name: string): string {
    const text = this.text(folder, name).trim();
    parseSlice(text, `${folder}${name}`);
    return text;
  }

  /** The text of a section or an item, its scripts put back. */
  value(folder: string, name: string, form: Form, indent: string): string {
    const kept = this.json(folder, name);
    if (form === 'verbatim') return kept;
    const text = putScripts(kept, (script) => this.#script(folder, script, `${folder}${name}`));
    return fromForm(form, text, indent);
  }

  #script(folder: string, name: string, referrer: string): string {
    if (/[/\\]/.test(name) || !name.endsWith('.js')) {
      throw new BotportError(
        'exploded_damaged',
        `${referrer}: ${JSON.stringify(name)} is no .js file beside it`,
      );
    }
    return this.text(folder, name).replace(/\n$/, '');
  }

  refuseRest(): void {
    for (const path of this.#files.keys()) {
      if (!this.#taken.has(path)) throw new BotportError('exploded_damaged', `${path} is named nowhere`);
    }
  }
}
