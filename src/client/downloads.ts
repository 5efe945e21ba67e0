import { ClientError } from './errors.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface Download {
  /** Bytes of the whole file; undefined where the host does not say. */
  size: number | undefined;
  /** The bytes, in pieces. Throws `download_broken` where they break off. */
  content: AsyncIterable<Uint8Array>;
}

export interface DownloadsClient {
  /** The bytes behind the link of an export. Throws `link_expired`. */
  open(url: string, options?: CallOptions): Promise<Download>;
}

export function downloadsClient(transport: Transport): DownloadsClient {
  return {
    async open(url, options = {}) {
      const response = await transport.open(url, {}, options);
      if (!response.body) throw new ClientError('download_broken', 'the reply has no content');
      const length = response.headers.get('content-length');
      return { size: length === null ? undefined : Number(length), content: whole(response.body) };
    },
  };
}

/** The pieces of a body; throws `download_broken` where it breaks off. */
async function* whole(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of body) {
      bytes += piece.length;
      yield piece;
    }
  } catch (cause) {
    throw new ClientError('download_broken', `after ${bytes} bytes`, { cause });
  }
}
