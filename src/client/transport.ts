import type { z } from 'zod';
import { ClientError } from './errors.ts';
import { aborted, pause } from './pause.ts';
import { errorReply } from './replies.ts';
import { pauseBefore, type RetryOptions, readRetryAfter, usualRetry } from './retry.ts';

/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call with `aborted`. */
  signal?: AbortSignal | undefined;
}

export interface TransportOptions {
  /** Base URL of the host, e.g. `http://127.0.0.1:8080`; a path in it stays in front of those of the API. */
  host: string;
  /** Makes the token of the next request; see `appTokens`. */
  token: () => Promise<string>;
  /** Milliseconds a host may take until the head of its reply is there. Default: 60,000. */
  timeout?: number | undefined;
  retry?: RetryOptions | undefined;
  /** What sends the requests; `connect` makes one that knows proxies and certificates. Default: `fetch` of Node. */
  fetch?: typeof fetch | undefined;
}

export interface Request extends CallOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON, unless it is a form. */
  body?: unknown;
  /** Whether doing it twice does no harm. `GET` always is; others are only repeated if they surely did nothing. */
  repeatable?: boolean;
}

/** Sends requests to one host: with a token, again where that helps, and with errors as `ClientError`. */
export interface Transport {
  /** The reply as JSON of this shape. Throws what `send` throws, and `unexpected_reply`. */
  json<T>(schema: z.ZodType<T>, request: Request): Promise<T>;
  text(request: Request): Promise<string>;
  /** The reply, of a good status. Throws `refused`, `unauthorized`, `rate_limited`, `unavailable`, `unreachable`, `timed_out`, `aborted`. */
  send(request: Request): Promise<Response>;
  /** The same of a whole URL, without a token: the link of a download. */
  open(url: string, headers: Record<string, string>, options?: CallOptions): Promise<Response>;
}

export function createTransport(options: TransportOptions): Transport {
  const base = baseOf(options.host);
  const { token, timeout = 60_000, fetch: send = fetch } = options;
  const retry = { ...usualRetry, ...options.retry };

  /** One request, tried until it is answered, cannot be, or may not be tried again. */
  async function tried(
    attemptOnce: (signal: AbortSignal) => Promise<Response>,
    where: string,
    { signal, repeatable }: { signal: AbortSignal | undefined; repeatable: boolean },
  ): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await attemptOf(attemptOnce, where, signal);
      if (failure instanceof Response) return failure;
      const { error, mayRepeat } = failure;
      if (attempt >= retry.attempts || !(repeatable || mayRepeat) || !isPassing(error)) throw error;
      if ((error.retryAfter ?? 0) > retry.mostRetryAfter) throw error;
      const asked = error.retryAfter === undefined ? undefined : error.retryAfter * 1000;
      await pause(Math.max(asked ?? 0, pauseBefore(attempt, retry.firstPause)), signal);
    }
  }

  async function attemptOf(
    attemptOnce: (signal: AbortSignal) => Promise<Response>,
    where: string,
    signal: AbortSignal | undefined,
  ): Promise<Response | Failure> {
    if (signal?.aborted) throw aborted(signal);
    // Ends with the head of the reply: its body may take as long as it needs.
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(), timeout);
    const either = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal;
    try {
      const response = await attemptOnce(either);
      if (response.ok) return response;
      return await refusalOf(response, where);
    } catch (cause) {
      if (signal?.aborted) throw aborted(signal);
      if (cause instanceof ClientError) throw cause;
      if (clock.signal.aborted) {
        const error = new ClientError('timed_out', `${where}: no reply within ${timeout / 1000} s`, {
          cause,
        });
        return { error, mayRepeat: false };
      }
      return { error: unreachable(base, cause), mayRepeat: neverSent(cause) };
    } finally {
      clearTimeout(timer);
    }
  }

  const transport: Transport = {
    send({ method = 'GET', path, query = {}, body, signal, repeatable = method === 'GET' }) {
      const url = `${base}${path}${queryOf(query)}`;
      const isForm = body instanceof FormData;
      return tried(
        async (either) =>
          send(url, {
            method,
            // The token is meant for this host only, and `fetch` would take it along to any other.
            redirect: 'manual',
            signal: either,
            headers: {
              auth: await token(),
              ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
          }),
        `${method} ${path}`,
        { signal, repeatable },
      );
    },

    async json(schema, request) {
      const response = await transport.send(request);
      const where = `${request.method ?? 'GET'} ${request.path}`;
      const reply: unknown = await bodyOf(response.json(), where, request.signal);
      const parsed = schema.safeParse(reply);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw new ClientError('unexpected_reply', `${where}: ${issue?.path.join('.')}: ${issue?.message}`);
    },

    async text(request) {
      const response = await transport.send(request);
      return bodyOf(response.text(), request.path, request.signal);
    },

    open(url, headers, { signal } = {}) {
      return tried((either) => send(url, { headers, signal: either }), 'the download', {
        signal,
        repeatable: true,
      });
    },
  };
  return transport;
}

interface Failure {
  error: ClientError;
  /** Whether the host surely did nothing. */
  mayRepeat: boolean;
}

function baseOf(host: string): string {
  const { protocol } = URL.parse(host) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new ClientError('invalid_option', `${JSON.stringify(host)} is no http or https URL`);
  }
  return host.replace(/\/+$/, '');
}

function queryOf(query: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}

async function bodyOf<T>(body: Promise<T>, where: string, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await body;
  } catch (cause) {
    if (signal?.aborted) throw aborted(signal);
    throw new ClientError('unexpected_reply', `the reply to ${where} is not JSON`, { cause });
  }
}

/** Whether the same request may fare better later. */
function isPassing({ type }: ClientError): boolean {
  return type === 'rate_limited' || type === 'unavailable' || type === 'unreachable' || type === 'timed_out';
}

async function refusalOf(response: Response, where: string): Promise<Failure> {
  const { status } = response;
  const { words, hostType } = await wordsOf(response);
  const retryAfter = readRetryAfter(response.headers.get('retry-after'));
  const facts = { status, hostType, retryAfter };
  const detail = `${where}: ${status} ${words}`;
  if (status >= 300 && status < 400) {
    return { error: new ClientError('unexpected_reply', `${detail}: it redirects`, facts), mayRepeat: false };
  }
  if (status === 401 || status === 403)
    return { error: new ClientError('unauthorized', detail, facts), mayRepeat: false };
  if (status === 429) return { error: new ClientError('rate_limited', detail, facts), mayRepeat: true };
  if (status >= 500) {
    // 503 is a refusal to begin; after any other failure something may have been done.
    return { error: new ClientError('unavailable', detail, facts), mayRepeat: status === 503 };
  }
  return { error: new ClientError('refused', detail, facts), mayRepeat: false };
}

/** The host's own words for a refusal: never more than some lines of them. */
async function wordsOf(response: Response): Promise<{ words: string; hostType: string | undefined }> {
  const text = await response.text().catch(() => '');
  try {
    const parsed = errorReply.safeParse(JSON.parse(text));
    const [error] = parsed.success ? parsed.data.errors : [];
    if (error) return { words: [error.msg, error.detail].filter(Boolean).join(': '), hostType: error.type };
  } catch {
    // Not JSON: a proxy's page, say. The status line says enough.
  }
  return { words: response.statusText, hostType: undefined };
}

function unreachable(base: string, cause: unknown): ClientError {
  const code = codeOf(cause);
  const detail = code === undefined ? new URL(base).origin : `${new URL(base).origin} (${code})`;
  return new ClientError('unreachable', detail, { cause });
}

/** `fetch` wraps what went wrong into a `TypeError` that says nothing. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  return code ?? codeOf(cause.cause);
}

const beforeSending: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether the connection failed before anything was sent. */
function neverSent(cause: unknown): boolean {
  return beforeSending.has(codeOf(cause));
}
