import { type DifferenceReply, differenceReply } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

/** Differences, as the host finds them (a Botport host only). */
export interface DiffsClient {
  /**
   * What `to` has other than `from`. Each is `draft:st-…`, `draft:st-…@3`, `version:st-…`, `version:st-…@2`,
   * `export:ber-…` or `file:<fileId>`. `limit`: how many items are told one by one.
   */
  get(
    from: string,
    to: string,
    options?: CallOptions & { limit?: number | undefined },
  ): Promise<DifferenceReply>;
  /** The same as a text to read. */
  text(from: string, to: string, options?: CallOptions & { limit?: number | undefined }): Promise<string>;
}

export function diffsClient(transport: Transport): DiffsClient {
  return {
    get: (from, to, { limit, signal } = {}) =>
      transport.json(differenceReply, { path: '/api/v1/diff', query: { from, to, limit }, signal }),

    text: (from, to, { limit, signal } = {}) =>
      transport.text({ path: '/api/v1/diff', query: { from, to, limit, format: 'text' }, signal }),
  };
}
