import { ClientError } from '../client/errors.ts';

/** The reply to a call of Botport's own API. Where the host has no such call, `what` says so in the words of the reader. */
export async function botportOnly<T>(what: string, reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    if (!(error instanceof ClientError) || error.type !== 'not_offered') throw error;
    throw new ClientError('not_offered', what, { status: error.status, cause: error });
  }
}
