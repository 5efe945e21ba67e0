/**
 * Every way a call of the client can fail, once. `docs/errors.md` is made from this table, as from that of the server.
 */
export interface ClientErrorEntry {
  /** The fixed sentence of the message. */
  readonly msg: string;
  /** When it happens, for the documentation. */
  readonly when: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

export const clientErrors = {
  refused: {
    msg: 'The host refused the request',
    when: 'The host answered with a status from 400 to 499 that is none of those below.',
    remedy: 'The detail holds the host’s own words.',
  },
  unauthorized: {
    msg: 'The host does not let this app in',
    when: 'The host answered `401` or `403`: the token, its app or the scopes of the app are not enough, or the app does not cover the bot.',
    remedy: 'Check client id and secret, the scopes of the app, and the bots it covers.',
  },
  not_offered: {
    msg: 'The host does not offer this',
    when: 'The host answered `404` or `405` to a call of Botport’s own API: it speaks the documented API only.',
    remedy: 'Do without, or use a Botport server. The detail names what was asked for.',
  },
  rate_limited: {
    msg: 'The host takes no more requests for now',
    when: 'The host kept answering `429`, or asked to wait for longer than the client may.',
    remedy: 'Wait as long as the detail says, or allow the client to.',
  },
  unavailable: {
    msg: 'The host failed',
    when: 'The host kept answering with a status from 500 on.',
    remedy: 'Try again later; the detail holds the host’s own words.',
  },
  unreachable: {
    msg: 'The host cannot be reached',
    when: 'No connection came about, or it broke off before the reply was there, time and again.',
    remedy: 'Check the URL of the host, the network, the proxy and the certificates.',
  },
  timed_out: {
    msg: 'The host took too long',
    when: 'A reply, or the end of an export, import or publish, did not come within the time allowed.',
    remedy: 'Allow more time, and ask the host how the request stands: it may still be running.',
  },
  aborted: {
    msg: 'The call was aborted',
    when: 'The abort signal given with a call fired.',
    remedy: 'What the host was asked for before may still be running there.',
  },
  unexpected_reply: {
    msg: 'The host answered in an unexpected way',
    when: 'A reply is no JSON, lacks what the API promises, has more than 64 MB, or redirects elsewhere; or a page is behind a download link.',
    remedy: 'Check that the URL is that of the API, and that no proxy or login page answers in its place.',
  },
  not_successful: {
    msg: 'The request did not succeed',
    when: 'The host took an export, import or publish, and ended it as failed.',
    remedy: 'The detail holds the reasons the host gives.',
  },
  superseded: {
    msg: 'Another request came in between',
    when: 'A host tells of the newest export, or publish, of a bot only, and somebody started another one meanwhile.',
    remedy: 'Start it again. One pipeline for a bot at a time does not meet this.',
  },
  link_expired: {
    msg: 'The download link is no longer good',
    when: 'The host refused the link of an export, and a fresh one as well.',
    remedy: 'Export the bot again.',
  },
  download_broken: {
    msg: 'The download broke off',
    when: 'A download ended before its end, and could not be taken up again.',
    remedy: 'Download it again.',
  },
  download_damaged: {
    msg: 'The download is not what the host has',
    when: 'Size or digest of what arrived are not those the host names.',
    remedy: 'Download it again. If that does not help, something between host and client changes the bytes.',
  },
  invalid_option: {
    msg: 'The client was set up wrongly',
    when: 'The URL of the host is no http or https URL, no token comes about, or another option cannot be.',
    remedy: 'The detail names the option.',
  },
} as const satisfies Record<string, ClientErrorEntry>;

export type ClientErrorName = keyof typeof clientErrors;

/** What is known of a refusal beyond its words. */
export interface ClientErrorFacts {
  /** HTTP status of the reply. */
  status?: number | undefined;
  /** `errors[0].type` of the reply: a name of the host's own error registry. Only Botport gives one. */
  hostType?: string | undefined;
  /** Seconds after which the host asks to try again. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/**
 * A failed call: `type` says which of the closed set it is.
 *
 * @example
 * ```ts
 * try {
 *   await client.exports.start(botId, { exportType: 'published' });
 * } catch (error) {
 *   if (error instanceof ClientError && error.type === 'rate_limited') …
 * }
 * ```
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly type: ClientErrorName;
  readonly detail: string | undefined;
  readonly status: number | undefined;
  readonly hostType: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(type: ClientErrorName, detail?: string, facts: ClientErrorFacts = {}) {
    const { msg } = clientErrors[type];
    super(detail === undefined ? msg : `${msg}: ${detail}`, { cause: facts.cause });
    this.type = type;
    this.detail = detail;
    this.status = facts.status;
    this.hostType = facts.hostType;
    this.retryAfter = facts.retryAfter;
  }
}
