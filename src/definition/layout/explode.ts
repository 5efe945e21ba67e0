import { isUtf8 } from 'node:buffer';
import { BotportError } from '../../errors.ts';
import { parseSlice, sliceList, sliceObject } from '../../json/slices.ts';
import { isObject } from '../item.ts';
import type { BotMember, ExplodedFiles } from '../layout.ts';
import { type Form, indentBefore, toForm } from './forms.ts';
import { FileNames, itemFileName, memberFileName, safeName } from './names.ts';
import {
  definitionFile,
  definitionFolder,
  type IndexLine,
  indexName,
  type ListLayout,
  type Marker,
  markerName,
  type SectionReference,
  usualLayout,
  writeIndex,
  writeMarker,
} from './references.ts';
import { hasReferences, putScripts, takeScripts } from './scripts.ts';

/**
 * Takes a bot apart into the files of a folder.
 *
 * @param members the files of its archive, in their order
 * @param definitionName which of them is the definition
 * @throws `json_malformed`, `json_not_utf8` and `definition_incomplete` for a definition that is none
 */
export function explodeBot(members: readonly BotMember[], definitionName: string): ExplodedFiles {
  const files = new Map<string, Buffer>();
  const marker: Marker = { format: 1, members: [] };
  const names = new FileNames();
  for (const reserved of [markerName, definitionFile]) names.take(reserved);
  for (const { name, content } of members) {
    if (name === definitionName) {
      const definition = new Explosion(name, content, files).run();
      if (Object.keys(definition).length > 0) marker.definition = definition;
      marker.members.push({ name, file: definitionFile });
      continue;
    }
    const file = names.take(memberFileName(name));
    files.set(file, content);
    marker.members.push({ name, file });
  }
  files.set(markerName, Buffer.from(writeMarker(marker)));
  return files;
}

/** A section as it is cut out of the definition. */
interface CutSection {
  key: string;
  /** Its text. */
  text: string;
  /** The indent of the line it begins on. */
  indent: string;
}

interface CutItem {
  text: string;
  value: unknown;
  /** What stands between the item and the one before it, or the bracket. */
  before: string;
}

class Explosion {
  readonly #name: string;
  readonly #whole: string;
  readonly #files: Map<string, Buffer>;
  readonly #sectionNames = new FileNames();
  #defaultLanguage: string | undefined;

  constructor(name: string, content: Buffer, files: Map<string, Buffer>) {
    if (!isUtf8(content)) throw new BotportError('json_not_utf8', name);
    this.#name = name;
    this.#whole = content.toString('utf8');
    this.#files = files;
  }

  run(): NonNullable<Marker['definition']> {
    const whole = this.#whole;
    const { start, end, members } = sliceObject(whole, this.#name);
    const language = members.findLast(({ key }) => key === 'defaultLanguage');
    if (language) this.#defaultLanguage = readText(whole.slice(language.start, language.end));
    const pieces: string[] = [];
    let at = start;
    for (const member of members) {
      const text = whole.slice(member.start, member.end);
      const section = { key: member.key, text, indent: indentBefore(whole, member.keyStart) };
      const reference = this.#section(section);
      if (!reference) continue;
      pieces.push(whole.slice(at, member.start), JSON.stringify(reference));
      at = member.end;
    }
    const text = [...pieces, whole.slice(at, end)].join('');
    const form = text.includes('\n') ? 'indented' : 'compact';
    const kept = toForm(form, text, JSON.parse(text), '');
    this.#put(definitionFile, kept ?? text);
    return {
      ...(start > 0 && { before: whole.slice(0, start) }),
      ...(end < whole.length && { after: whole.slice(end) }),
      ...(kept !== undefined && form !== 'indented' && { form }),
    };
  }

  /** Puts a section away, unless it is short by its nature. */
  #section(section: CutSection): SectionReference | undefined {
    const { text } = section;
    const key = section.key.slice(0, 100);
    if (text.startsWith('[')) {
      const slices = sliceList(text, key);
      let at = 1;
      const items = slices.map(({ start, end }, index): CutItem => {
        const before = text.slice(at, start);
        at = end;
        const item = text.slice(start, end);
        return { text: item, value: parseSlice(item, `${key}[${index}]`), before };
      });
      const close = text.slice(at, -1);
      if (items.length > 0 && items.every(({ value }) => isObject(value))) {
        return this.#folder(section, items, close);
      }
      if (!items.some(({ value }) => typeof value === 'object' && value !== null)) return undefined;
      return this.#file(section, JSON.parse(text));
    }
    const value = parseSlice(text, key);
    return isObject(value) && Object.keys(value).length > 0 ? this.#file(section, value) : undefined;
  }

  #file({ key, text, indent }: CutSection, value: unknown): SectionReference {
    const name = this.#sectionNames.take(safeName(key));
    const usual = text.includes('\n') ? 'indented' : 'compact';
    const form = this.#keep(`${definitionFolder}/`, name, { text, value, indent, usual });
    return { $file: `${name}.json`, ...(form !== 'indented' && { form }) };
  }

  #folder({ key }: CutSection, items: readonly CutItem[], close: string): SectionReference {
    const folder = this.#sectionNames.take(safeName(key));
    const names = new FileNames();
    const layout = layoutOf(items, close);
    const usual = usualForm(items);
    const indent = indentBefore(layout.between, layout.between.length);
    const lines = items.map(({ text, value, before }, index): IndexLine => {
      const name = names.take(itemFileName(value, this.#defaultLanguage));
      const form = this.#keep(`${definitionFolder}/${folder}/`, name, { text, value, indent, usual });
      return {
        file: `${name}.json`,
        ...(before !== (index === 0 ? layout.open : layout.between) && { before }),
        ...(form !== usual && { form }),
      };
    });
    this.#files.set(`${definitionFolder}/${folder}/${indexName}`, Buffer.from(writeIndex(lines)));
    return {
      $folder: folder,
      ...(usual !== 'indented' && { form: usual }),
      ...(!isUsual(layout) && { layout }),
    };
  }

  /** Puts a value and its scripts into files; says in which form. */
  #keep(
    folder: string,
    name: string,
    { text, value, indent, usual }: { text: string; value: unknown; indent: string; usual: Form },
  ): Form {
    for (const form of new Set<Form>([usual, 'indented'])) {
      const kept = toForm(form, text, value, indent);
      if (kept === undefined || hasReferences(kept)) continue;
      const names = new FileNames();
      const { json, scripts } = takeScripts(
        kept,
        value,
        (field) => `${name}.${names.take(safeName(field))}.js`,
      );
      const texts = new Map(scripts.map((script) => [script.name, script.text]));
      if (scripts.length > 0 && putScripts(json, (script) => texts.get(script) ?? '') !== kept) continue;
      this.#put(`${folder}${name}.json`, json);
      for (const script of scripts) this.#put(`${folder}${script.name}`, script.text);
      return form;
    }
    this.#put(`${folder}${name}.json`, text);
    return 'verbatim';
  }

  /** Files end with a line break, as editors and git want it. */
  #put(path: string, text: string): void {
    this.#files.set(path, Buffer.from(`${text}\n`));
  }
}

/** What stands around most items: an item that has something else before it says so in its line. */
function layoutOf(items: readonly CutItem[], close: string): ListLayout {
  const [first, second] = items;
  const open = first?.before ?? '';
  return { open, between: second?.before ?? `,${open}`, close };
}

function usualForm(items: readonly CutItem[]): Form {
  const sample = items.find(({ text }) => text !== '{}');
  const isCompact =
    sample !== undefined &&
    items.every(({ text }) => !text.includes('\n')) &&
    toForm('compact', sample.text, sample.value, '') !== undefined;
  return isCompact ? 'compact' : 'indented';
}

function isUsual({ open, between, close }: ListLayout): boolean {
  return open === usualLayout.open && between === usualLayout.between && close === usualLayout.close;
}

function readText(json: string): string | undefined {
  return json.startsWith('"') ? parseSlice<string>(json, 'defaultLanguage') : undefined;
}
