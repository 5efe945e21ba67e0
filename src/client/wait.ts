import { ClientError } from './errors.ts';
import { pause } from './pause.ts';
import type { CallOptions } from './transport.ts';

/** How the end of a request is waited for. */
export interface WaitOptions<T = unknown> extends CallOptions {
  /** Called with each state the host tells of. */
  onStatus?: ((reply: T) => void) | undefined;
  /** Milliseconds after which the call fails with `timed_out`; the request goes on. Default: 30 minutes. */
  timeout?: number | undefined;
  /** Milliseconds between the first looks, and at most between later ones. Default: 50 and 5,000. */
  poll?: { first: number; most: number } | undefined;
}

/** Looks again and again, a little later each time, until the state is an ended one. */
export async function untilEnded<T>(
  look: (options: CallOptions) => Promise<T>,
  isEnded: (reply: T) => boolean,
  { onStatus, timeout = 30 * 60_000, poll = { first: 50, most: 5000 }, signal }: WaitOptions<T>,
): Promise<T> {
  const until = Date.now() + timeout;
  for (let interval = poll.first; ; interval = Math.min(interval * 2, poll.most)) {
    const reply = await look({ signal });
    onStatus?.(reply);
    if (isEnded(reply)) return reply;
    if (Date.now() + interval > until) {
      throw new ClientError('timed_out', `not ended within ${timeout / 1000} s; it may still be running`);
    }
    await pause(interval, signal);
  }
}

/** The error of a request that the host ended as failed. */
export function notSuccessful(
  what: string,
  errors: readonly { msg: string; detail?: string | undefined; type?: string | undefined }[] | undefined,
): ClientError {
  const words = (errors ?? []).map(({ msg, detail }) => [msg, detail].filter(Boolean).join(': '));
  const detail = `${what}: ${words.length === 0 ? 'no reason was given' : words.join('; ')}`;
  return new ClientError('not_successful', detail, { hostType: errors?.[0]?.type });
}
