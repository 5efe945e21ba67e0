import { ClientError } from '../client/errors.ts';

const refusals: ReadonlySet<string> = new Set(['refused', 'not_offered', 'unauthorized', 'unexpected_reply']);

/**
 * Whether a call of Botport's own API failed as it does where there is none. A Botport server names each of its refusals
 * (`errors[0].type`); whoever refuses without a name, or answers with something else, is another host.
 */
export function isOtherHost(error: unknown): boolean {
  return error instanceof ClientError && error.hostType === undefined && refusals.has(error.type);
}
