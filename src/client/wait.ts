import { ClientError } from './errors.ts';
import { pause } from './pause.ts';
import type { CallOptions } from './transport.ts';
import { plain } from './words.ts';

/** How the end of a request is waited for. */
export interface WaitOptions<T = unknown> extends CallOptions {
  /** Called with each state the host tells of. */
  onStatus?: ((reply: T) => void) | undefined;
  /** Milliseconds after which the call fails with `timed_out`; the request goes on. Default: 30 minutes. */
  timeout?: number | undefined;
  /** Milliseconds between the first looks, and at most between later ones. Default: 50 and 5,000. */
  poll?: { first: number; most: number } | undefined;
}

/** Looks in a row that may fail for a host that is not there, once it was: it may be starting anew. */
const mostFailures = 5;

/** Looks again and again, a little later each time, until the state is an ended one. */
export async function untilEnded<T>(
  look: (options: CallOptions) => Promise<T>,
  isEnded: (reply: T) => boolean,
  { onStatus, timeout = 30 * 60_000, poll = { first: 50, most: 5000 }, signal }: WaitOptions<T>,
): Promise<T> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), Math.min(timeout, longestTimer));
  const either = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal;
  let failures = mostFailures;
  try {
    for (let interval = poll.first; ; interval = Math.min(interval * 2, poll.most)) {
      const reply = await look({ signal: either }).catch((error: unknown) => {
        if (failures >= mostFailures || !isAway(error)) throw error;
        failures += 1;
        return undefined;
      });
      if (reply !== undefined) {
        failures = 0;
        onStatus?.(reply);
        if (isEnded(reply)) return reply;
      }
      await pause(interval, either);
    }
  } catch (error) {
    if (signal?.aborted || !clock.signal.aborted) throw error;
    throw new ClientError('timed_out', `not ended within ${timeout / 1000} s; it may still be running`);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds a timer of Node can hold. */
const longestTimer = 2 ** 31 - 1;

/** Whether a host that was there may come back soon. */
export function isAway(error: unknown): boolean {
  return error instanceof ClientError && (error.type === 'unreachable' || error.type === 'unavailable');
}

/** The error of a request that the host ended as failed. */
export function notSuccessful(
  what: string,
  errors: readonly { msg: string; detail?: string | undefined; type?: string | undefined }[] | undefined,
): ClientError {
  const words = (errors ?? []).map(({ msg, detail }) => plain([msg, detail].filter(Boolean).join(': ')));
  const detail = `${what}: ${words.length === 0 ? 'no reason was given' : words.join('; ')}`;
  return new ClientError('not_successful', detail, { hostType: errors?.[0]?.type });
}

/** The error of a request that ended well, without what it was for. */
export function lacking(what: string, member: string): ClientError {
  return new ClientError('unexpected_reply', `the ${what} succeeded, and has no ${member}`);
}
