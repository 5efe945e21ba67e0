import { hash } from 'node:crypto';
import { isObject, readNames, textOf } from '../item.ts';

/** Most characters of a readable name, so that with what follows no file system finds it too long. */
const longestSlug = 40;

/** Where an item without a name of its own says what it is about; the first is what its file is called after. */
const labelFields = [
  'taskName',
  'groupName',
  'configurationKeyName',
  'theme',
  'Key',
  'key',
  'pii_type',
  'language',
  'type',
  'mlpGroupId',
];

/**
 * The name of an item's file without its ending: what people call the item, its language if it is of one, then ten
 * digits of the digest of its `refId`, or of its `_id` where it has none. So it depends on no other item and on no other
 * field. An item without either is known by its names. Some lists have an item for each language under one `refId`.
 */
export function itemFileName(item: unknown, defaultLanguage: string | undefined): string {
  const fields = isObject(item) ? item : {};
  const labels = [
    readNames(item, defaultLanguage)[0],
    ...labelFields.map((field) => textOf(fields[field])),
  ].filter((label) => label !== undefined);
  const language = textOf(fields.language);
  const known = textOf(fields.refId) ?? textOf(fields._id);
  const identity = known === undefined ? labels : language === undefined ? [known] : [known, language];
  const label = slug(labels[0] ?? '');
  const ofLanguage = language === undefined || language === labels[0] ? '' : slug(language, 12);
  return withDigest([label, ofLanguage].filter((word) => word !== '').join('-'), identity.join('\n'));
}

/** A name without a point that any file system takes: the text itself where that will do. */
export function safeName(name: string): string {
  return /^[a-z_][a-z0-9_-]{0,59}$/i.test(name) && isFileName(name) ? name : withDigest(slug(name), name);
}

/** The same for a file of the archive, with its ending. */
export function memberFileName(name: string): string {
  if (/^[\w.() -]{1,100}$/.test(name) && isFileName(name)) return name;
  const ending = /\.[a-z]{1,5}$/i.exec(name)?.[0] ?? '';
  return `${withDigest(slug(name.slice(0, name.length - ending.length)), name)}${ending}`;
}

function withDigest(words: string, identity: string): string {
  return `${words || 'item'}-${hash('sha256', identity.toWellFormed()).slice(0, 10)}`;
}

/**
 * Words of small letters and digits of any script, with hyphens between them: `checkUser` is `check-user`. Texts that
 * differ in what some file systems do not tell apart, such as case, make the same words.
 */
export function slug(text: string, longest = longestSlug): string {
  const words = folded(
    text
      .slice(0, 300)
      .toWellFormed()
      .normalize('NFKC')
      .replace(/([\p{Ll}\p{N}])(?=\p{Lu})/gu, '$1-')
      .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1-'),
  )
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/(^|-)\p{M}+/gu, '$1')
    .replace(/^-+/, '');
  return Array.from(words).slice(0, longest).join('').replace(/-+$/, '').normalize('NFC');
}

/** The same for names that some file system takes for the same. */
function folded(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** Whether this is the name of a file and no path, hidden file, device, or name that a file system would change. */
export function isFileName(name: string): boolean {
  return (
    /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_ .()-]*$/u.test(name) &&
    !/[ .]$/.test(name) &&
    !reserved.test(name) &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= 255
  );
}

/** The names of one folder: each is given once, even where case counts for nothing. */
export class FileNames {
  readonly #taken = new Set<string>();
  /** The next number to try for a name that was asked for before: many items may share one. */
  readonly #next = new Map<string, number>();

  /** The name, or the name with the first number that makes it another. */
  take(name: string): string {
    const key = folded(name);
    let number = this.#next.get(key) ?? 1;
    const numbered = () => (number === 1 ? name : `${name}-${number}`);
    while (this.#taken.has(folded(numbered()))) number += 1;
    this.#taken.add(folded(numbered()));
    this.#next.set(key, number + 1);
    return numbered();
  }
}
