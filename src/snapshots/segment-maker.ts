import { hash } from 'node:crypto';
import type { Segment } from '../storage/segment-store.ts';
import { Deflater } from './deflater.ts';
import type { Run } from './manifest.ts';
import { describeSegment, runOf } from './segment.ts';

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
  #closed = false;
  #failure: { error: unknown } | undefined;
  /** Those that have nothing to do; there are as many as were ever needed at once. */
  readonly #idle: Workplace[] = [];

  constructor(keep: KeepSegments) {
    this.#keep = keep;
  }

  get isBusy(): boolean {
    return (
      this.#making.size >= inFlight || this.#keeping.size >= batchesInFlight || this.#failure !== undefined
    );
  }

  /** Takes a text in parts; they may be overwritten when this returns. */
  add(parts: readonly Uint8Array[]): PendingRun {
    const place = this.#idle.pop() ?? new Workplace();
    const text = place.lay(parts);
    const digest = hash('sha256', text);
    if (this.#runs.has(digest)) this.#idle.push(place);
    else {
      this.#runs.set(digest, undefined);
      this.#track(this.#making, this.#make(digest, text, place));
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

  /** To be called at the end, whatever it was. */
  close(): void {
    this.#closed = true;
    for (const place of this.#idle) place.deflater.close();
  }

  async #make(digest: string, text: Buffer, place: Workplace): Promise<void> {
    const segment = describeSegment(digest, text, await place.deflater.deflate(text));
    this.#idle.push(place);
    if (this.#closed) place.deflater.close();
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

/** Texts up to this length are laid out where others were before; nearly all runs of items are shorter. */
const usualLength = 320 * 1024;

/** Room for a text, and what compresses it. */
class Workplace {
  readonly deflater = new Deflater();
  #room: Buffer | undefined;

  lay(parts: readonly Uint8Array[]): Buffer {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > usualLength) return Buffer.concat(parts, length);
    this.#room ??= Buffer.allocUnsafeSlow(usualLength);
    let at = 0;
    for (const part of parts) {
      this.#room.set(part, at);
      at += part.length;
    }
    return this.#room.subarray(0, length);
  }
}
