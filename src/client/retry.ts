import type { ClientError } from './errors.ts';
import { pause } from './pause.ts';

/** How a client tries again. */
export interface RetryOptions {
  /** Most attempts at one request. Default: 5. */
  attempts?: number;
  /** Most attempts where no connection comes about, so that a wrong address is told of soon. Default: 2. */
  connectAttempts?: number;
  /** Milliseconds before the second attempt; each later pause is twice as long, up to 30 s. Default: 500. */
  firstPause?: number;
  /** Most seconds a `Retry-After` may ask for; beyond that the call fails as `rate_limited`. Default: 300. */
  mostRetryAfter?: number;
  /** Milliseconds after which no further attempt begins. Default: 600,000. */
  mostTime?: number;
}

export const usualRetry = {
  attempts: 5,
  connectAttempts: 2,
  firstPause: 500,
  mostRetryAfter: 300,
  mostTime: 600_000,
} satisfies Required<RetryOptions>;

const longestPause = 30_000;

/** How an attempt failed. */
export interface Failure {
  error: ClientError;
  /**
   * Whether another attempt may fare better: `never`; `repeatable`, if doing it twice does no harm; `always`, as the host
   * surely did nothing.
   */
  again: 'never' | 'repeatable' | 'always';
  /** Whether there was a connection to the host. */
  connected: boolean;
}

export type Outcome<T> = { value: T } | Failure;

/** One request, tried until it is answered, cannot be, or may not be tried again. */
export async function tried<T>(
  attempt: () => Promise<Outcome<T>>,
  options: Required<RetryOptions>,
  { signal, repeatable }: { signal: AbortSignal | undefined; repeatable: boolean },
): Promise<T> {
  const until = Date.now() + options.mostTime;
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    if ('value' in outcome) return outcome.value;
    const { error, again, connected } = outcome;
    const most = connected ? options.attempts : Math.min(options.attempts, options.connectAttempts);
    const { retryAfter = 0 } = error;
    if (again === 'never' || (again === 'repeatable' && !repeatable)) throw error;
    if (count >= most || retryAfter > options.mostRetryAfter) throw error;
    const wait = Math.max(retryAfter * 1000, pauseBefore(count, options.firstPause));
    if (Date.now() + wait > until) throw error;
    await pause(wait, signal);
  }
}

/** Milliseconds before the next attempt: jitter over a doubling pause, so that clients do not come back at once. */
export function pauseBefore(attempt: number, firstPause: number): number {
  const most = Math.min(firstPause * 2 ** (attempt - 1), longestPause);
  return most / 2 + (Math.random() * most) / 2;
}

/**
 * Seconds a `Retry-After` asks for (RFC 9110, section 10.2.3: a number of seconds, or a date); undefined where there is
 * none that can be read.
 */
export function readRetryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  // A number with a sign or a point is none, though JavaScript would take it for a year.
  const date = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
