import { uploadReply } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface FilesClient {
  /**
   * Uploads a file and gives its id, for imports.
   *
   * @example
   * ```ts
   * const zipInfo = await client.files.upload('bot.zip', await openAsBlob('bot.zip'));
   * ```
   */
  upload(fileName: string, content: Blob | Uint8Array<ArrayBuffer>, options?: CallOptions): Promise<string>;
}

/** Bytes a millisecond that go out at least: the larger a file, the longer its reply may take. */
const slowest = 50;

export function filesClient(transport: Transport): FilesClient {
  return {
    async upload(fileName, content, options = {}) {
      const file = content instanceof Blob ? content : new Blob([content]);
      const form = new FormData();
      form.set('fileContext', 'bulkImport');
      form.set('fileExtension', fileName.split('.').at(-1) ?? '');
      form.set('file', file, fileName);
      const request = { method: 'POST', path: '/api/public/uploadfile', body: form } as const;
      const slack = file.size / slowest;
      return (await transport.json(uploadReply, { ...request, slack, repeatable: true, ...options })).fileId;
    },
  };
}
