import type { Matchable } from './match.ts';
import { outOfOrder } from './moved.ts';
import { parseExact } from './numbers.ts';

/** An item of one of the two lists. */
export interface PlacedItem {
  /** Its place in the list. */
  index: number;
  /** Which stretch of items that differ it stands in: between two of them both lists have the same. */
  stretch: number;
  text: string;
}

/** An item of a list, parsed once somebody looks into it. */
export class Item implements Matchable {
  readonly text: string;
  readonly index: number;
  readonly stretch: number;
  #value: { value: unknown } | undefined;

  constructor({ text, index, stretch }: PlacedItem) {
    this.text = text;
    this.index = index;
    this.stretch = stretch;
  }

  get value(): unknown {
    this.#value ??= { value: parseExact(this.text) };
    return this.#value.value;
  }
}

/**
 * Which pairs stand elsewhere than before: those of two stretches, and within each as few as can be. The pairs are in the
 * order of the second list.
 */
export function movedPairs(pairs: readonly (readonly [Item, Item])[]): Set<number> {
  const moved = new Set<number>();
  const stretches = new Map<number, number[]>();
  for (const [place, [before, after]] of pairs.entries()) {
    if (before.stretch !== after.stretch) {
      moved.add(place);
      continue;
    }
    const places = stretches.get(after.stretch) ?? [];
    stretches.set(after.stretch, places);
    places.push(place);
  }
  for (const places of stretches.values()) {
    const indexes = places.map((place) => pairs[place]?.[0].index ?? 0);
    for (const at of outOfOrder(indexes)) moved.add(places[at] ?? 0);
  }
  return moved;
}
