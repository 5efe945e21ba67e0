import { isObject, readTask, type Task } from '../definition/item.ts';
import { profileSections, readProfile } from '../definition/profile.ts';
import { afterExportOptions, isRewritten, isTaskSection, listSections } from '../definition/sections.ts';
import { BotportError } from '../errors.ts';
import { layOut } from '../json/layout.ts';
import type { Piece } from '../json/splitter.ts';
import { ListSection, type PendingSection, rewrittenSection, valueSection } from './section-in-making.ts';
import type { SegmentMaker } from './segment-maker.ts';

/** Takes the pieces of a definition and turns them into sections. */
export class DefinitionReader {
  readonly #segments: SegmentMaker;
  readonly #sections: PendingSection[] = [];
  readonly #profile: Record<string, unknown> = {};
  readonly #tasks: [section: string, item: unknown][] = [];
  #list: ListSection | undefined;

  constructor(segments: SegmentMaker) {
    this.#segments = segments;
  }

  take(piece: Piece): void {
    if (piece.type === 'value') this.#value(piece.key, piece.text);
    else if (piece.type === 'list') this.#list = new ListSection(piece.key, this.#segments);
    else if (piece.type === 'item') this.#item(piece);
    else this.#end();
  }

  finish() {
    const botId = this.#profile._id;
    const profile = readProfile(this.#profile);
    const sections = this.#sections;
    const has = (key: string) => sections.some((section) => section.key === key);
    if (!has('dialogs')) throw new BotportError('definition_incomplete', 'dialogs: the list is missing');
    if (!has('_id')) sections.unshift(rewrittenSection('_id'));
    if (!has('exportOptions')) {
      const before = sections.findIndex((section) => afterExportOptions.includes(section.key));
      sections.splice(before === -1 ? sections.length : before, 0, rewrittenSection('exportOptions'));
    }
    const tasks: Record<string, Task[]> = {};
    for (const [section, item] of this.#tasks) {
      tasks[section] ??= [];
      tasks[section].push(readTask(item, profile.defaultLanguage));
    }
    return { botId: typeof botId === 'string' ? botId : undefined, profile, sections, tasks };
  }

  #value(key: string, source: string): void {
    const { value, text } = layOut(source, 1, key);
    if (listSections.has(key) && (value !== null || key === 'dialogs')) {
      throw new BotportError('definition_incomplete', `${key}: expected a list`);
    }
    if (profileSections.has(key)) this.#profile[key] = value;
    if (isRewritten(key)) {
      this.#sections.push(rewrittenSection(key));
      return;
    }
    this.#sections.push(valueSection(key, text, this.#segments));
  }

  #item(piece: Piece & { type: 'item' }): void {
    const where = `${piece.key}[${piece.index}]`;
    const { value, text } = layOut(piece.text, 2, where);
    if (listSections.has(piece.key) && !isObject(value)) {
      throw new BotportError('definition_incomplete', `${where}: expected an object`);
    }
    this.#list?.add(value, text);
    if (isTaskSection(piece.key)) this.#tasks.push([piece.key, taskFields(value)]);
    if (profileSections.has(piece.key)) {
      this.#profile[piece.key] ??= [];
      (this.#profile[piece.key] as unknown[]).push(value);
    }
  }

  #end(): void {
    const section = this.#list?.finish();
    if (section) this.#sections.push(isRewritten(section.key) ? rewrittenSection(section.key) : section);
  }
}

/** Only what a task is known by, so that whole dialogs need not stay in memory. */
function taskFields(item: unknown): unknown {
  if (!isObject(item)) return item;
  const { _id, refId, localeData, displayName, name, lname, state } = item;
  return { _id, refId, localeData, displayName, name, lname, state };
}
