import { ClientError } from './errors.ts';

/** Waits so many milliseconds; throws `aborted` at once when the signal fires. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return unlessAborted(over, signal).finally(() => clearTimeout(timer));
}

/** The same promise; throws `aborted` at once when the signal fires. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(aborted(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export function aborted(signal: AbortSignal | undefined): ClientError {
  return new ClientError('aborted', undefined, { cause: signal?.reason });
}
