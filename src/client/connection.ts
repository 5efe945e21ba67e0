import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { ClientError } from './errors.ts';

export interface ConnectionOptions {
  /** URL of the proxy for all requests. Default: what `env` names. */
  proxy?: string | undefined;
  /** Hosts to be reached without a proxy, `localhost,.example.com`, or `*`. Default: what `env` names. */
  noProxy?: string | undefined;
  /** Certificates (PEM) of authorities to trust beside those Node trusts. */
  ca?: string | readonly string[] | undefined;
  /**
   * Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are looked up, in small letters first: `process.env`, say. Left out:
   * nowhere. Without `HTTPS_PROXY` the other one counts for both.
   */
  env?: Record<string, string | undefined> | undefined;
}

/**
 * A `fetch` that goes through proxies and trusts further certificates. Certificates are always checked. Throws
 * `invalid_option`.
 *
 * @example
 * ```ts
 * const ca = await readFile('company-ca.pem', 'utf8');
 * const client = createClient({ host, token, fetch: createConnection({ ca, env: process.env }) });
 * ```
 */
export function createConnection(options: ConnectionOptions = {}): typeof fetch {
  const { env = {} } = options;
  const look = (name: string) => env[name.toLowerCase()] ?? env[name];
  const httpProxy = proxyOf(options.proxy, 'proxy') ?? proxyOf(look('HTTP_PROXY'), 'HTTP_PROXY');
  const httpsProxy = proxyOf(options.proxy, 'proxy') ?? proxyOf(look('HTTPS_PROXY'), 'HTTPS_PROXY');
  const noProxy = options.noProxy ?? look('NO_PROXY') ?? '';
  const ca = [options.ca ?? []].flat();
  for (const pem of ca) checkCertificates(pem);

  let loaded: Promise<Loaded> | undefined;
  const load = async (): Promise<Loaded> => {
    const { EnvHttpProxyAgent, FormData: OwnFormData, fetch: send } = await import('undici');
    const tls = ca.length === 0 ? undefined : { ca: [...getCACertificates('default'), ...ca] };
    const dispatcher = new EnvHttpProxyAgent({
      // Empty where there is none: left out, undici would look into the environment of the process itself.
      httpProxy: httpProxy ?? '',
      httpsProxy: httpsProxy ?? '',
      noProxy,
      // As proxies expect it: plain requests are passed on, and only those with TLS get a tunnel.
      proxyTunnel: false,
      // The client has clocks of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(tls ? { connect: tls, requestTls: tls, proxyTls: tls } : {}),
    });
    return { dispatcher, OwnFormData, send };
  };

  return async (input, init = {}) => {
    loaded ??= load();
    const { dispatcher, OwnFormData, send } = await loaded;
    const { body } = init;
    let own: unknown = body;
    if (body instanceof FormData) {
      // undici knows forms of its own only, and would send any other as "[object FormData]".
      const form = new OwnFormData();
      for (const [name, value] of body) {
        if (typeof value === 'string') form.append(name, value);
        else form.append(name, value, value.name);
      }
      own = form;
    }
    // The same but for its classes, of which Node has a copy of its own.
    const request = { ...init, body: own, dispatcher } as Parameters<typeof send>[1];
    return (await send(input as Parameters<typeof send>[0], request)) as unknown as Response;
  };
}

interface Loaded {
  dispatcher: Dispatcher;
  OwnFormData: typeof import('undici').FormData;
  send: typeof import('undici').fetch;
}

/** Said without the URL: it may hold a password. */
function proxyOf(text: string | undefined, name: string): string | undefined {
  if (!text) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href;
  throw new ClientError('invalid_option', `${name} is no http or https URL`);
}

/** Node passes over what is no certificate, and the host would be found untrusted later. */
function checkCertificates(pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const isOne = (block: string) => {
    try {
      return new X509Certificate(block) !== undefined;
    } catch {
      return false;
    }
  };
  if (blocks.length === 0 || !blocks.every(isOne)) {
    throw new ClientError('invalid_option', 'ca: no certificate in PEM form');
  }
}
