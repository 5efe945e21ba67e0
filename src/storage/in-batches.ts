import { Turns } from '../turns.ts';
import type { Db, Tx } from './database.ts';

export interface RetentionOptions {
  /** Ends the work between two batches. */
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
}

/** What a batch did, and where the next one begins; `undefined`: there is none. */
export interface Batch<P> {
  removed: number;
  next: P | undefined;
}

/**
 * Removes rows batch by batch, each in a transaction of its own, from the place `first` on; other work has its turn between
 * two. Gives how many were removed in all.
 */
export async function removeInBatches<P>(
  db: Db,
  first: P,
  removeBatch: (tx: Tx, from: P) => Promise<Batch<P>>,
  signal?: AbortSignal,
): Promise<number> {
  const turns = new Turns();
  let removed = 0;
  let place: P | undefined = first;
  while (place !== undefined && !signal?.aborted) {
    const from: P = place;
    const batch = await db.transaction().execute((tx) => removeBatch(tx, from));
    removed += batch.removed;
    place = batch.next;
    await turns.next();
  }
  return removed;
}
