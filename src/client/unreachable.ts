import { ClientError } from './errors.ts';
import type { Failure } from './retry.ts';

/** Codes of connections that never came about: nothing was sent. */
const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes of certificates nobody vouches for, and of connections without TLS where TLS is due: that does not pass. */
const untrusted =
  /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|UND_ERR_PRX_TLS|HOSTNAME_MISMATCH)/;

/** What a connection that failed or broke off comes to; `target` is what was to be reached. */
export function unreachable(target: string, cause: unknown): Failure {
  const code = codeOf(cause);
  const words = wordsOf(cause);
  const shown = words ?? code;
  const detail = shown === undefined ? target : `${target} (${shown})`;
  const error = new ClientError('unreachable', detail, { cause });
  if (words !== undefined || (code !== undefined && untrusted.test(code))) {
    return { error, again: 'never', connected: false };
  }
  return neverConnected.has(code ?? '')
    ? { error, again: 'always', connected: false }
    : { error, again: 'repeatable', connected: true };
}

/** `fetch` wraps what went wrong into a `TypeError` that says nothing. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  return code ?? codeOf(cause.cause);
}

/** What stands in messages only: that a proxy does not let the connection through, or `fetch` does not make it. */
function wordsOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { message } = cause;
  const [, status] = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(message) ?? [];
  if (status !== undefined) return `the proxy answers ${status}`;
  return message === 'bad port' ? message : wordsOf(cause.cause);
}
