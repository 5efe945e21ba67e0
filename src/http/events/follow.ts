import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Standing } from '../../jobs/follow.ts';
import type { RequestStatus } from '../../storage/schema.ts';
import { callerOf } from '../gate.ts';
import { guardedFailures } from '../replies.ts';
import { eventStream, type ServerEvent } from './event-stream.ts';
import type { Followers } from './followers.ts';

/** What following a request needs of the server. */
export interface FollowSetting {
  readonly followers: Followers;
  /** Aborted when the server stops: every stream ends then, and its client comes again. */
  readonly stopping: AbortSignal;
}

/** Replies of an endpoint that follows a request. */
export const followReplies: object = {
  200: {
    description:
      'Server-sent events: `progress` now and whenever there is some, then one `success` or `failed`, then the end.',
    content: { 'text/event-stream': { schema: z.string() } },
  },
  204: z.undefined().meta({
    description:
      'The client has heard the end already (`Last-Event-ID`); a client that follows the standard stops.',
  }),
  ...guardedFailures('scope_missing', 'invalid_request_id', 'too_many_streams'),
};

/** Streams how a request stands, until it has ended, the client goes away, or the server stops. */
export async function sendStandings<R extends { status: RequestStatus }>(
  { followers, stopping }: FollowSetting,
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (signal: AbortSignal) => AsyncGenerator<Standing<R>>,
  show: (standing: Standing<R>) => unknown,
): Promise<FastifyReply> {
  const leave = followers.enter(callerOf(request).clientId);
  const gone = new AbortController();
  const end = () => gone.abort();
  stopping.addEventListener('abort', end, { once: true });
  const finish = () => {
    end();
    leave();
    stopping.removeEventListener('abort', end);
  };
  // Comes once the reply is out, and also when the client went away before.
  reply.raw.once('close', finish);
  if (stopping.aborted || reply.raw.destroyed) finish();
  try {
    const standings = follow(gone.signal);
    // Before a header is out, so that a request nobody knows is refused like anywhere else.
    const first = await standings.next();
    if (!first.done && heard(request, first.value.record.status)) {
      await standings.return(undefined);
      return reply.code(204).send();
    }
    // Some proxies collect a reply before they pass it on, unless told not to.
    reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
    const texts = eventStream(eventsOf(first, standings, show));
    // No more than one event waits for a slow reader; what follows is made when that one is taken.
    return reply.send(Readable.from(texts, { objectMode: false, highWaterMark: 1 }));
  } catch (error) {
    finish();
    throw error;
  }
}

/** A client that comes again although it heard the end need not hear it twice. */
function heard(request: FastifyRequest, status: RequestStatus): boolean {
  return status !== 'pending' && request.headers['last-event-id'] === status;
}

async function* eventsOf<R extends { status: RequestStatus }>(
  first: IteratorResult<Standing<R>>,
  others: AsyncGenerator<Standing<R>>,
  show: (standing: Standing<R>) => unknown,
): AsyncGenerator<ServerEvent> {
  let count = 0;
  for (let next = first; !next.done; next = await others.next()) {
    const { record, progress } = next.value;
    if (record.status === 'pending') {
      count += 1;
      yield { id: String(count), event: 'progress', data: progress };
    } else {
      // The end has an id of its own, by which `heard` knows it.
      yield { id: record.status, event: record.status, data: show(next.value) };
    }
  }
}
