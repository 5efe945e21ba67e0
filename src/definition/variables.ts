import { isDeepStrictEqual } from 'node:util';
import { print } from '../json/layout.ts';
import { joinMembers, splitMembers } from '../json/parts.ts';
import { itemsOf, setItems } from './config-file.ts';
import { isObject, itemLevel, textOf } from './item.ts';

/*
 * The variables of a bot as the public calls show and take them. Environment variables are in config.json, content
 * variables (`locale`) in the section `contentVariables`; both name their name spaces by refId, where the calls have name and
 * refId. Collections, which give environment variables other values, are in config.json: no public export shows where the
 * platform has them. Source: the platform's public pages on exporting and importing variables.
 */

/** Members of a variable, of a collection or of a value in one. */
export type Fields = Record<string, unknown>;

export interface VariableSet {
  variables: readonly Fields[];
  collections: readonly Fields[];
  /** Values of environment variables in collections: `key`, and the collection's `refId`. */
  collectionValues: readonly Fields[];
}

/** The texts that variables are kept in: config.json, and the items of two sections. */
export interface VariableTexts {
  config: string;
  contentVariables: readonly string[];
  namespaces: readonly string[];
}

/** What the calls show of a variable. */
const shownMembers = [
  'key',
  'value',
  'hint',
  'audioTag',
  'variableType',
  'scope',
  'localeData',
  'group',
  'propagateValue',
  'vNameSpace',
  'isSecured',
];
const shownOfCollection = ['name', 'description', 'refId'];
const shownOfValue = ['key', 'value', 'audioTag', 'refId'];

type Place = 'env' | 'locale';

/** The variables of a bot: first those of the environment, then those of the content, each key once. */
export function showVariables({ config, contentVariables, namespaces }: VariableTexts): VariableSet {
  const spaces = new NameSpaces(namespaces);
  const environment = lastOfEach(itemsOf(config, 'envVariables').map(parse), keyOf);
  const secured = new Set(environment.filter(isSecured).map(keyOf));
  return {
    variables: [
      ...environment.map((stored) => show(stored, 'env', spaces)),
      ...lastOfEach(contentVariables.map(parse), keyOf).map((stored) => show(stored, 'locale', spaces)),
    ],
    collections: lastOfEach(itemsOf(config, 'botCollections').map(parse), refIdOf).map((stored) =>
      pick(stored, shownOfCollection),
    ),
    collectionValues: lastOfEach(itemsOf(config, 'botCollectionVariables').map(parse), placeOfValue).map(
      (stored) => showValue(stored, secured),
    ),
  };
}

/**
 * The texts with what is given in them: what is there by its key gets the members that are given, what is not stands
 * behind, and nothing goes. Whatever is given as {@link showVariables} shows it leaves its text as it is. A secured variable stays
 * secured, and an empty value for one leaves the value it has.
 *
 * @param newRefId for name spaces that are given by a name alone and are not there
 */
export function mergeGiven(texts: VariableTexts, given: VariableSet, newRefId: () => string): VariableTexts {
  const spaces = new NameSpaces(texts.namespaces);
  const secured = new Set(itemsOf(texts.config, 'envVariables').map(parse).filter(isSecured).map(keyOf));
  for (const one of given.variables) if (isSecured(one)) secured.add(keyOf(one));

  const variables = (stored: readonly string[], place: Place) =>
    merged(stored, {
      given: given.variables.filter(({ variableType }) => variableType === place),
      identity: keyOf,
      shown: (fields) => show(fields, place, spaces),
      changes: (fields, before) => {
        const safe =
          isSecured(fields) || isSecured(before ?? {}) ? withoutEmptyValues(fields, before) : fields;
        const { vNameSpace } = safe;
        return Array.isArray(vNameSpace)
          ? { ...safe, vNameSpace: vNameSpace.map((space) => spaces.refIdFor(space, newRefId)) }
          : safe;
      },
    });
  const environment = variables(itemsOf(texts.config, 'envVariables'), 'env');
  const contentVariables = variables(texts.contentVariables, 'locale');
  const collections = merged(itemsOf(texts.config, 'botCollections'), {
    given: given.collections,
    identity: refIdOf,
    shown: (fields) => pick(fields, shownOfCollection),
  });
  const values = merged(itemsOf(texts.config, 'botCollectionVariables'), {
    given: given.collectionValues,
    identity: placeOfValue,
    shown: (fields) => showValue(fields, secured),
    changes: (fields, before) => (secured.has(keyOf(fields)) ? withoutEmptyValues(fields, before) : fields),
  });
  const config = [
    ['envVariables', environment],
    ['botCollections', collections],
    ['botCollectionVariables', values],
  ] as const;
  return {
    config: config.reduce((text, [list, items]) => setItems(text, list, items), texts.config),
    contentVariables,
    namespaces: [...texts.namespaces, ...spaces.added.map((space) => print(space, itemLevel))],
  };
}

interface MergeWay {
  given: readonly Fields[];
  /** What an item is known by. */
  identity(fields: Fields): string | undefined;
  /** An item as the calls show it. */
  shown(fields: Fields): Fields;
  /** What to write of what is given, and is not as it is shown; `before` is what is there. */
  changes?(fields: Fields, before: Fields | undefined): Fields;
}

function merged(
  stored: readonly string[],
  { given, identity, shown, changes = (fields) => fields }: MergeWay,
): string[] {
  const texts = [...stored];
  const places = new Map(texts.map((text, place) => [identity(parse(text)), place]));
  for (const fields of given) {
    const name = identity(fields);
    const place = name === undefined ? undefined : places.get(name);
    const text = place === undefined ? undefined : texts[place];
    if (place === undefined || text === undefined) {
      places.set(name, texts.length);
      texts.push(print(changes(fields, undefined), itemLevel));
    } else {
      const before = parse(text);
      texts[place] = withMembers(text, changes(differing(fields, shown(before)), before), itemLevel);
    }
  }
  return texts;
}

/** The members that are not as they are shown; of objects, their members. */
function differing(given: Fields, shown: Fields): Fields {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
      const known = shown[name];
      if (value === undefined || isDeepStrictEqual(value, known)) return [];
      if (!isObject(value) || !isObject(known)) return [[name, value]];
      const inner = differing(value, known);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

/** A laid-out object with other members; those of objects are put into the objects that are there. */
function withMembers(text: string, fields: Fields, level: number): string {
  if (Object.keys(fields).length === 0) return text;
  const members = splitMembers(text, level).map(([name, value]): [string, string] => {
    if (!Object.hasOwn(fields, name)) return [name, value];
    const field = fields[name];
    const isBoth = isObject(field) && value.startsWith('{');
    return [name, isBoth ? withMembers(value, field, level + 1) : print(field, level + 1)];
  });
  const there = new Set(members.map(([name]) => name));
  for (const [name, field] of Object.entries(fields)) {
    if (!there.has(name)) members.push([name, print(field, level + 1)]);
  }
  return joinMembers(members, level);
}

/** An export blanks what is secured: an empty value says nothing of it. And nobody but its owner may make it open. */
function withoutEmptyValues(fields: Fields, before: Fields | undefined): Fields {
  if (!before) return fields;
  const { value, localeData, isSecured: flag, ...rest } = fields;
  return {
    ...rest,
    ...(value === undefined || value === '' ? {} : { value }),
    ...(isObject(localeData) ? { localeData: withoutEmptyLocales(localeData) } : {}),
    ...(flag === true ? { isSecured: true } : {}),
  };
}

function withoutEmptyLocales(locales: Fields): Fields {
  return Object.fromEntries(
    Object.entries(locales).map(([language, locale]) => {
      if (!isObject(locale) || locale.value !== '') return [language, locale];
      const { value: _, ...rest } = locale;
      return [language, rest];
    }),
  );
}

function show(stored: Fields, place: Place, spaces: NameSpaces): Fields {
  const { vNameSpace } = stored;
  const shown = {
    ...pick(stored, shownMembers),
    variableType: place,
    ...(Array.isArray(vNameSpace) ? { vNameSpace: vNameSpace.map((space) => spaces.show(space)) } : {}),
  };
  return isSecured(stored) ? blanked(shown) : shown;
}

function showValue(stored: Fields, secured: ReadonlySet<string | undefined>): Fields {
  const shown = pick(stored, shownOfValue);
  return secured.has(keyOf(stored)) ? blanked(shown) : shown;
}

function blanked(shown: Fields): Fields {
  const { localeData } = shown;
  return {
    ...shown,
    value: '',
    ...(isObject(localeData) && {
      localeData: Object.fromEntries(
        Object.entries(localeData).map(([language, locale]) => [
          language,
          isObject(locale) ? { ...locale, value: '' } : locale,
        ]),
      ),
    }),
  };
}

function isSecured({ isSecured: flag }: Fields): boolean {
  return flag === true || flag === 'true';
}

/** Items with a name, each name once: the last of those that share it, as that is the one an import changes. */
function lastOfEach(items: readonly Fields[], identity: (fields: Fields) => string | undefined): Fields[] {
  const places = new Map(items.map((item, place) => [identity(item), place]));
  return items.filter((item, place) => identity(item) !== undefined && places.get(identity(item)) === place);
}

function keyOf({ key }: Fields): string | undefined {
  return textOf(key);
}

function refIdOf({ refId }: Fields): string | undefined {
  return textOf(refId);
}

function placeOfValue(fields: Fields): string | undefined {
  const [key, refId] = [keyOf(fields), refIdOf(fields)];
  return key === undefined || refId === undefined ? undefined : JSON.stringify([refId, key]);
}

function parse(text: string): Fields {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : {};
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

/** The name spaces of a bot, by refId and by name. */
class NameSpaces {
  readonly #names = new Map<string, string>();
  readonly #refIds = new Map<string, string>();
  /** Those that were given and are not there. */
  readonly added: Fields[] = [];

  constructor(texts: readonly string[]) {
    for (const { refId, name } of texts.map(parse)) this.#know(textOf(refId), textOf(name));
  }

  #know(refId: string | undefined, name: string | undefined): void {
    if (refId === undefined) return;
    if (name === undefined) return;
    this.#names.set(refId, name);
    if (!this.#refIds.has(name)) this.#refIds.set(name, refId);
  }

  show(stored: unknown): unknown {
    if (typeof stored !== 'string') return stored;
    const name = this.#names.get(stored);
    return name === undefined ? { refId: stored } : { name, refId: stored };
  }

  /** The refId of a name space: known by its refId, or else by its name; one that is not there is added. */
  refIdFor(given: unknown, newRefId: () => string): unknown {
    if (!isObject(given)) return given;
    const [name, refId] = [textOf(given.name), textOf(given.refId)];
    if (refId !== undefined && (name === undefined || this.#names.has(refId))) return refId;
    if (name === undefined) return given;
    const known = this.#refIds.get(name);
    if (known !== undefined) return known;
    const made = refId ?? newRefId();
    this.#know(made, name);
    this.added.push({ name, refId: made });
    return made;
  }
}
