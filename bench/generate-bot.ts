import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/*
 * Bots of any size, in the shape of a real one: the sample bank assistant, with more or fewer items in the lists that
 * grow when people work on a bot. The same size and seed always make the same bytes.
 */

const folder = new URL('../samples/bank-assistant/', import.meta.url);
const sampleFile = (name: string) => readFileSync(fileURLToPath(new URL(name, folder)));

/** What goes beside a generated definition. */
export const sampleConfig = () => sampleFile('config.json');
export const sampleIcon = () => sampleFile('icon.png');

/** The lists that make a large bot large. */
const growing: ReadonlySet<string> = new Set([
  'patterns',
  'dialogComponents',
  'dialogs',
  'scenes',
  'sceneComponents',
  'knowledgeTasks',
  'smallTalk',
  'widgets',
  'forms',
  'sentences',
  'traits',
]);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Sample = Record<string, Json>;

/** The definition of a bot of about so many bytes, in pieces. Uses the memory of one item. */
export function* generateBot(bytes: number, seed = 'bot'): Generator<string> {
  const sample: Sample = JSON.parse(sampleFile('botDefinition.json').toString());
  const sizes = new Map(Object.entries(sample).map(([key, value]) => [key, layOut(value, 1).length]));
  const total = (some: boolean) =>
    [...sizes].reduce((sum, [key, size]) => (growing.has(key) === some ? sum + size : sum), 0);
  const factor = (bytes - total(false)) / total(true);
  const words = vocabulary(sample);
  const owned = ownIds(sample);

  /** Bytes the sections so far fell short, for the following ones to make up. */
  let owed = 0;
  let opening = '{';
  for (const [key, value] of Object.entries(sample)) {
    yield `${opening}\n    ${JSON.stringify(key)}: `;
    opening = ',';
    if (!growing.has(key) || !Array.isArray(value)) {
      yield layOut(new Variation(words, owned, seed, key, 0).of(value), 1);
      continue;
    }
    const goal = (sizes.get(key) ?? 0) * factor + owed;
    let made = 0;
    for (const [item, copy, index] of copies(value)) {
      const text = layOut(new Variation(words, owned, seed, `${key} ${index}`, copy).of(item), 2);
      const isNeeded = key === 'dialogs' && index === 0;
      if (!isNeeded && made + text.length / 2 > goal) break;
      yield `${index === 0 ? '[' : ','}\n        ${text}`;
      made += text.length + 10;
    }
    yield made === 0 ? '[]' : '\n    ]';
    owed = goal - made;
  }
  yield '\n}';
}

/** Every item, again and again. */
function* copies<T>(items: T[]): Generator<[item: T, copy: number, index: number]> {
  let index = 0;
  for (let copy = 0; items.length > 0; copy += 1) for (const item of items) yield [item, copy, index++];
}

/** JSON as it stands `level` levels deep in a definition. */
function layOut(value: Json, level: number): string {
  return JSON.stringify(value, null, 4).replaceAll('\n', `\n${'    '.repeat(level)}`);
}

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{24}\b/g;
/** Words of running text, which is plain or escaped as in a URL. */
const wordPattern = /(?<=\s|%20)[a-z]{4,}(?=\s|%20|$)/g;

/** The ids that stay as they are in every copy: those of what there is once, such as the bot and its namespace. */
function ownIds(sample: Sample): ReadonlySet<string> {
  const idsIn = (wanted: boolean, value: (section: Json) => Json) =>
    Object.entries(sample)
      .filter(([key]) => growing.has(key) === wanted)
      .flatMap(([, section]) => JSON.stringify(value(section)).match(idPattern) ?? []);
  const identities = (section: Json) =>
    (section as { _id?: Json; refId?: Json }[]).map(({ _id, refId }) => [_id ?? '', refId ?? '']);
  const copied = new Set(idsIn(true, identities));
  return new Set(idsIn(false, (section) => section).filter((id) => !copied.has(id)));
}

function vocabulary(sample: Sample): string[] {
  return [...new Set(JSON.stringify(sample).match(wordPattern))].sort();
}

/** One copy of an item: ids of its own, the same wherever the copy refers to them, and other words in its texts. */
class Variation {
  readonly #words: string[];
  readonly #owned: ReadonlySet<string>;
  readonly #seed: string;
  readonly #copy: number;
  readonly #random: () => number;

  constructor(words: string[], owned: ReadonlySet<string>, seed: string, place: string, copy: number) {
    this.#words = words;
    this.#owned = owned;
    this.#seed = seed;
    this.#copy = copy;
    this.#random = randomNumbers(`${seed} ${place}`);
  }

  of(value: Json, key = ''): Json {
    if (typeof value === 'string') return this.#text(value, key);
    if (Array.isArray(value)) return value.map((one) => this.of(one));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.of(one, name)]));
  }

  #text(text: string, key: string): string {
    if (this.#copy > 0 && /^(?:l?name|taskName|title)$/.test(key)) return `${text}_${this.#copy + 1}`;
    return text
      .replace(idPattern, (id) => this.#id(id))
      .replace(wordPattern, (word) => (this.#random() < 0.4 ? this.#word(word) : word));
  }

  #id(id: string): string {
    if (this.#copy === 0 || this.#owned.has(id)) return id;
    const digits = hash('sha256', `${this.#seed} ${this.#copy} ${id}`);
    if (!id.includes('-')) return digits.slice(0, id.length);
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  }

  #word(word: string): string {
    return this.#words[Math.floor(this.#random() * this.#words.length)] ?? word;
  }
}

/** Numbers from 0 to 1, the same for the same seed: the generator mulberry32. */
export function randomNumbers(seed: string): () => number {
  let state = Number.parseInt(hash('sha256', seed).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
