import { lengthOf, whole } from './download-reply.ts';
import { ClientError } from './errors.ts';
import { saveToFile } from './to-file.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface Download {
  /** Bytes of the whole file; undefined where the host does not say. */
  size: number | undefined;
  /** The bytes, in pieces. Throws `download_broken` where they break off. */
  content: AsyncIterable<Uint8Array>;
}

export interface OpenOptions extends CallOptions {
  /** Milliseconds without a byte after which the download counts as broken. Default: 30,000. */
  idleTimeout?: number | undefined;
}

/** What is behind a link: as a host gives it, or as `exports.wait` does, with the size it has to have. */
export type Link = string | { downloadURL: string; size?: number | undefined };

export interface ToFileOptions extends OpenOptions {
  /** Where the download goes. What is there is replaced, once all of it has arrived. */
  file: string;
  /**
   * The link, or what asks for one: that is asked again, once, when the link has expired.
   * `(call) => client.exports.wait(botId, { id, ...call })` does.
   */
  from: Link | ((options: CallOptions) => Promise<Link>);
  /** Called with each piece: bytes that are there, and all there will be, where that is known. */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

export interface SavedFile {
  /** Bytes of the file. */
  size: number;
  /** Its SHA-256, hexadecimal. */
  sha256: string;
}

export interface DownloadsClient {
  /** The bytes behind the link of an export, as they come. Throws `link_expired`. */
  open(url: string, options?: OpenOptions): Promise<Download>;
  /**
   * Downloads into a file. The bytes go into `FILE.<random>.partial` beside it, which becomes the file when its size and
   * digest are those the host names; nothing is left of it otherwise. A download that breaks off is taken up where it
   * broke off, if the host can do that, and begun again otherwise.
   *
   * Throws `link_expired`, `download_broken`, `download_damaged`; what the file system refuses as Node throws it.
   *
   * @example
   * ```ts
   * const { _id } = await client.exports.start(botId, { exportType: 'published' });
   * const { size, sha256 } = await client.downloads.toFile({
   *   file: 'bot.zip',
   *   from: (call) => client.exports.wait(botId, { id: _id, ...call }),
   * });
   * ```
   */
  toFile(options: ToFileOptions): Promise<SavedFile>;
}

const usualIdleTimeout = 30_000;

/** Statuses with which hosts and stores refuse a signed link. */
const refusedLink: ReadonlySet<number | undefined> = new Set([400, 401, 403, 404, 410]);

export function downloadsClient(transport: Transport): DownloadsClient {
  async function request(
    url: string,
    headers: Record<string, string>,
    { signal }: CallOptions,
  ): Promise<Response> {
    try {
      // Digests and ranges are of the bytes as they are kept, not as they are packed for the way.
      const response = await transport.open(url, { 'accept-encoding': 'identity', ...headers }, { signal });
      if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
        await response.body?.cancel();
        throw new ClientError('unexpected_reply', 'behind the download link is a page');
      }
      return response;
    } catch (error) {
      if (!(error instanceof ClientError) || !refusedLink.has(error.status)) throw error;
      throw new ClientError('link_expired', error.detail, { status: error.status, hostType: error.hostType });
    }
  }

  return {
    async open(url, { idleTimeout = usualIdleTimeout, signal } = {}) {
      const response = await request(url, {}, { signal });
      return { size: lengthOf(response), content: whole(response, idleTimeout, signal) };
    },

    toFile: ({ idleTimeout = usualIdleTimeout, ...options }) =>
      saveToFile({ ...options, idleTimeout }, request, transport.retry),
  };
}
