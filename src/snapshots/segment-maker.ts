import { hash } from 'node:crypto';
import type { Segment } from '../storage/segment-store.ts';
import type { Run } from './manifest.ts';
import { makeSegment, runOf } from './segment.ts';

/** How many segments are compressed at once, while the next ones are read: as many as there are threads for it. */
const inFlight = 4;

/** Bytes of the segments handed on together: so few that writing them holds nobody up for long. */
const batchSize = 512 * 1024;

/** Batches that may wait to be stored. */
const batchesInFlight = 2;

/** Keeps segments, and gives the bytes each has where it is kept: another than ours, where it was there before. */
export type KeepSegments = (segments: Segment[]) => Promise<readonly number[]>;

/** A run whose segment may still be in the making. */
export type PendingRun = () => Run;

/** Compresses texts beside the reading of the next ones, each content once, and hands them on in batches. */
export class SegmentMaker {
  readonly #keep: KeepSegments;
  /** By digest; undefined while the segment is in the making. */
  readonly #runs = new Map<string, Run | undefined>();
  readonly #making = new Set<Promise<void>>();
  readonly #keeping = new Set<Promise<void>>();
  #batch: Segment[] = [];
  #batchBytes = 0;
  #failure: { error: unknown } | undefined;

  constructor(keep: KeepSegments) {
    this.#keep = keep;
  }

  get isBusy(): boolean {
    return (
      this.#making.size >= inFlight || this.#keeping.size >= batchesInFlight || this.#failure !== undefined
    );
  }

  add(text: Buffer): PendingRun {
    const digest = hash('sha256', text);
    if (!this.#runs.has(digest)) {
      this.#runs.set(digest, undefined);
      this.#track(this.#making, this.#make(digest, text));
    }
    return () => {
      const run = this.#runs.get(digest);
      if (!run) throw new Error('the segment is not kept yet');
      return run;
    };
  }

  /** Waits until there is room for more. Throws what making or keeping a segment failed with. */
  async ready(): Promise<void> {
    while (this.isBusy) {
      if (this.#failure) throw this.#failure.error;
      await Promise.race(this.#keeping.size >= batchesInFlight ? this.#keeping : this.#making);
    }
  }

  /** Waits until all is kept. */
  async finish(): Promise<void> {
    while (this.#making.size > 0) await Promise.all(this.#making);
    this.#handOn();
    while (this.#keeping.size > 0) await Promise.all(this.#keeping);
    if (this.#failure) throw this.#failure.error;
  }

  async #make(digest: string, text: Buffer): Promise<void> {
    const segment = await makeSegment(text, digest);
    this.#batch.push(segment);
    this.#batchBytes += segment.bytes.length;
    if (this.#batchBytes >= batchSize) this.#handOn();
  }

  #handOn(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#track(
      this.#keeping,
      this.#keep(batch).then((lengths) => {
        for (const [index, segment] of batch.entries()) {
          const run = runOf(segment);
          this.#runs.set(segment.digest, { ...run, storedLength: lengths[index] ?? run.storedLength });
        }
      }),
    );
  }

  #track(set: Set<Promise<void>>, work: Promise<void>): void {
    const entry = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => set.delete(entry));
    set.add(entry);
  }
}
