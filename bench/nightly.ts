import { print } from '../src/json/layout.ts';
import { joinItems } from '../src/json/parts.ts';
import { generateBot, randomNumbers } from './generate-bot.ts';

/*
 * The nightly versions of a bot that people work on. The same size, kind and seed always make the same bytes.
 */

/** Where the items stand that change in a night: neighbours in one list, or one in a hundred of all, anywhere. */
export type NightlyEdits = 'in one place' | 'scattered';

/** Items that change in a night, where they stand in one place. */
const inOnePlace = 3;
/** Of all items, where they are scattered. */
const scatteredShare = 0.01;

type Item = Record<string, unknown>;

/** The definitions of `nights` versions, in the platform's own form; the first is the bot as it was generated. */
export function* nightlyVersions(
  bytes: number,
  nights: number,
  edits: NightlyEdits,
  seed = 'nightly',
): Generator<Buffer> {
  const bot: Record<string, unknown> = JSON.parse([...generateBot(bytes, seed)].join(''));
  const random = randomNumbers(`${seed} ${edits}`);
  const below = (end: number) => Math.floor(random() * end);
  const lists = Object.entries(bot).filter(([, value]) => isListOfItems(value)) as [string, Item[]][];
  const places = lists.flatMap(([key, items]) => items.map((_, index) => ({ key, index })));
  const texts = new Map(lists.map(([key, items]) => [key, items.map((item) => print(item, 2))]));

  const edit = (key: string, index: number, night: number) => {
    const item = (bot[key] as Item[])[index];
    if (!item) return;
    changeText(item, below);
    stamp(item, night);
    (texts.get(key) ?? [])[index] = print(item, 2);
  };

  for (let night = 0; night < nights; night += 1) {
    if (night > 0) {
      const first = below(places.length);
      const changed =
        edits === 'in one place'
          ? places.slice(first, first + inOnePlace)
          : Array.from({ length: Math.round(places.length * scatteredShare) }, () =>
              below(places.length),
            ).map((at) => places[at]);
      for (const place of changed) if (place) edit(place.key, place.index, night);
    }
    const members = Object.entries(bot).map(([key, value]) => {
      const items = texts.get(key);
      return `    ${JSON.stringify(key)}: ${items ? joinItems(items, 1) : print(value, 1)}`;
    });
    yield Buffer.from(`{\n${members.join(',\n')}\n}`);
  }
}

function isListOfItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 10 && value.every((item) => typeof item === 'object');
}

/** Words that somebody might put in place of others. */
const words = [
  'account',
  'balance',
  'please',
  'branch',
  'card',
  'transfer',
  'today',
  'number',
  'confirm',
  'open',
];

/** Puts another word into one of the item's texts; where it has none of several words, into a comment. */
function changeText(item: Item, below: (end: number) => number): void {
  const word = `${words[below(words.length)]}${below(1_000)}`;
  const found = textsIn(item);
  const { holder, key } = found[below(found.length)] ?? { holder: item, key: 'comment' };
  const before = String(holder[key] ?? '').split(' ');
  before[below(before.length)] = word;
  holder[key] = before.join(' ');
}

function textsIn(value: unknown): { holder: Item; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Item;
  return Object.entries(holder).flatMap(([key, one]) =>
    typeof one === 'string' && /^[^{<%]+ [^{<%]+$/.test(one) ? [{ holder, key }] : textsIn(one),
  );
}

/** As the platform does: the moment of the change. */
function stamp(item: Item, night: number): void {
  const moment = new Date(Date.UTC(2024, 0, 1, 22) + night * 86_400_000 + ((night * 7_919_333) % 3_600_000));
  for (const key of ['lmodifiedOn', 'lastModifiedOn']) {
    if (key in item) {
      item[key] = moment.toISOString();
      return;
    }
  }
  item.lastModifiedOn = moment.toISOString();
}
