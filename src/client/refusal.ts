import { ClientError } from './errors.ts';
import { errorReply } from './replies.ts';
import { textOf } from './reply-body.ts';
import { type Failure, readRetryAfter } from './retry.ts';
import { plain } from './words.ts';

/** Bytes of a refusal that are read; a host has no more to say than that. */
const mostBytes = 64 * 1024;

/**
 * What a reply of a bad status comes to. `secret` is what went along with the request: a host may write it into its words.
 */
export async function refusalOf(
  response: Response,
  where: string,
  { timeout, secret }: { timeout: number; secret: string | undefined },
): Promise<Failure> {
  const { status } = response;
  const { words, hostType } = await wordsOf(response, timeout);
  const retryAfter = readRetryAfter(response.headers.get('retry-after'));
  const facts = { status, hostType: hostType && plain(hostType, secret), retryAfter };
  const detail = `${where}: ${status} ${plain(words, secret)}`.trimEnd();
  const failure = (error: ClientError, again: Failure['again']) => ({ error, again, connected: true });
  if (status >= 300 && status < 400) {
    const target = targetOf(response);
    return failure(
      new ClientError('unexpected_reply', `${detail}: it redirects${target && ` to ${target}`}`, facts),
      'never',
    );
  }
  if (status === 401 || status === 403)
    return failure(new ClientError('unauthorized', detail, facts), 'never');
  if (status === 429) return failure(new ClientError('rate_limited', detail, facts), 'always');
  if (status >= 500) {
    // Who says when to come again has not begun. Behind any other failure something may have been done.
    const notBegun = status === 503 && retryAfter !== undefined;
    return failure(new ClientError('unavailable', detail, facts), notBegun ? 'always' : 'repeatable');
  }
  const type = isNotOffered(where, status, hostType) ? 'not_offered' : 'refused';
  return failure(new ClientError(type, detail, facts), 'never');
}

/** Whether the host has no such call. A Botport server, which has them all, names the type of its refusals. */
function isNotOffered(where: string, status: number, hostType: string | undefined): boolean {
  const isMissing =
    (status === 404 || status === 405) && (hostType === undefined || hostType === 'not_found');
  return isMissing && where.includes(' /api/v1/');
}

/** Where a redirect leads: the host alone, as the rest may hold what is secret. */
function targetOf(response: Response): string {
  const location = response.headers.get('location');
  return (location !== null && URL.parse(location)?.origin) || '';
}

async function wordsOf(
  response: Response,
  timeout: number,
): Promise<{ words: string; hostType: string | undefined }> {
  const text = await textOf(response, mostBytes, { within: timeout }).catch(() => '');
  try {
    const parsed = errorReply.safeParse(JSON.parse(text));
    const [error] = parsed.success ? parsed.data.errors : [];
    if (error) return { words: [error.msg, error.detail].filter(Boolean).join(': '), hostType: error.type };
  } catch {
    // Not JSON: a proxy's page, say. The status line says enough.
  }
  return { words: response.statusText, hostType: undefined };
}
