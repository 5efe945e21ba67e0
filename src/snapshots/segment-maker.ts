import type { Segment } from '../storage/segment-store.ts';
import type { Run } from './manifest.ts';
import { makeSegment, runOf } from './segment.ts';

/** How many segments are compressed at once, while the next ones are read. */
const inFlight = 4;

/** A run whose segment may still be in the making. */
export type PendingRun = () => Run;

/** Compresses texts beside the reading of the next ones, each content once. */
export class SegmentMaker {
  readonly #made = new Map<string, Segment>();
  readonly #pending = new Set<Promise<void>>();
  #failure: unknown;

  get isBusy(): boolean {
    return this.#pending.size >= inFlight;
  }

  add(text: Buffer): PendingRun {
    let segment: Segment | undefined;
    const work = makeSegment(text)
      .then((made) => {
        segment = this.#made.get(made.digest) ?? made;
        this.#made.set(segment.digest, segment);
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
    return () => {
      if (!segment) throw new Error('the segment is not made yet');
      return runOf(segment);
    };
  }

  async ready(): Promise<void> {
    await Promise.race(this.#pending);
  }

  async finish(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    if (this.#failure) throw this.#failure;
  }

  made(): Segment[] {
    return [...this.#made.values()];
  }
}
