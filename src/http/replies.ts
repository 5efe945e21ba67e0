import { z } from 'zod';
import { BotportError, type ErrorName, errorReply, errors } from '../errors.ts';
import type { RequestFailure } from '../failure.ts';

/** One failure, as every refusal and every failed request shows it. */
const failure = z.object({
  msg: z.string().describe('Fixed sentence, the platform’s own where it has one.'),
  code: z.int().describe('The platform’s own number where it has one, else the HTTP status.'),
  type: z.string().describe('Name of the failure; see the error reference.'),
  detail: z.string().optional().describe('What was wrong in the case at hand.'),
});

export const failureList = z.array(failure);

/** The `errors` of a request that was taken and failed later: worded as a refusal would have been. */
export function showFailure(stored: RequestFailure | null) {
  const { type, detail } = stored ?? { type: 'internal' as const };
  return errorReply(new BotportError(type, detail));
}

/** What every endpoint may answer with. */
const always: ErrorName[] = ['method_not_allowed', 'internal', 'shutting_down'];
/** What every endpoint behind a token may answer with. */
const guarded: ErrorName[] = [
  'invalid_credentials',
  'invalid_token',
  'rate_limited_minute',
  'rate_limited_hour',
];

/** Response schemas, by status, of the failures an open endpoint may answer with. */
export function failures(...types: ErrorName[]): object {
  const byStatus = Object.groupBy([...new Set([...types, ...always])], (type) => errors[type].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [status, envelope(group)]),
  );
}

/** As {@link failures}, for an endpoint behind a token. */
export function guardedFailures(...types: ErrorName[]): object {
  return failures(...types, ...guarded);
}

function envelope(types: ErrorName[]) {
  return z.object({ errors: failureList }).meta({
    description: types.map((type) => `\`${type}\`: ${errors[type].when}`).join('\n\n'),
    examples: types.map((type) => errorReply(new BotportError(type))),
  });
}

/** A time as replies show it. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

export const isoTime = z.string().describe('ISO 8601 with milliseconds, UTC.');
export const version = z.literal(0).describe('Always 0.');

export const botParams = z.object({
  botId: z.string().describe('Bot id, also called stream id: `st-…`.'),
});

/** Security requirement of the endpoints behind a token. */
export const withToken = [{ token: [] }];
