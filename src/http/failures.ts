import type { FastifyReply, FastifyRequest } from 'fastify';
import { BotportError, type ErrorName, errorReply, errors } from '../errors.ts';
import { storageError } from '../storage/busy.ts';

/** What the framework refuses by itself, in the registry's words. */
const frameworkErrors: Record<string, ErrorName> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_NOT_FOUND: 'not_found',
};

/** Answers of the server's side that are no fault of it. */
const expected: ReadonlySet<ErrorName> = new Set(['shutting_down', 'variables_missing']);

/** The one error handler: whatever was thrown becomes an entry of the registry. */
export function answerFailure(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = asRegistered(thrown);
  if (errors[error.type].status >= 500 && !expected.has(error.type)) {
    request.log.error({ err: error.cause ?? error, type: error.type }, 'request failed');
  }
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
  // Fastify closes the connection when a body is refused, and the client may lose this reply to a reset. What is
  // left of the body is read and dropped for a while instead (connections.ts).
  if (reply.hasHeader('connection')) reply.removeHeader('connection');
  reply.code(errors[error.type].status).type('application/json; charset=utf-8').send(errorReply(error));
}

function asRegistered(thrown: unknown): BotportError {
  if (thrown instanceof BotportError) return thrown;
  if (!(thrown instanceof Error)) return new BotportError('internal', undefined, { cause: thrown });
  const storage = storageError(thrown);
  if (storage !== undefined) return new BotportError(storage, undefined, { cause: thrown, retryAfter: 5 });
  const code = 'code' in thrown ? String(thrown.code) : '';
  const status = 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
  const name = frameworkErrors[code];
  if (name !== undefined) return new BotportError(name, undefined, { cause: thrown });
  if (status === 403 || status === 404) return new BotportError('not_found', undefined, { cause: thrown });
  // Broken off or of another length than announced: the client's doing, whatever it is called.
  if (status >= 400 && status < 500) {
    return new BotportError('invalid_arguments', 'the request body could not be read', { cause: thrown });
  }
  return new BotportError('internal', undefined, { cause: thrown });
}
