import type { z } from 'zod';
import { ClientError } from './errors.ts';
import { aborted, unlessAborted } from './pause.ts';
import { refusalOf } from './refusal.ts';
import { Stalled, textOf } from './reply-body.ts';
import { type Outcome, type RetryOptions, tried, usualRetry } from './retry.ts';
import { nextToken, type TokenSource } from './token.ts';
import { unreachable } from './unreachable.ts';

/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call with `aborted`. */
  signal?: AbortSignal | undefined;
}

export interface TransportOptions {
  /** Base URL of the host, e.g. `http://127.0.0.1:8080`; a path in it stays in front of those of the API. */
  host: string;
  /** A token, or what makes the token of the next request; see `appTokens`. */
  token: TokenSource;
  /** Milliseconds a host may take until the head of its reply is there, and once more for the rest. Default: 60,000. */
  timeout?: number | undefined;
  retry?: RetryOptions | undefined;
  /** What sends the requests; `createConnection` makes one that knows proxies and certificates. Default: `fetch` of Node. */
  fetch?: typeof fetch | undefined;
}

export interface Request extends CallOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a form. */
  body?: unknown;
  /** Whether doing it twice does no harm. `GET` always is; others are only repeated if they surely did nothing. */
  repeatable?: boolean;
  /** Milliseconds beyond the usual until the head of the reply has to be there: for what takes long to send. */
  slack?: number;
  /** Whether the call goes without a token. */
  anonymous?: boolean;
}

/**
 * Sends requests to one host: with a token, again where that helps, and with errors as `ClientError`. Each throws
 * `refused`, `unauthorized`, `rate_limited`, `unavailable`, `unreachable`, `timed_out`, `aborted`, `unexpected_reply`.
 */
export interface Transport {
  /** The reply as JSON of this shape. */
  json<T>(schema: z.ZodType<T>, request: Request): Promise<T>;
  text(request: Request): Promise<string>;
  /** The reply of a good status, its body to be read by the caller. */
  stream(request: Request): Promise<Response>;
  /** The same of a whole URL, without a token: the link of a download. */
  open(url: string, headers: Record<string, string>, options?: CallOptions): Promise<Response>;
  readonly retry: Required<RetryOptions>;
}

/** Bytes a reply may have that is held in memory. */
const mostReply = 64 * 1024 * 1024;

export function createTransport(options: TransportOptions): Transport {
  const base = baseOf(options.host);
  const { timeout = 60_000, fetch: send = fetch } = options;
  const retry = { ...usualRetry, ...options.retry };
  if (options.token === '') throw new ClientError('invalid_option', 'the token is empty');

  interface Attempt<T> extends CallOptions {
    where: string;
    target: string;
    slack?: number;
    send(signal: AbortSignal): Promise<{ response: Response; secret?: string | undefined }>;
    read(response: Response): Promise<Outcome<T>> | Outcome<T>;
  }

  async function attempt<T>(call: Attempt<T>): Promise<Outcome<T>> {
    const { signal, where, target, slack = 0 } = call;
    if (signal?.aborted) throw aborted(signal);
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(), timeout + slack);
    const either = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal;
    try {
      const { response, secret } = await call.send(either);
      // Who reads the body has a clock of its own.
      clearTimeout(timer);
      if (!response.ok) return await refusalOf(response, where, { timeout, secret });
      return await call.read(response);
    } catch (cause) {
      if (signal?.aborted) throw aborted(signal);
      if (clock.signal.aborted || cause instanceof Stalled) {
        const seconds = (timeout + slack) / 1000;
        const error = new ClientError('timed_out', `${where}: no reply within ${seconds} s`, { cause });
        return { error, again: 'repeatable', connected: true };
      }
      if (cause instanceof ClientError) throw cause;
      return unreachable(target, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  function call<T>(request: Request, read: Attempt<T>['read']): Promise<T> {
    const { method = 'GET', path, query = {}, headers, body, signal, slack = 0, anonymous = false } = request;
    const { repeatable = method === 'GET' } = request;
    const url = `${base}${path}${queryOf(query)}`;
    const isForm = body instanceof FormData;
    const once = async (either: AbortSignal) => {
      const token = anonymous ? undefined : await unlessAborted(nextToken(options.token), either);
      const response = await send(url, {
        method,
        // The token is meant for this host only, and `fetch` would take it along to any other.
        redirect: 'manual',
        signal: either,
        headers: {
          ...(token === undefined ? {} : { auth: token }),
          ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      });
      return { response, secret: token };
    };
    const where = whereOf(request);
    const target = new URL(base).origin;
    return tried(() => attempt({ signal, where, target, slack, send: once, read }), retry, {
      signal,
      repeatable,
    });
  }

  const read = (response: Response) => textOf(response, mostReply, { within: timeout });
  const asItIs = (response: Response) => ({ value: response });

  const transport: Transport = {
    retry,

    async json(schema, request) {
      const where = whereOf(request);
      const reply = await call(request, async (response) => parsedJson(await read(response), where));
      const parsed = schema.safeParse(reply);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      const place = issue?.path.join('.') || 'the reply';
      throw new ClientError('unexpected_reply', `${where}: ${place}: ${issue?.message}`);
    },

    text: (request) => call(request, async (response) => ({ value: await read(response) })),

    stream: (request) => call(request, asItIs),

    async open(url, headers, { signal } = {}) {
      const { protocol, origin } = URL.parse(url) ?? {};
      // Said without the link, which opens the archive to whoever has it.
      if ((protocol !== 'http:' && protocol !== 'https:') || origin === undefined) {
        throw new ClientError('unexpected_reply', 'the download link is no http or https URL');
      }
      const once = async (either: AbortSignal) => ({
        response: await send(url, { headers, signal: either }),
      });
      const opening = { signal, where: 'the download', target: origin, send: once, read: asItIs };
      return tried(() => attempt(opening), retry, { signal, repeatable: true });
    },
  };
  return transport;
}

function whereOf({ method = 'GET', path }: Request): string {
  return `${method} ${path}`;
}

function baseOf(host: string): string {
  const url = URL.parse(host);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const shown = host.includes('@') ? 'it' : JSON.stringify(host);
    throw new ClientError('invalid_option', `host: ${shown} is no http or https URL`);
  }
  if (url.username || url.password || url.search || url.hash) {
    const detail = 'host: the URL may have no user, password, query and fragment';
    throw new ClientError('invalid_option', detail);
  }
  return host.trim().replace(/\/+$/, '');
}

function queryOf(query: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}

/** The error has no cause: that of `JSON.parse` quotes the reply, which may hold what is secret. */
function parsedJson(text: string, where: string): Outcome<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const what = /^\s*</.test(text) ? 'a page' : 'not JSON';
    const error = new ClientError('unexpected_reply', `${where}: the reply is ${what}`);
    // JSON without its end: it was cut off where nobody noticed, as in a packed reply.
    return { error, again: /^\s*[{[]/.test(text) ? 'repeatable' : 'never', connected: true };
  }
}
