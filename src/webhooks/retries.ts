const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Milliseconds from one failed attempt to the next: there is one attempt more than there are delays. */
const delays = [5 * second, 30 * second, 2 * minute, 10 * minute, hour, 6 * hour];

/** A webhook that took nothing for so long, in milliseconds, is disabled when another delivery is given up. */
export const mostFailing = 3 * day;

/** Deliveries are kept for so many milliseconds, whether or not they were taken. */
export const keepDeliveries = 7 * day;

/**
 * Milliseconds until the next attempt, after so many that failed; `undefined`: given up. A fifth more or less by chance
 * (0 to 1), so that what failed together is not tried again together.
 */
export function retryDelay(attempts: number, chance: number): number | undefined {
  const delay = delays[attempts - 1];
  return delay === undefined ? undefined : Math.round(delay * (0.8 + 0.4 * chance));
}
