import { setImmediate } from 'node:timers/promises';

/** Milliseconds one piece of long work may keep the event loop to itself. */
const patience = 8;

/** Gives everything else the server does its turn, now and then, in the middle of long work. */
export class Turns {
  #since = performance.now();

  /** To be awaited between two pieces of the work. */
  async next(): Promise<void> {
    if (performance.now() - this.#since < patience) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
