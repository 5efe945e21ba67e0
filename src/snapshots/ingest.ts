import { createHash, hash } from 'node:crypto';
import { isObject, readIdentity, readTask, type Task } from '../definition/item.ts';
import { profileSections, readProfile } from '../definition/profile.ts';
import { afterExportOptions, isRewritten, isTaskSection, listSections } from '../definition/sections.ts';
import { hasStubs, stubOf } from '../definition/stub.ts';
import { BotportError } from '../errors.ts';
import { layOut } from '../json/layout.ts';
import { joinItems } from '../json/parts.ts';
import { type Piece, Splitter } from '../json/splitter.ts';
import type { Segment } from '../storage/segment-store.ts';
import { Cutter } from './cutter.ts';
import { listLevel, listSeparator } from './list-text.ts';
import { type Content, type Manifest, type Run, type StoredSection, snapshotDigest } from './manifest.ts';
import { makeSegment, runOf } from './segment.ts';

/** What a bot comes as. */
export interface BotFiles {
  definition: AsyncIterable<Buffer>;
  config: Buffer;
  /** The members of the archive behind config.json: the icon, then scripts. */
  others: { name: string; content: Buffer }[];
}

/** A snapshot that is not stored yet. */
export interface NewSnapshot {
  digest: string;
  manifest: Manifest;
  segments: Segment[];
  /** The bot id in the file. */
  botId: string | undefined;
}

/** A section whose text is at most this long stands in the manifest itself. */
const inlineSize = 1024;
/** Most bytes of config.json, laid out. */
const configLimits = { maxItem: 8 * 1024 ** 2, maxTotal: 32 * 1024 ** 2 };
/** How many segments are compressed at once, while the next ones are read. */
const inFlight = 4;

/**
 * Cuts a bot into segments. Memory: the largest item, a few segments' text, and all segments compressed.
 *
 * @throws the registry's errors about JSON, definitions and configs
 */
export async function ingest(
  files: BotFiles,
  limits: { maxItem: number; maxUnpacked: number },
): Promise<NewSnapshot> {
  const segments = new SegmentMaker();
  const reader = new DefinitionReader(segments);
  const splitter = new Splitter('botDefinition.json', {
    maxItem: limits.maxItem,
    maxTotal: limits.maxUnpacked,
  });
  for await (const chunk of files.definition) {
    for (const piece of splitter.push(chunk)) {
      reader.take(piece);
      if (segments.isBusy) await segments.ready();
    }
  }
  splitter.end();

  const others = [{ name: 'config.json', content: layOutConfig(files.config) }, ...files.others];
  const members = others.map(({ name, content }) => ({ name, run: segments.add(content) }));
  const definition = reader.finish();
  await segments.finish();

  const manifest: Manifest = {
    profile: definition.profile,
    sections: definition.sections.map(resolve),
    tasks: definition.tasks,
    files: members.map(({ name, run }) => ({ name, run: run() })),
  };
  return {
    digest: snapshotDigest(manifest),
    manifest,
    segments: segments.made(),
    botId: definition.botId,
  };
}

/** config.json in the platform's own form. */
function layOutConfig(content: Buffer): Buffer {
  // Splitting it judges its size, depth and encoding before it is laid out as a whole.
  const splitter = new Splitter('config.json', configLimits, 'config_invalid');
  let hasVariables = false;
  for (const { type, key } of splitter.push(content))
    hasVariables ||= type === 'list' && key === 'envVariables';
  splitter.end();
  if (!hasVariables) throw new BotportError('config_invalid', 'envVariables: expected a list');
  return Buffer.from(layOut(new TextDecoder().decode(content), 0, 'config.json').text);
}

/** A run whose segment may still be in the making. */
type PendingRun = () => Run;
type PendingContent =
  | Extract<Content, { form: 'text' }>
  | { form: 'runs'; digest: string; runs: { run: PendingRun; items: number }[] };
interface PendingSection {
  key: string;
  count: number | null;
  content: PendingContent | null;
  stubs?: PendingContent;
}

function resolve({ content, stubs, ...section }: PendingSection): StoredSection {
  return {
    ...section,
    content: content && resolveContent(content),
    ...(stubs && { stubs: resolveContent(stubs) }),
  };
}

function resolveContent(content: PendingContent): Content {
  return content.form === 'runs'
    ? { ...content, runs: content.runs.map(({ run, items }) => ({ ...run(), items })) }
    : content;
}

/** Compresses texts beside the reading of the next ones, each content once. */
class SegmentMaker {
  readonly #made = new Map<string, Segment>();
  readonly #pending = new Set<Promise<void>>();
  #failure: unknown;

  get isBusy(): boolean {
    return this.#pending.size >= inFlight;
  }

  add(text: Buffer): PendingRun {
    let segment: Segment | undefined;
    const work = makeSegment(text)
      .then((made) => {
        segment = this.#made.get(made.digest) ?? made;
        this.#made.set(segment.digest, segment);
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
    return () => {
      if (!segment) throw new Error('the segment is not made yet');
      return runOf(segment);
    };
  }

  async ready(): Promise<void> {
    await Promise.race(this.#pending);
  }

  async finish(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    if (this.#failure) throw this.#failure;
  }

  made(): Segment[] {
    return [...this.#made.values()];
  }
}

/** Takes the pieces of a definition and turns them into sections. */
class DefinitionReader {
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
    if (!has('_id')) sections.unshift(rewritten('_id'));
    if (!has('exportOptions')) {
      const before = sections.findIndex((section) => afterExportOptions.includes(section.key));
      sections.splice(before === -1 ? sections.length : before, 0, rewritten('exportOptions'));
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
    if (listSections.has(key) && value !== null) {
      throw new BotportError('definition_incomplete', `${key}: expected a list`);
    }
    if (profileSections.has(key)) this.#profile[key] = value;
    if (isRewritten(key)) {
      this.#sections.push(rewritten(key));
      return;
    }
    const bytes = Buffer.from(text);
    const digest = hash('sha256', bytes);
    const content: PendingContent =
      bytes.length <= inlineSize
        ? { form: 'text', digest, text }
        : { form: 'runs', digest, runs: [{ run: this.#segments.add(bytes), items: 1 }] };
    this.#sections.push({ key, count: null, content });
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
    if (section) this.#sections.push(isRewritten(section.key) ? rewritten(section.key) : section);
  }
}

function rewritten(key: string): PendingSection {
  return { key, count: null, content: null };
}

/** Only what a task is known by, so that whole dialogs need not stay in memory. */
function taskFields(item: unknown): unknown {
  if (!isObject(item)) return item;
  const { _id, refId, localeData, displayName, name, lname, state } = item;
  return { _id, refId, localeData, displayName, name, lname, state };
}

/** Takes the items of one list section, whole and, where it has such, as stubs. */
class ListSection {
  readonly #key: string;
  readonly #ids = new Set<string>();
  readonly #whole: ItemList;
  readonly #stubs: ItemList | undefined;

  constructor(key: string, segments: SegmentMaker) {
    this.#key = key;
    this.#whole = new ItemList(segments);
    this.#stubs = hasStubs(key) ? new ItemList(segments) : undefined;
  }

  add(value: unknown, text: string): void {
    const { id, refId } = readIdentity(value);
    if (id !== undefined) {
      if (this.#ids.has(id))
        throw new BotportError('definition_repeated_id', `${this.#key}: ${id.slice(0, 100)}`);
      this.#ids.add(id);
    }
    const identity = id ?? refId;
    this.#whole.add(identity, text);
    this.#stubs?.add(identity, stubOf(this.#key, text));
  }

  finish(): PendingSection {
    const count = this.#whole.count;
    const content = this.#whole.finish();
    const stubs = this.#stubs?.finish();
    return { key: this.#key, count, content, ...(stubs && { stubs }) };
  }
}

/** Lays items end to end and cuts them into runs. */
class ItemList {
  readonly #segments: SegmentMaker;
  readonly #cutter = new Cutter();
  /** Over the digests of the items: it takes no memory for them, however many there are. */
  readonly #digest = createHash('sha256');
  #count = 0;
  readonly #runs: { run: PendingRun; items: number }[] = [];
  #open: string[] = [];
  #length = 0;

  constructor(segments: SegmentMaker) {
    this.#segments = segments;
  }

  get count(): number {
    return this.#count;
  }

  add(identity: string | undefined, text: string): void {
    const digest = hash('sha256', text);
    this.#digest.update(digest);
    this.#count += 1;
    this.#open.push(text);
    this.#length += text.length;
    if (this.#cutter.endsAfter(identity ?? digest, text.length)) this.#cut();
  }

  finish(): PendingContent {
    const digest = this.#digest.digest('hex');
    if (this.#runs.length === 0 && this.#length <= inlineSize) {
      return { form: 'text', digest, text: joinItems(this.#open, listLevel) };
    }
    if (this.#open.length > 0) this.#cut();
    return { form: 'runs', digest, runs: this.#runs };
  }

  #cut(): void {
    const run = this.#segments.add(Buffer.from(this.#open.join(listSeparator)));
    this.#runs.push({ run, items: this.#open.length });
    this.#open = [];
  }
}
