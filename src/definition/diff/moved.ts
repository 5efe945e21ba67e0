/**
 * Which of these numbers have to move so that all stand in ascending order, as few as can be: the places of all that are
 * in no longest ascending series.
 */
export function outOfOrder(numbers: readonly number[]): Set<number> {
  /** Of series of each length, the place of the smallest number one can end with. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [place, number] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    before.push(low > 0 ? ends[low - 1] : undefined);
    ends[low] = place;
  }
  const moved = new Set(numbers.keys());
  for (let place = ends.at(-1); place !== undefined; place = before[place]) moved.delete(place);
  return moved;
}
