import type { RequestStatus } from '../storage/schema.ts';
import type { Progress, ProgressBoard } from './progress.ts';

/** How a request stands. */
export interface Standing<R> {
  readonly record: R;
  /** Null for a request that failed, and for one that ended before its numbers were kept. */
  readonly progress: Progress | null;
}

/** Least milliseconds between two looks at the progress: more than a person can follow is of no use. */
const pace = 100;
/** Milliseconds after which the row is read again though nothing was heard: another process may have changed it. */
const lookAgain = 15_000;

export interface Following<R> {
  readonly requestId: string;
  readonly board: ProgressBoard;
  /** Reads how the request stands. What it throws ends the following. */
  read(): Promise<Standing<R>>;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/**
 * How a request stands: now, whenever there is progress, and when it has ended, which is the last. Whoever takes the
 * values slowly gets fewer of them: each is the newest at the moment it is asked for.
 */
export async function* follow<R extends { status: RequestStatus }>({
  requestId,
  board,
  read,
  signal,
}: Following<R>): AsyncGenerator<Standing<R>> {
  const bell = new Bell();
  // Listening comes before reading, so that a change between the two is not missed.
  const leave = board.subscribe(requestId, () => bell.ring());
  const onAbort = () => bell.ring();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let standing = await read();
    while (!signal.aborted) {
      yield standing;
      if (standing.record.status !== 'pending') return;
      const told = performance.now();
      const shown = standing.progress;
      do {
        await bell.rung(lookAgain);
        await settle(told + pace);
        if (signal.aborted) return;
        const running = board.of(requestId);
        standing = running ? { record: standing.record, progress: running } : await read();
      } while (standing.record.status === 'pending' && same(standing.progress, shown));
    }
  } finally {
    leave();
    signal.removeEventListener('abort', onAbort);
  }

  /** Waits until that moment, but not while the end may be there to tell of. */
  async function settle(moment: number): Promise<void> {
    for (;;) {
      const rest = moment - performance.now();
      if (rest <= 0 || signal.aborted || !board.of(requestId)) return;
      await bell.rung(rest);
    }
  }
}

function same(one: Progress | null, other: Progress | null): boolean {
  if (one === other || one === null || other === null) return one === other;
  return (['bytes', 'items'] as const).every(
    (what) => one[what].done === other[what].done && one[what].total === other[what].total,
  );
}

/** Rung any number of times, it wakes its one listener once. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves once it is rung, at once if it was since the last time, or after so many milliseconds. */
  async rung(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
