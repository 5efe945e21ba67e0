import { makeToken, type TokenOptions } from '../auth/make-token.ts';
import { ClientError } from './errors.ts';

export { type Algorithm, makeToken, type TokenOptions } from '../auth/make-token.ts';

/** A token, or what makes the token of the next request; see `appTokens`. */
export type TokenSource = string | (() => string | Promise<string>);

/** Seconds before its end at which a token is replaced: the clocks of client and host may differ. */
const spare = 60;

/**
 * A source of tokens of one app: each is used for as long as it counts. Id and secret never leave the process.
 *
 * @example
 * ```ts
 * const client = createClient({ host, token: appTokens({ clientId, clientSecret }) });
 * ```
 */
export function appTokens(options: TokenOptions): () => Promise<string> {
  const { lifetimeSeconds = 3600 } = options;
  let made: { token: Promise<string>; until: number } | undefined;
  return () => {
    const now = Date.now();
    if (!made || now >= made.until) {
      const life = Math.max(lifetimeSeconds - spare, lifetimeSeconds / 2);
      const token = makeToken(options);
      made = { token, until: now + life * 1000 };
      // One that did not come about is not kept.
      token.catch(() => {
        made = undefined;
      });
    }
    return made.token;
  };
}

/** The next token of a source. Throws `invalid_option` where it gives none that a header can hold. */
export async function nextToken(source: TokenSource): Promise<string> {
  let token: string;
  try {
    token = (typeof source === 'string' ? source : await source()).trim();
  } catch (cause) {
    throw new ClientError('invalid_option', 'the source of tokens gives none', { cause });
  }
  // Said without the token. `fetch` would say it with.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ClientError('invalid_option', 'the token is no text a header can hold');
  }
  return token;
}
