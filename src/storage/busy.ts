import { setTimeout as sleep } from 'node:timers/promises';

/** How long a writer waits for another process (say `botport apps create`) to finish its transaction. */
const busyTimeout = 10_000;
/** How long it waits between two tries. */
const busyPause = 5;

const sqliteBusy = 5;
const sqliteFull = 13;

/** Whether SQLite gave up waiting for a lock. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === sqliteBusy;
}

/** The failure of the registry behind an error of SQLite that is nobody's fault in the program. */
export function storageError(error: unknown): 'storage_full' | 'storage_busy' | undefined {
  const code = resultCode(error);
  return code === sqliteFull ? 'storage_full' : code === sqliteBusy ? 'storage_busy' : undefined;
}

/** The primary result code in any of its extended forms (https://www.sqlite.org/rescode.html). */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}

/**
 * Does what may meet a lock of another process, and waits without holding up the event loop: while SQLite itself
 * waits for a lock, nothing else runs in this process.
 */
export function patiently<T>(action: () => T): T | Promise<T> {
  try {
    return action();
  } catch (error) {
    if (!isBusy(error)) throw error;
    return again(action);
  }
}

async function again<T>(action: () => T): Promise<T> {
  const giveUp = performance.now() + busyTimeout;
  for (;;) {
    await sleep(busyPause);
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUp) throw error;
    }
  }
}

/** Waits in place: for what happens before there is anything to hold up. */
export function insist(action: () => void): void {
  const giveUp = performance.now() + busyTimeout;
  for (;;) {
    try {
      action();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUp) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
