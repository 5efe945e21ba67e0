import { mergeVariables } from '../definition/config-file.ts';
import type { ImportOptions } from '../definition/import-options.ts';
import { identityOfText } from '../definition/item.ts';
import {
  type KnownList,
  knownList,
  mergeItems,
  pairItems,
  ruleOf,
  withoutWordsOf,
} from '../definition/merge.ts';
import { References } from '../definition/references.ts';
import type { Take } from '../definition/selection.ts';
import { BotportError } from '../errors.ts';
import { resolve } from '../exports/resolve.ts';
import { storedMember } from '../snapshots/edited-files.ts';
import type { BotFiles, NewSnapshot } from '../snapshots/ingest.ts';
import { configRun, type Manifest, type StoredSection } from '../snapshots/manifest.ts';
import { parseOutline } from '../snapshots/outline.ts';
import { readRun, readRunBytes } from '../snapshots/read.ts';
import { definitionText, kindOf, type OpenMember, sectionTexts } from '../snapshots/text-form.ts';
import type { SegmentReader } from '../storage/segment-store.ts';

/** A bot, and a file that was ingested, of both of which the segments are there. */
export interface MergeSources {
  segments: SegmentReader;
  bot: Manifest;
  file: Pick<NewSnapshot, 'manifest' | 'outline'>;
}

/**
 * A bot with chosen parts of a file in it, as the files of a new state: to be ingested like any other.
 *
 * @throws `unknown_task`; `import_stubs` where the file has only stubs of tasks that are chosen
 */
export async function mergeFiles(sources: MergeSources, options: ImportOptions): Promise<BotFiles> {
  const { segments, bot, file } = sources;
  const references = new References(await parseOutline(segments, file.outline));
  const { selection } = await resolve(options.chosen, file.manifest, async () => references);
  const merged = new Map<string, MergedLists>();
  for (const section of file.manifest.sections) {
    if (ruleOf(section.key, options, selection) !== 'merge') continue;
    const own = bot.sections.find(({ key }) => key === section.key);
    merged.set(section.key, {
      bot: knownList(section.key, own ? await sectionTexts(segments, own) : []),
      file: knownList(section.key, await takenItems(segments, section, selection.take(section.key))),
    });
  }
  refuseStubs(merged);
  const rename = renaming(merged);
  const members = orderedKeys(bot, file.manifest).flatMap((key): OpenMember[] => {
    const lists = merged.get(key);
    if (lists) {
      const replaces = key === 'sentences' && options.utterances === 'replace';
      return [{ key, kind: 'list', texts: joined(key, lists, rename, replaces) }];
    }
    const brought = file.manifest.sections.find((section) => section.key === key);
    if (brought && ruleOf(key, options, selection) === 'take') {
      return [taken(segments, brought, selection.take(key), rename)];
    }
    // What was not chosen stays as it is; where only the file has it, it does not come in.
    const own = bot.sections.find((section) => section.key === key);
    return own ? [storedMember(segments, own)] : [];
  });
  return { definition: definitionText(members), ...(await filesBeside(sources, options)) };
}

interface MergedLists {
  bot: KnownList;
  /** What is chosen of the file's. */
  file: KnownList;
}

/** Gives up ids of the file for those of the bot; `undefined` where none has to be. */
type Rename = ((text: string) => string) | undefined;

/** The bot's own order; what it does not have stands behind what it follows in the file. */
function orderedKeys(bot: Manifest, file: Manifest): string[] {
  const keys = bot.sections.map(({ key }) => key);
  const known = new Set(keys);
  let before = -1;
  for (const { key } of file.sections) {
    if (known.has(key)) before = keys.indexOf(key);
    else {
      before += 1;
      keys.splice(before, 0, key);
    }
  }
  return keys;
}

/** A section of the file, as far as it is chosen. */
function taken(segments: SegmentReader, section: StoredSection, take: Take, rename: Rename): OpenMember {
  const { key, count } = section;
  const texts = async function* () {
    const found =
      count === null ? await sectionTexts(segments, section) : await takenItems(segments, section, take);
    for (const text of found) {
      const edited = take.as === 'edited' ? take.edit(text) : text;
      yield rename ? rename(edited) : edited;
    }
  };
  return { key, kind: kindOf(section), texts: texts() };
}

async function takenItems(segments: SegmentReader, section: StoredSection, take: Take): Promise<string[]> {
  const items = await sectionTexts(segments, section);
  if (take.as !== 'items') return items;
  return items.flatMap((text, index) => (take.keeps(index) ? [take.edit?.(index, text) ?? text] : []));
}

function joined(key: string, { bot, file }: MergedLists, rename: Rename, replaces: boolean): string[] {
  const brought = rename ? knownList(key, file.texts.map(rename)) : file;
  const own = replaces ? knownList(key, withoutWordsOf(bot.texts, brought.texts)) : bot;
  return mergeItems(own, brought);
}

/**
 * The same thing may have another `_id` in the file: what the bot has of it is referred to by the bot's. So the file's
 * ids are given up for the bot's, wherever the file's texts name them.
 */
function renaming(merged: ReadonlyMap<string, MergedLists>): Rename {
  const ids = new Map<string, string>();
  for (const { bot, file } of merged.values()) {
    for (const [index, place] of pairItems(bot, file).entries()) {
      const [own, id] = [place === undefined ? undefined : bot.known[place]?.id, file.known[index]?.id];
      if (id !== undefined && own !== undefined && own !== id) ids.set(id, own);
    }
  }
  return ids.size === 0 ? undefined : (text) => text.replace(anId, (id) => ids.get(id) ?? id);
}

/** Everything that has the form of an id. */
const anId =
  /\b(?:[a-z]{1,5}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{24}\b/g;

/** A file that was exported without tasks has stubs of them: to take those for the tasks would empty them. */
function refuseStubs(merged: ReadonlyMap<string, MergedLists>): void {
  const stub = merged.get('dialogs')?.file.texts.find((text) => !/^\s+"nodes": /m.test(text));
  if (stub === undefined) return;
  const { id, refId } = identityOfText(stub);
  throw new BotportError('import_stubs', `dialogs: ${refId ?? id ?? 'an item'}`);
}

/** What stays of a bot when a whole file takes its place: the icon, and the scripts where the file says nothing of such. */
export async function filesThatStay(
  segments: SegmentReader,
  { files }: Manifest,
  others: BotFiles['others'],
  saysScripts: boolean,
): Promise<BotFiles['others']> {
  const isScript = ({ name }: { name: string }) => name.endsWith('.js');
  const stay: BotFiles['others'] = [];
  for (const { name, run } of files.slice(1)) {
    if (!isScript({ name }) || !saysScripts) stay.push({ name, content: await readRunBytes(segments, run) });
  }
  return saysScripts ? [...stay, ...others.filter(isScript)] : stay;
}

/** config.json, the icon and the scripts. The icon stays: an import into a bot does not use it. */
async function filesBeside(
  { segments, bot, file }: MergeSources,
  { chosen, ignoredVariables }: ImportOptions,
): Promise<Pick<BotFiles, 'config' | 'others'>> {
  const config = await readRun(segments, configRun(bot));
  const others = new Map<string, Buffer>();
  for (const { name, run } of bot.files.slice(1)) others.set(name, await readRunBytes(segments, run));
  if (chosen.hasAny('tasks')) {
    const scripts = file.manifest.files.filter(({ name }) => name.endsWith('.js'));
    for (const { name, run } of scripts) others.set(name, await readRunBytes(segments, run));
  }
  return {
    config: Buffer.from(
      chosen.has('settings', 'botVariables')
        ? mergeVariables(config, await readRun(segments, configRun(file.manifest)), ignoredVariables)
        : config,
    ),
    others: [...others].map(([name, content]) => ({ name, content })),
  };
}
