import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import http, { type RequestOptions } from 'node:http';
import https from 'node:https';
import { hostOf, isPublic } from './addresses.ts';

/** Milliseconds a receiver has to answer, from the look-up of its name on. */
const patience = 10_000;

export interface SendOptions {
  /** Whether addresses may be reached that are not public. */
  readonly allowPrivate: boolean;
  readonly patience?: number;
  /** All addresses of a name; an address is its own. */
  readonly resolve?: (host: string) => Promise<LookupAddress[]>;
}

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What an attempt came to: an HTTP status, or in few words why there is none. */
export type Outcome = { readonly status: number } | { readonly error: string };

/** Sends a message once. Nothing of the answer but its status is looked at. Throws only where `signal` aborts it. */
export type Send = (post: Post, signal: AbortSignal) => Promise<Outcome>;

export function createSend({
  allowPrivate,
  patience: most = patience,
  resolve = (host) => lookup(host, { all: true }),
}: SendOptions): Send {
  const asked = new Map<string, Promise<LookupAddress[]>>();

  /** Looks a name up once at a time: few look-ups run at once, and a slow name must not take the places of others. */
  function find(host: string): Promise<LookupAddress[]> {
    const underWay = asked.get(host);
    if (underWay) return underWay;
    const found = resolve(host).finally(() => asked.delete(host));
    asked.set(host, found);
    return found;
  }

  return async (post, signal) => {
    const late = AbortSignal.timeout(most);
    const ending = AbortSignal.any([signal, late]);
    try {
      const url = new URL(post.url);
      const found = await unlessAborted(find(hostOf(url)), ending);
      // Connected to are these addresses and no others: a name that is looked up again could lead elsewhere.
      const addresses = found.filter(({ address }) => allowPrivate || isPublic(address));
      if (addresses.length === 0) return { error: 'address not allowed' };
      return { status: await request(url, post, addresses, ending) };
    } catch (error) {
      signal.throwIfAborted();
      return { error: late.aborted ? 'no answer in time' : codeOf(error) };
    }
  };
}

function request(
  url: URL,
  { headers, body }: Post,
  addresses: LookupAddress[],
  signal: AbortSignal,
): Promise<number> {
  const options: RequestOptions = {
    method: 'POST',
    // No connection is kept, and no proxy of the environment is used, which would look the name up itself.
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Botport',
      ...headers,
    },
    signal,
    lookup: (_host, { all }, done) => {
      const [first] = addresses;
      if (all) done(null, addresses);
      else done(null, first?.address ?? '', first?.family);
    },
  };
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? https : http).request(url, options);
    sent.on('error', reject);
    sent.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => undefined);
      // However long the rest is, nobody waits for it.
      response.destroy();
    });
    sent.end(body);
  });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  });
}

/** The code of an error, such as `ECONNREFUSED`. Its message may hold what the receiver has put there. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'not sent';
}
