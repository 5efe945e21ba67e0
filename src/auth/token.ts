import type { webcrypto } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors as jose, jwtVerify } from 'jose';
import { BotportError } from '../errors.ts';
import { type Algorithm, algorithms } from './make-token.ts';

/** A token that claims to come from an app. Nothing of it is proved before {@link verifyToken}. */
export interface UnverifiedToken {
  text: string;
  algorithm: Algorithm;
  /** The client id in the claim `appId`. */
  appId: string;
}

/** Real tokens have a few hundred bytes; a longer one is not worth decoding. */
const longest = 8192;

/** Seconds the clocks of client and server may differ when `exp` and `nbf` are judged. */
export const clockTolerance = 30;

/**
 * Takes the value of the `auth` header apart.
 *
 * Judged by the token alone, so nothing in the answer depends on which apps there are.
 *
 * @throws {@link BotportError} `invalid_token` for what is no JWT; `invalid_credentials` for a missing token and for
 * a JWT that names no app or is not signed the way apps sign.
 */
export function readToken(header: string | undefined): UnverifiedToken {
  const text = header?.trim();
  if (!text) throw new BotportError('invalid_credentials', 'the header `auth` is missing or empty');
  if (text.length > longest) throw new BotportError('invalid_token', `longer than ${longest} characters`);
  if (/^bearer\s/i.test(text)) throw new BotportError('invalid_token', 'leave out "Bearer"');
  // The compact serialization of RFC 7515, section 7.1: base64url without padding. An unsecured JWT ends in a dot.
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) throw new BotportError('invalid_token', 'not three parts');
  const { alg, appId } = decode(text);
  const algorithm = algorithms.find((known) => known === alg);
  if (!algorithm)
    throw new BotportError('invalid_credentials', 'the token is not signed with HS256 or HS512');
  if (typeof appId !== 'string')
    throw new BotportError('invalid_credentials', 'no text in the claim `appId`');
  return { text, algorithm, appId };
}

function decode(text: string): { alg: unknown; appId: unknown } {
  try {
    return { alg: decodeProtectedHeader(text).alg, appId: decodeJwt(text).appId };
  } catch (cause) {
    throw new BotportError('invalid_token', 'header or payload cannot be decoded', { cause });
  }
}

/** The moments between which a token counts, in seconds since 1970; undefined where it has no such bound. */
export interface Lifetime {
  notBefore: number | undefined;
  expires: number | undefined;
}

/** Whether a token counts at this moment, judged exactly as {@link verifyToken} does. */
export function countsNow({ notBefore, expires }: Lifetime): boolean {
  const now = Math.floor(Date.now() / 1000);
  return (
    (notBefore === undefined || notBefore <= now + clockTolerance) &&
    (expires === undefined || expires > now - clockTolerance)
  );
}

/**
 * Makes sure that the token was signed with the key and that this moment lies between `nbf` and `exp`, where it has
 * them. `iss`, `aud`, `jti` and every other claim may hold what they like (`iat` any number), as may the JOSE header, save `crit`:
 * no critical extension is known here (RFC 7515, section 4.1.11).
 *
 * WebCrypto compares the MAC in constant time (https://w3c.github.io/webcrypto/#hmac-operations-verify).
 *
 * @throws {@link BotportError} `invalid_credentials`, with a detail only where the signature is good; `invalid_token`
 * where the token is malformed whatever the key.
 */
export async function verifyToken(
  { text, algorithm }: UnverifiedToken,
  key: webcrypto.CryptoKey,
): Promise<Lifetime> {
  try {
    const { payload } = await jwtVerify(text, key, { algorithms: [algorithm], clockTolerance });
    return { notBefore: payload.nbf, expires: payload.exp };
  } catch (cause) {
    if (cause instanceof jose.JWTExpired) {
      throw new BotportError('invalid_credentials', 'the token has expired', { cause });
    }
    if (cause instanceof jose.JWTClaimValidationFailed) {
      const why =
        cause.reason === 'invalid'
          ? `the claim \`${cause.claim}\` is no number`
          : 'the token is not valid yet';
      throw new BotportError('invalid_credentials', why, { cause });
    }
    if (cause instanceof jose.JWSSignatureVerificationFailed) {
      throw new BotportError('invalid_credentials', undefined, { cause });
    }
    if (cause instanceof jose.JOSEError) throw new BotportError('invalid_token', undefined, { cause });
    throw cause;
  }
}
