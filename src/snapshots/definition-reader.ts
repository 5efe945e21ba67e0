import { isObject, readTask, type Task } from '../definition/item.ts';
import { profileSections, readProfile } from '../definition/profile.ts';
import { afterExportOptions, isRewritten, isTaskSection, listSections } from '../definition/sections.ts';
import { BotportError } from '../errors.ts';
import { layOut } from '../json/layout.ts';
import type { Piece } from '../json/splitter.ts';
import type { OutlineMaker } from './outline.ts';
import {
  type LaidOutItem,
  ListSection,
  type PendingSection,
  rewrittenSection,
  valueSection,
} from './section-in-making.ts';
import type { SegmentMaker } from './segment-maker.ts';

/** Takes the pieces of a definition and turns them into sections. */
export class DefinitionReader {
  readonly #segments: SegmentMaker;
  readonly #outline: OutlineMaker;
  readonly #sections: PendingSection[] = [];
  readonly #profile: Record<string, unknown> = {};
  readonly #tasks: Record<string, PendingTask[]> = {};
  #list: ListSection | undefined;

  constructor(segments: SegmentMaker, outline: OutlineMaker) {
    this.#segments = segments;
    this.#outline = outline;
  }

  take(piece: Piece): void {
    if (piece.type === 'value') this.#value(piece.key, piece.text);
    else if (piece.type === 'list') this.#begin(piece.key);
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
    const tasks = Object.fromEntries(
      Object.entries(this.#tasks).map(([section, pending]) => [
        section,
        pending.map((task) => task(profile.defaultLanguage)),
      ]),
    );
    return { botId: typeof botId === 'string' ? botId : undefined, profile, sections, tasks };
  }

  #value(key: string, source: string): void {
    const { value, text } = layOut(source, 1, key);
    if (listSections.has(key) && (value !== null || key === 'dialogs')) {
      throw new BotportError('definition_incomplete', `${key}: expected a list`);
    }
    if (profileSections.has(key)) this.#profile[key] = value;
    this.#outline.value(key, value);
    if (isRewritten(key)) {
      this.#sections.push(rewrittenSection(key));
      return;
    }
    this.#sections.push(valueSection(key, text, this.#segments));
  }

  #begin(key: string): void {
    this.#list = new ListSection(key, this.#segments);
    this.#outline.list(key);
  }

  #item(piece: Piece & { type: 'item' }): void {
    const item = layOutItem(piece);
    const { value } = item;
    if (listSections.has(piece.key) && !isObject(value)) {
      throw new BotportError('definition_incomplete', `${placeOf(piece)}: expected an object`);
    }
    this.#list?.add(item);
    this.#outline.item(value, item.text);
    if (isTaskSection(piece.key)) {
      this.#tasks[piece.key] ??= [];
      this.#tasks[piece.key]?.push(pendingTask(value, this.#profile.defaultLanguage));
    }
    if (profileSections.has(piece.key)) {
      this.#profile[piece.key] ??= [];
      (this.#profile[piece.key] as unknown[]).push(value);
    }
  }

  #end(): void {
    const section = this.#list?.finish();
    this.#outline.endList();
    if (section) this.#sections.push(isRewritten(section.key) ? rewrittenSection(section.key) : section);
  }
}

function placeOf({ key, index }: Piece & { type: 'item' }): string {
  return `${key}[${index}]`;
}

function layOutItem(piece: Piece & { type: 'item' }): LaidOutItem {
  if (piece.laidOut) return { ...piece.laidOut, exact: true };
  const laidOut = layOut(piece.text, 2, placeOf(piece));
  return { ...laidOut, bytes: Buffer.from(laidOut.text) };
}

/** A task of a bot whose default language may not be known yet. */
type PendingTask = (defaultLanguage: string) => Task;

/** Keeps only what a task is known by, so that whole dialogs need not stay in memory: mostly no more than the task. */
function pendingTask(item: unknown, defaultLanguage: unknown): PendingTask {
  if (typeof defaultLanguage === 'string') {
    const task = readTask(item, defaultLanguage);
    return () => task;
  }
  const fields = taskFields(item);
  return (language) => readTask(fields, language);
}

function taskFields(item: unknown): unknown {
  if (!isObject(item)) return item;
  const { _id, refId, localeData, displayName, name, lname, state } = item;
  return { _id, refId, localeData, displayName, name, lname, state };
}
