import {
  type Counts,
  countKeys,
  type Difference,
  type FoundNames,
  type ItemDifference,
  noCounts,
  type PlacedFile,
  type SectionDifference,
  type Wanted,
} from './diff/difference.ts';
import { type ChangedReference, type FieldChange, Fields, mostFields } from './diff/fields.ts';
import { RenewedIds } from './diff/ids.ts';
import { Item, movedPairs, type PlacedItem } from './diff/items.ts';
import { KnownNames } from './diff/known-names.ts';
import { matchItems } from './diff/match.ts';
import { addNoise, isSectionOrdered, type NoiseCounts, noiseKinds, noNoise } from './diff/noise.ts';
import { parseExact } from './diff/numbers.ts';
import { isSecretName, isSecretSection } from './diff/secrets.ts';
import { show } from './diff/shown.ts';
import { type ItemName, kindOf, namingFields, titleOf } from './diff/words.ts';

/*
 * What one definition has other than another, in the words of those who build bots. It is given what differs, section by
 * section; what both have the same need not be read. docs/differences.md describes the result.
 */

type SideName = 'from' | 'to';

/** An item that differs, until all is known that decides in what. */
interface Entry {
  change: 'added' | 'removed' | 'pair';
  name: ItemName;
  moved: { from: number; to: number } | null;
  changes: FieldChange[];
  more: number;
  references: ChangedReference[];
}

interface SectionEntry {
  section: string;
  only: SectionDifference['only'];
  entries: Entry[];
  /** What is counted and not kept. */
  counts: Counts;
  leftOut: number;
  /** Changed references of items that are not kept. */
  references: ChangedReference[];
  noisyItems: number;
  noise: NoiseCounts;
}

/** Takes in what differs, section by section, in the order in which it is to be told. */
export class DefinitionDiff {
  readonly #language: string;
  readonly #limit: number;
  readonly #renewed = new RenewedIds();
  readonly #sections: SectionEntry[] = [];
  readonly #known = { from: new KnownNames(), to: new KnownNames() };
  /** Items that surely differ and are kept so far. */
  #kept = 0;

  /**
   * @param language the bot's default language, in which its items are named
   * @param limit most items that are told one by one
   */
  constructor({ language, limit }: { language: string; limit: number }) {
    this.#language = language;
    this.#limit = limit;
  }

  /**
   * The items of a list that differ, and others of the runs they stand in. To be run to its end; it can be left for a
   * while at each `yield`.
   */
  *list(
    section: string,
    before: readonly PlacedItem[],
    after: readonly PlacedItem[],
    only: SectionDifference['only'] = null,
  ): Generator<void> {
    const entry = this.#begin(section, only);
    const { pairs, gone, come } = yield* matchItems(
      before.map((placed) => new Item(placed)),
      after.map((placed) => new Item(placed)),
      namingFields(section),
    );
    pairs.sort(([, one], [, other]) => one.index - other.index);
    const moved = movedPairs(pairs);
    const isOrdered = isSectionOrdered(section);
    for (const [place, [one, other]] of pairs.entries()) {
      if (moved.has(place) && !isOrdered) entry.noise.order += 1;
      const isMoved = moved.has(place) && isOrdered;
      if (!isMoved && one.text === other.text) continue;
      this.#pair(entry, one, other, isMoved);
      yield;
    }
    for (const item of come) {
      this.#alone(entry, 'added', item);
      yield;
    }
    for (const item of gone) {
      this.#alone(entry, 'removed', item);
      yield;
    }
  }

  /** A section that is no list: its text in both definitions, or in one. */
  value(section: string, before: string | undefined, after: string | undefined): void {
    const only = before === undefined ? 'to' : after === undefined ? 'from' : null;
    const entry = this.#begin(section, only);
    const name = settingName(section);
    if (before === undefined || after === undefined) {
      this.#keep(entry, emptyEntry(before === undefined ? 'added' : 'removed', name));
      return;
    }
    const fields = this.#compare(section, parseExact(before), parseExact(after), section);
    this.#judge(entry, emptyEntry('pair', name), fields);
  }

  /** The files beside the definition that differ. */
  files(before: readonly PlacedFile[], after: readonly PlacedFile[]): void {
    const entry = this.#begin('files', null);
    for (const { name, size, digest } of after) {
      const old = before.find((file) => file.name === name);
      if (!old) this.#keep(entry, emptyEntry('added', fileName(name)));
      else if (old.digest !== digest) {
        const change: FieldChange = {
          path: '',
          change: 'changed',
          before: `${old.size} bytes`,
          after: `${size} bytes`,
          hidden: false,
          component: undefined,
        };
        this.#keep(entry, { ...emptyEntry('pair', fileName(name)), changes: [change] });
      }
    }
    for (const { name } of before) {
      if (!after.some((file) => file.name === name)) this.#keep(entry, emptyEntry('removed', fileName(name)));
    }
  }

  /** To be called when all is taken in: decides what is noise. Gives what is wanted to name the rest. */
  settle(): Record<SideName, Wanted> {
    const wanted = { from: emptyWanted(), to: emptyWanted() };
    let room = this.#limit;
    for (const section of this.#sections) {
      const renewed = section.references.filter(({ before, after }) => this.#renewed.has(before, after));
      section.noise.ids += renewed.length;
      section.entries = section.entries.filter((entry) => {
        if (!this.#settleReferences(section, entry)) return false;
        if (room === 0) {
          count(section.counts, entry);
          section.leftOut += 1;
          return false;
        }
        room -= 1;
        this.#want(section.section, entry, wanted);
        return true;
      });
    }
    return wanted;
  }

  /** The difference in words, once everything wanted was looked for. */
  finish(found: Record<SideName, FoundNames>): Difference {
    const sections = this.#sections.flatMap((section) => {
      const told = this.#tell(section, found);
      return isEmpty(told) ? [] : [told];
    });
    const total: Difference = {
      same: true,
      counts: noCounts(),
      itemsLeftOut: 0,
      noisyItems: 0,
      noise: noNoise(),
      sections,
    };
    for (const { counts, itemsLeftOut, noisyItems, noise } of sections) {
      for (const key of countKeys) total.counts[key] += counts[key];
      total.itemsLeftOut += itemsLeftOut;
      total.noisyItems += noisyItems;
      addNoise(total.noise, noise);
    }
    total.same = countKeys.every((key) => total.counts[key] === 0);
    return total;
  }

  #begin(section: string, only: SectionDifference['only']): SectionEntry {
    const entry: SectionEntry = {
      section,
      only,
      entries: [],
      counts: noCounts(),
      leftOut: 0,
      references: [],
      noisyItems: 0,
      noise: noNoise(),
    };
    this.#sections.push(entry);
    return entry;
  }

  #compare(section: string, before: unknown, after: unknown, field: string): Fields {
    const secret = isSecretSection(section) || isSecretName(field);
    return new Fields(before, after, { renewed: this.#renewed, field, secret });
  }

  #pair(entry: SectionEntry, before: Item, after: Item, isMoved: boolean): void {
    const { section } = entry;
    const fields = this.#compare(section, before.value, after.value, '');
    this.#known.from.learn(section, before, this.#language);
    const name = this.#known.to.learn(section, after, this.#language);
    const moved = isMoved ? { from: before.index, to: after.index } : null;
    this.#judge(entry, { ...emptyEntry('pair', name), moved }, fields);
  }

  #alone(entry: SectionEntry, change: 'added' | 'removed', item: Item): void {
    const side = change === 'added' ? this.#known.to : this.#known.from;
    this.#keep(entry, emptyEntry(change, side.learn(entry.section, item, this.#language)));
  }

  #judge(section: SectionEntry, entry: Entry, fields: Fields): void {
    addNoise(section.noise, fields.noise);
    const { changes, more, references } = fields;
    const full = { ...entry, changes, more, references };
    if (changes.length > 0 || (entry.moved && references.length === 0)) this.#keep(section, full);
    else if (references.length > 0) section.entries.push(full);
    else section.noisyItems += 1;
  }

  /** An item that surely differs: kept, or only counted where enough are kept. */
  #keep(section: SectionEntry, entry: Entry): void {
    if (this.#kept < this.#limit) {
      this.#kept += 1;
      section.entries.push(entry);
      return;
    }
    count(section.counts, entry);
    section.leftOut += 1;
    for (const reference of entry.references) section.references.push(reference);
  }

  /** Makes changes of those references that do not follow a renewed id. False where nothing else differs. */
  #settleReferences(section: SectionEntry, entry: Entry): boolean {
    for (const { path, before, after, component, secret } of entry.references) {
      if (this.#renewed.has(before, after)) section.noise.ids += 1;
      else if (entry.changes.length >= mostFields) entry.more += 1;
      else {
        const values = secret ? { before: null, after: null } : { before, after, isReference: true };
        entry.changes.push({ path, change: 'changed', hidden: secret, component, ...values });
      }
    }
    entry.references = [];
    if (entry.change !== 'pair' || entry.changes.length > 0 || entry.moved) return true;
    section.noisyItems += 1;
    return false;
  }

  #want(section: string, entry: Entry, wanted: Record<SideName, Wanted>): void {
    const side: SideName = entry.change === 'removed' ? 'from' : 'to';
    const want = (kind: keyof Wanted, id: string | null | undefined, at = side) => {
      if (id === undefined || id === null) return;
      if (!this.#known.from[kind].has(id) && !this.#known.to[kind].has(id)) wanted[at][kind].add(id);
    };
    const { id, ofId } = entry.name;
    want('names', ofId);
    if (section === 'dialogComponents' && ofId === undefined) want('dialogs', id);
    for (const { component, isReference, before, after } of entry.changes) {
      want('names', component);
      if (!isReference) continue;
      want('names', before, 'from');
      want('names', after, 'to');
    }
  }

  #tell(section: SectionEntry, found: Record<SideName, FoundNames>): SectionDifference {
    const counts = { ...section.counts };
    for (const entry of section.entries) count(counts, entry);
    return {
      section: section.section,
      title: titleOf(section.section),
      only: section.only,
      counts,
      items: section.entries.map((entry) => this.#tellItem(section.section, entry, found)),
      itemsLeftOut: section.leftOut,
      noisyItems: section.noisyItems,
      noise: section.noise,
    };
  }

  #tellItem(section: string, entry: Entry, found: Record<SideName, FoundNames>): ItemDifference {
    const nameOf = (id: string | null | undefined) => this.#find('names', entry, id, found);
    const { what, type, id, refId, ofId } = entry.name;
    const dialog = section === 'dialogComponents' ? this.#find('dialogs', entry, id, found) : undefined;
    const of = entry.name.of ?? nameOf(ofId) ?? dialog;
    const told = {
      change: entry.change !== 'pair' ? entry.change : entry.changes.length > 0 ? 'changed' : 'moved',
      what,
      name: entry.name.name,
      type: type ?? null,
      of: of ?? null,
      id: id ?? null,
      refId: refId ?? null,
    } as const;
    return {
      ...told,
      words: inWords(told, section),
      moved: entry.moved,
      fields: entry.changes.map(({ path, change, before, after, hidden, component, isReference }) => ({
        path,
        node: nameOf(component) ?? null,
        change,
        before: isReference ? showReference(before, nameOf(before)) : before,
        after: isReference ? showReference(after, nameOf(after)) : after,
        hidden,
      })),
      fieldsLeftOut: entry.more,
    };
  }

  /** A name by an id: as it is on the side the item is on, else on the other, which may hold more of the bot. */
  #find(
    kind: keyof FoundNames,
    { change }: Entry,
    id: string | null | undefined,
    found: Record<SideName, FoundNames>,
  ): string | undefined {
    if (id === undefined || id === null) return undefined;
    const sides: SideName[] = change === 'removed' ? ['from', 'to'] : ['to', 'from'];
    for (const names of [this.#known, found]) {
      for (const side of sides) {
        const name = names[side][kind].get(id);
        if (name !== undefined) return name;
      }
    }
    return undefined;
  }
}

function emptyEntry(change: Entry['change'], name: ItemName): Entry {
  return { change, name, moved: null, changes: [], more: 0, references: [] };
}

const nameless = { type: undefined, of: undefined, ofId: undefined, id: undefined, refId: undefined };

function settingName(section: string): ItemName {
  return { ...nameless, what: kindOf(section, false), name: section };
}

function fileName(name: string): ItemName {
  return { ...nameless, what: kindOf('files', true), name };
}

function emptyWanted(): Wanted {
  return { names: new Set(), dialogs: new Set() };
}

function count(counts: Counts, { change, changes, moved }: Entry): void {
  if (change !== 'pair') counts[change] += 1;
  else if (changes.length > 0) counts.changed += 1;
  if (moved) counts.moved += 1;
}

/** Also an empty list that only one of them has: nobody misses it. */
function isEmpty({ counts, noise, noisyItems }: SectionDifference): boolean {
  return (
    noisyItems === 0 &&
    countKeys.every((key) => counts[key] === 0) &&
    noiseKinds.every((kind) => noise[kind] === 0)
  );
}

function inWords(
  { what, name, type, of }: Pick<ItemDifference, 'what' | 'name' | 'type' | 'of'>,
  section: string,
): string {
  const own =
    section === 'patterns' ? `${what} of ${JSON.stringify(name)}` : `${what} ${JSON.stringify(name)}`;
  const typed = type === null ? own : `${own} (${type})`;
  if (of === null) return typed;
  return `${typed} of ${section === 'dialogComponents' ? 'dialog ' : ''}${JSON.stringify(of)}`;
}

function showReference(id: string | null, name: string | undefined): string | null {
  if (id === null) return null;
  return name === undefined ? show(id) : `${show(name)} (${id})`;
}
