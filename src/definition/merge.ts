import { asText, memberOf } from '../json/parts.ts';
import type { ImportOptions } from './import-options.ts';
import { identityOfText, itemLevel } from './item.ts';
import { listSections, sectionOf } from './sections.ts';
import type { Selection } from './selection.ts';

/*
 * What an incremental import makes of a bot. Its rule for a section: what an export of the file with the same options
 * would hold comes in. Items of lists take the place of those with the same refId; the others are added behind. Nothing
 * that was not chosen is touched, and no section goes. Source: the platform's public pages on importing bots; what they
 * leave open, docs/importing.md says.
 */

/** What becomes of a section of the bot. */
export type MergeRule =
  /** It stays as it is. */
  | 'keep'
  /** The file's takes its place, where the file has it. */
  | 'take'
  /** Items of the file take the place of those that are the same thing, and are added where there is none. */
  | 'merge';

/** Lists that are replaced whole: they are one thing, not many. */
const wholeLists: ReadonlySet<string> = new Set(['knowledgeTasks', 'smallTalk', 'koraResponses', 'channels']);

/** What the bot is: never taken from a file that brings parts. */
const identity: ReadonlySet<string> = new Set([
  'refId',
  'purpose',
  'type',
  'defaultLanguage',
  'supportedLanguages',
  'languagePreferences',
  'localeData',
  'defaultDialogId',
  'unexportedTasks',
  'environmentVersionInfo',
]);

/** Sections no component owns, by the family, or the component, they come with. */
const company: Readonly<Record<string, (options: ImportOptions) => boolean>> = {
  scenes: ({ chosen, scenes }) => scenes !== null || chosen.has('tasks', 'botTask'),
  sceneComponents: ({ chosen, scenes }) => scenes !== null || chosen.has('tasks', 'botTask'),
  paramMaps: ({ chosen }) => chosen.has('tasks', 'botTask'),
  taskDgParamMaps: ({ chosen }) => chosen.has('tasks', 'botTask'),
  widgetThemes: ({ chosen }) => chosen.hasAny('tasks'),
  idpConfigurations: ({ chosen }) => chosen.hasAny('tasks') || chosen.hasAny('settings'),
  customTemplates: ({ chosen }) => chosen.hasAny('tasks') || chosen.hasAny('settings'),
  customDashboards: ({ customDashboards }) => customDashboards,
  traits: ({ chosen }) => chosen.has('nlpData', 'traits') || chosen.has('nlpData', 'rules'),
  advancedNLSettings: ({ chosen }) => chosen.has('nlpData', 'nlpSettings'),
  multiLingualConfigurations: ({ chosen }) => chosen.has('nlpData', 'nlpSettings'),
  isNLEnabled: ({ chosen }) => chosen.has('nlpData', 'nlpSettings'),
  detectMultiIntent: ({ chosen }) => chosen.has('nlpData', 'nlpSettings'),
  enableAutoUtteranceAddition: ({ chosen }) => chosen.has('nlpData', 'nlpSettings'),
  amendConfig: ({ chosen }) => chosen.has('nlpData', 'nlpSettings'),
};

/** `selection` is that of the options in the file. */
export function ruleOf(key: string, options: ImportOptions, selection: Selection): MergeRule {
  if (identity.has(key)) return 'keep';
  const { owner } = sectionOf(key);
  if (owner.by === 'botport') return 'keep';
  if (owner.by === 'nobody') {
    // A key Botport does not know is a setting, as far as anybody can tell.
    const comes = company[key] ?? (({ chosen }: ImportOptions) => chosen.has('settings', 'botSettings'));
    if (!comes(options)) return 'keep';
  }
  const { as } = selection.take(key);
  if (as !== 'whole' && as !== 'items' && as !== 'edited') return 'keep';
  // Of single tasks only their own words are replaced: see withoutWordsOf.
  if (key === 'sentences') return options.utterances === 'append' || as === 'items' ? 'merge' : 'take';
  if (key === 'patterns') return options.patterns === 'append' || as === 'items' ? 'merge' : 'take';
  return listSections.has(key) && !wholeLists.has(key) ? 'merge' : 'take';
}

/** The utterances of a bot without those of the intents that utterances of a file are of. */
export function withoutWordsOf(bot: readonly string[], file: readonly string[]): string[] {
  const intentOf = (sentence: string) => memberOf(sentence, 'taskId', itemLevel);
  const intents = new Set(file.map(intentOf));
  return bot.filter((sentence) => !intents.has(intentOf(sentence)));
}

/** What the same thing is known by, in the bot and in the file. */
export interface Known {
  id: string | undefined;
  /** The same for the same thing wherever it is; `undefined` for what is known by its text alone. */
  name: string | undefined;
}

/** How an item of a section is known, from its laid-out text. */
export function knownBy(section: string, text: string): Known {
  const { id, refId } = identityOfText(text);
  if (refId !== undefined) return { id, name: refId };
  const field = (key: string) => {
    const value = memberOf(text, key, itemLevel);
    return value?.startsWith('"') ? asText(value) : undefined;
  };
  switch (section) {
    case 'contentVariables':
      return { id, name: field('key') ?? id };
    case 'mlParams':
      return { id, name: id ?? [field('language'), memberOf(text, 'type', itemLevel)].join(' ') };
    case 'sentences': {
      // The same words for the same intent are the same utterance, whatever its id.
      const name = [field('language'), field('taskId') ?? field('taskName'), field('sentence')].join(' ');
      return { id, name };
    }
    default:
      return { id, name: id ?? field('name') };
  }
}

/** A list as merging looks at it: its items, and what each is known by. */
export interface KnownList {
  texts: readonly string[];
  known: readonly Known[];
}

export function knownList(section: string, texts: readonly string[]): KnownList {
  return { texts, known: texts.map((text) => knownBy(section, text)) };
}

/**
 * The place in the bot of what each item of the file is there; `undefined` for what is new. The same id is the same
 * thing; else the same name is, and where several have it, the first that nobody has taken.
 */
export function pairItems(bot: KnownList, file: KnownList): (number | undefined)[] {
  const byId = new Map<string, number>();
  /** Places by name, and how many of them were looked at: a name that many items have is gone through once. */
  const byName = new Map<string, { places: number[]; looked: number }>();
  const nameIn = ({ known, texts }: KnownList, index: number) => known[index]?.name ?? texts[index] ?? '';
  for (const [index, { id }] of bot.known.entries()) {
    if (id !== undefined) byId.set(id, index);
    const name = nameIn(bot, index);
    const known = byName.get(name);
    if (known) known.places.push(index);
    else byName.set(name, { places: [index], looked: 0 });
  }
  const taken = new Set<number>();
  const take = (place: number | undefined) => {
    if (place !== undefined) taken.add(place);
    return place;
  };
  const same = file.known.map(({ id }) => take(id === undefined ? undefined : byId.get(id)));
  const free = (name: string): number | undefined => {
    const known = byName.get(name);
    while (known && known.looked < known.places.length) {
      const place = known.places[known.looked];
      known.looked += 1;
      if (place !== undefined && !taken.has(place)) return place;
    }
    return undefined;
  };
  return same.map((place, index) => place ?? take(free(nameIn(file, index))));
}

/**
 * Merges two lists: what the file has takes the place of what the bot has of it, and what is new stands behind, in the
 * file's order.
 */
export function mergeItems(bot: KnownList, file: KnownList): string[] {
  const merged = [...bot.texts];
  for (const [index, place] of pairItems(bot, file).entries()) {
    const text = file.texts[index] ?? '';
    if (place === undefined) merged.push(text);
    else merged[place] = text;
  }
  return merged;
}
