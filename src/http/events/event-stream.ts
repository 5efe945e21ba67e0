import { setTimeout as sleep } from 'node:timers/promises';

/*
 * Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

export interface ServerEvent {
  /** What the client gives back in `Last-Event-ID` when it comes again. Without line breaks and NUL. */
  id: string;
  /** The client hears it under this name. */
  event: string;
  data: unknown;
}

/** Milliseconds of silence after which a comment is sent, so that no proxy takes the connection for dead. */
const heartbeat = 15_000;
/** Milliseconds a client is to wait before it comes again, where the connection broke. */
const retry = 2_000;

/**
 * The text of an event stream. An event is asked for only when the text before it was taken, so a slow reader holds up
 * nothing but its own stream.
 */
export async function* eventStream(
  events: AsyncIterator<ServerEvent>,
  silence = heartbeat,
): AsyncGenerator<string> {
  yield `retry: ${retry}\n\n`;
  let next = events.next();
  // Waited for below; until then a failure must not count as one nobody handles.
  next.catch(() => undefined);
  for (;;) {
    const result = await within(silence, next);
    if (result === 'silence') {
      yield ': still here\n\n';
      continue;
    }
    if (result.done) return;
    yield textOf(result.value);
    next = events.next();
    next.catch(() => undefined);
  }
}

/** JSON has no line breaks, so the data is one line. */
function textOf({ id, event, data }: ServerEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'silence'> {
  const enough = new AbortController();
  try {
    const quiet = sleep(milliseconds, 'silence' as const, { signal: enough.signal });
    quiet.catch(() => undefined);
    return await Promise.race([promise, quiet]);
  } finally {
    enough.abort();
  }
}
