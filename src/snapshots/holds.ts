/**
 * Counts who reads which snapshot at the moment, so that it stays ready and in the store. In memory: only the process
 * that runs the jobs of a data folder freezes and removes anything, and with it go the readers.
 */
export class Holds {
  readonly #counts = new Map<string, number>();

  /** The snapshot stays until the function given back is called; calling it again does nothing. */
  hold(digest: string): () => void {
    this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#counts.get(digest) ?? 1) - 1;
      if (left > 0) this.#counts.set(digest, left);
      else this.#counts.delete(digest);
    };
  }

  has(digest: string): boolean {
    return this.#counts.has(digest);
  }
}
