/** Keeps the last few values made for a key: for things that never change and take time to make. */
export class Kept<T> {
  readonly #most: number;
  readonly #values = new Map<string, { value: T; weight: number }>();
  #weight = 0;

  /** `most` is the weight all values may have together: their number, unless `set` says otherwise. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    const kept = this.#values.get(key);
    if (kept === undefined) return undefined;
    // Reinserting makes it the youngest; the oldest goes first.
    this.#values.delete(key);
    this.#values.set(key, kept);
    return kept.value;
  }

  /** Keeps a value; one that is heavier than all may be together is not kept. */
  set(key: string, value: T, weight = 1): void {
    this.delete(key);
    if (weight > this.#most) return;
    this.#values.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#most) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const kept = this.#values.get(key);
    if (kept === undefined) return;
    this.#values.delete(key);
    this.#weight -= kept.weight;
  }
}
