import type { FastifyReply } from 'fastify';

/** Aborted when the client has gone, or has its answer. */
export function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
