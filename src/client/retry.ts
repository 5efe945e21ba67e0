/** How a client tries again. */
export interface RetryOptions {
  /** Most attempts at one request. Default: 5. */
  attempts?: number;
  /** Milliseconds before the second attempt; each later pause is twice as long, up to 30 s. Default: 500. */
  firstPause?: number;
  /** Most seconds a `Retry-After` may ask for; beyond that the call fails as `rate_limited`. Default: 300. */
  mostRetryAfter?: number;
}

export const usualRetry = {
  attempts: 5,
  firstPause: 500,
  mostRetryAfter: 300,
} satisfies Required<RetryOptions>;

const longestPause = 30_000;

/** Milliseconds before the next attempt: full jitter over a doubling pause, so that clients do not come back at once. */
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
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
