import { ClientError } from './errors.ts';

/** Waits so many milliseconds; throws `aborted` at once when the signal fires. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const stop = () => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

export function aborted(signal: AbortSignal | undefined): ClientError {
  return new ClientError('aborted', undefined, { cause: signal?.reason });
}
