import { randomUUID, type webcrypto } from 'node:crypto';
import { SignJWT } from 'jose';

/** How an app signs: HMAC with its client secret. */
export type Algorithm = 'HS256' | 'HS512';

export const algorithms: readonly Algorithm[] = ['HS256', 'HS512'];

/**
 * The key of a client secret: the bytes of its text, as the platform's clients take it, not what the base64 stands
 * for. The key is bound to the algorithm and cannot be read back.
 */
export function importSecret(clientSecret: string, algorithm: Algorithm): Promise<webcrypto.CryptoKey> {
  const hash = { HS256: 'SHA-256', HS512: 'SHA-512' }[algorithm];
  const bytes = new TextEncoder().encode(clientSecret);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['sign', 'verify']);
}

export interface TokenOptions {
  clientId: string;
  clientSecret: string;
  /** As the app was set up; HS256 unless told. */
  algorithm?: Algorithm | undefined;
  /** The claim `sub`: any text. Left out unless told. */
  subject?: string | undefined;
  /** An hour unless told. */
  lifetimeSeconds?: number | undefined;
}

/**
 * Makes a token for the header `auth`.
 *
 * @example
 * ```ts
 * const token = await makeToken({ clientId: 'cs-…', clientSecret: '…' });
 * await fetch(url, { headers: { auth: token } });
 * ```
 */
export async function makeToken(options: TokenOptions): Promise<string> {
  const { clientId, clientSecret, algorithm = 'HS256', subject, lifetimeSeconds = 3600 } = options;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...(subject === undefined ? {} : { sub: subject }), appId: clientId })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds)
    .setJti(randomUUID())
    .sign(await importSecret(clientSecret, algorithm));
}
