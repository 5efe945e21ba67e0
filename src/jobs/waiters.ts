/** Those who wait for the job of a request to end. */
export interface Waiters {
  /** A promise of the job's end: true when it is announced, false after `ms` milliseconds or at `close`. */
  add(requestId: string, ms: number): Waiter;
  /** Announces that the request's job has ended. */
  ended(requestId: string): void;
  /** Resolves all with false, and those who come later. */
  close(): void;
}

export interface Waiter {
  readonly outcome: Promise<boolean>;
  /** Resolves it before its time. */
  resolve(ended: boolean): void;
}

/** The longest delay a timer can have: 2^31 - 1 milliseconds, some 25 days. */
export const longestDelay = 2 ** 31 - 1;

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<Waiter>>();
  let closed = false;
  return {
    add(requestId, ms) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => waiter.resolve(false), Math.min(ms, longestDelay));
      const waiter: Waiter = {
        outcome: promise,
        resolve(ended) {
          clearTimeout(timer);
          const others = waiting.get(requestId);
          others?.delete(waiter);
          if (others?.size === 0) waiting.delete(requestId);
          resolve(ended);
        },
      };
      const others = waiting.get(requestId);
      if (others) others.add(waiter);
      else waiting.set(requestId, new Set([waiter]));
      if (closed) waiter.resolve(false);
      return waiter;
    },
    ended(requestId) {
      for (const waiter of [...(waiting.get(requestId) ?? [])]) waiter.resolve(true);
    },
    close() {
      closed = true;
      for (const waiters of [...waiting.values()]) for (const waiter of [...waiters]) waiter.resolve(false);
    },
  };
}
