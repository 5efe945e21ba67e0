import type { RequestStatus } from '../storage/schema.ts';

/** How much of something is done. */
export interface Count {
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
}

/** How far the work on a request is. What is counted is the job's to say; the numbers never go beyond their totals. */
export interface Progress {
  readonly bytes: Count;
  readonly items: Count;
}

/** Of a request nobody has begun to work on. */
export const notBegun: Progress = { bytes: { done: 0, total: null }, items: { done: 0, total: null } };

/** Of a request that is done. */
export function allOf(bytes: number, items: number): Progress {
  return { bytes: { done: bytes, total: bytes }, items: { done: items, total: items } };
}

/** What a request's row says of its end. */
export interface ProgressColumns {
  readonly status: RequestStatus;
  readonly done_bytes: number | null;
  readonly done_items: number | null;
}

/**
 * The progress of a request: that of its run while it is pending, all of it once it is done. Null for one that failed,
 * and for one that ended before its numbers were kept.
 */
export function progressOf(row: ProgressColumns, running: Progress | undefined): Progress | null {
  const { status, done_bytes: bytes, done_items: items } = row;
  if (status === 'pending') return running ?? notBegun;
  return status === 'failed' || bytes === null || items === null ? null : allOf(bytes, items);
}

/**
 * The progress of the requests this process works on, in memory only. It holds one entry for each run that has
 * reported, so never more than there are workers, and one for each subscription.
 */
export interface ProgressBoard {
  /** What the run of the request reported last; `undefined` where none is under way or it has not reported yet. */
  of(requestId: string): Progress | undefined;
  /**
   * Calls back whenever the request reports progress, is given up for now, or ends. What is new is to be read then:
   * the call itself says nothing. The function it returns ends the subscription.
   */
  subscribe(requestId: string, onChange: () => void): () => void;
}

/** The side of the board that the runner writes. */
export interface WritableProgressBoard extends ProgressBoard {
  /** Opens the entry of a run. Once it is closed, whatever its run still reports is dropped. */
  open(requestId: string): RunProgress;
  /** Tells the subscribers of a request that its job has ended. */
  ended(requestId: string): void;
}

export interface RunProgress {
  report(progress: Progress): void;
  close(): void;
}

export function createProgressBoard(): WritableProgressBoard {
  const runs = new Map<string, { progress: Progress | undefined }>();
  const subscribers = new Map<string, Set<() => void>>();
  const changed = (requestId: string) => {
    for (const onChange of [...(subscribers.get(requestId) ?? [])]) onChange();
  };
  return {
    of: (requestId) => runs.get(requestId)?.progress,
    subscribe(requestId, onChange) {
      // One function given twice is two subscriptions.
      const own = () => onChange();
      const others = subscribers.get(requestId);
      if (others) others.add(own);
      else subscribers.set(requestId, new Set([own]));
      return () => {
        const all = subscribers.get(requestId);
        all?.delete(own);
        if (all?.size === 0) subscribers.delete(requestId);
      };
    },
    open(requestId) {
      const run: { progress: Progress | undefined } = { progress: undefined };
      runs.set(requestId, run);
      // A job that was lost may be run anew while its first run is still about to notice.
      const current = () => runs.get(requestId) === run;
      return {
        report(progress) {
          if (!current()) return;
          run.progress = progress;
          changed(requestId);
        },
        close() {
          if (!current()) return;
          runs.delete(requestId);
          if (run.progress) changed(requestId);
        },
      };
    },
    ended: changed,
  };
}
