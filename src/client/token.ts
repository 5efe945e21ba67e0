import { makeToken, type TokenOptions } from '../auth/make-token.ts';

export { type Algorithm, makeToken, type TokenOptions } from '../auth/make-token.ts';

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
      made = { token: makeToken(options), until: now + life * 1000 };
    }
    return made.token;
  };
}
