import { mergeVariables } from '../definition/config-file.ts';
import type { ImportOptions } from '../definition/import-options.ts';
import { identityOfText } from '../definition/item.ts';
import {
  knownList,
  type MergeRule,
  mergeItems,
  pairItems,
  ruleOf,
  withoutWordsOf,
} from '../definition/merge.ts';
import { References } from '../definition/references.ts';
import type { Selection, Take } from '../definition/selection.ts';
import { BotportError } from '../errors.ts';
import { resolve } from '../exports/resolve.ts';
import { storedMember } from '../snapshots/edited-files.ts';
import type { BotFiles, NewSnapshot } from '../snapshots/ingest.ts';
import type { Manifest, StoredSection } from '../snapshots/manifest.ts';
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
      bot: own ? await sectionTexts(segments, own) : [],
      file: await takenItems(segments, section, selection.take(section.key)),
    });
  }
  refuseStubs(merged);
  const rename = renaming(merged);
  const members = orderedKeys(bot, file.manifest).map((key): OpenMember => {
    const own = bot.sections.find((section) => section.key === key);
    const brought = file.manifest.sections.find((section) => section.key === key);
    const lists = merged.get(key);
    if (lists) {
      const replaces = key === 'sentences' && options.utterances === 'replace';
      return { key, kind: 'list', texts: joined(key, lists, rename, replaces) };
    }
    const rule: MergeRule = brought ? ruleOf(key, options, selection) : 'keep';
    if (rule === 'keep' || !brought?.content) return storedMember(segments, known(own ?? brought));
    return taken(segments, brought, selection.take(key), rename);
  });
  const present = members.filter(({ key }) => isIn(key, sources, merged, options, selection));
  return { definition: definitionText(present), ...(await filesBeside(sources, options)) };
}

interface MergedLists {
  bot: readonly string[];
  /** What is chosen of the file's. */
  file: readonly string[];
}

/** A section that only the file has comes in where it was chosen. */
function isIn(
  key: string,
  { bot }: MergeSources,
  merged: ReadonlyMap<string, MergedLists>,
  options: ImportOptions,
  selection: Selection,
): boolean {
  return (
    bot.sections.some((section) => section.key === key) ||
    merged.has(key) ||
    ruleOf(key, options, selection) === 'take'
  );
}

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

function known(section: StoredSection | undefined): StoredSection {
  if (!section) throw new Error('a section that neither the bot nor the file has');
  return section;
}

/** A section of the file, as far as it is chosen. */
function taken(
  segments: SegmentReader,
  section: StoredSection,
  take: Take,
  rename: (text: string) => string,
): OpenMember {
  const { key, count } = section;
  const texts = async function* () {
    const found =
      count === null ? await sectionTexts(segments, section) : await takenItems(segments, section, take);
    for (const text of found) yield rename(take.as === 'edited' ? take.edit(text) : text);
  };
  return { key, kind: kindOf(section), texts: texts() };
}

async function takenItems(segments: SegmentReader, section: StoredSection, take: Take): Promise<string[]> {
  const items = await sectionTexts(segments, section);
  if (take.as !== 'items') return items;
  return items.flatMap((text, index) => (take.keeps(index) ? [take.edit?.(index, text) ?? text] : []));
}

function joined(
  key: string,
  { bot, file }: MergedLists,
  rename: (text: string) => string,
  replaces: boolean,
): string[] {
  const brought = file.map(rename);
  const own = replaces ? withoutWordsOf(bot, brought) : bot;
  return mergeItems(knownList(key, own), knownList(key, brought));
}

/**
 * The same thing may have another `_id` in the file: what the bot has of it is referred to by the bot's. So the file's
 * ids are given up for the bot's, wherever the file's texts name them.
 */
function renaming(merged: ReadonlyMap<string, MergedLists>): (text: string) => string {
  const ids = new Map<string, string>();
  for (const [key, lists] of merged) {
    const [bot, file] = [knownList(key, lists.bot), knownList(key, lists.file)];
    for (const [index, place] of pairItems(bot, file).entries()) {
      const [own, id] = [place === undefined ? undefined : bot.known[place]?.id, file.known[index]?.id];
      if (id !== undefined && own !== undefined && own !== id) ids.set(id, own);
    }
  }
  if (ids.size === 0) return (text) => text;
  return (text) => text.replace(anId, (id) => ids.get(id) ?? id);
}

/** Everything that has the form of an id. */
const anId =
  /\b(?:[a-z]{1,5}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{24}\b/g;

/** A file that was exported without tasks has stubs of them: to take those for the tasks would empty them. */
function refuseStubs(merged: ReadonlyMap<string, MergedLists>): void {
  const stub = merged.get('dialogs')?.file.find((text) => !/^\s+"nodes": /m.test(text));
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
  const config = await configOf(segments, bot);
  const others = new Map<string, Buffer>();
  for (const { name, run } of bot.files.slice(1)) others.set(name, await readRunBytes(segments, run));
  if (chosen.hasAny('tasks')) {
    const scripts = file.manifest.files.filter(({ name }) => name.endsWith('.js'));
    for (const { name, run } of scripts) others.set(name, await readRunBytes(segments, run));
  }
  return {
    config: Buffer.from(
      chosen.has('settings', 'botVariables')
        ? mergeVariables(config, await configOf(segments, file.manifest), ignoredVariables)
        : config,
    ),
    others: [...others].map(([name, content]) => ({ name, content })),
  };
}

async function configOf(segments: SegmentReader, { files }: Manifest): Promise<string> {
  const [config] = files;
  if (!config) throw new Error('a snapshot has a config.json');
  return readRun(segments, config.run);
}
