import { uploadReply } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface FilesClient {
  /** Uploads a file and gives its id, for imports. */
  upload(fileName: string, content: Blob | Uint8Array<ArrayBuffer>, options?: CallOptions): Promise<string>;
}

export function filesClient(transport: Transport): FilesClient {
  return {
    async upload(fileName, content, options = {}) {
      const form = new FormData();
      form.set('fileContext', 'bulkImport');
      form.set('fileExtension', fileName.split('.').at(-1) ?? '');
      form.set('file', content instanceof Blob ? content : new Blob([content]), fileName);
      const request = { method: 'POST', path: '/api/public/uploadfile', body: form } as const;
      return (await transport.json(uploadReply, { ...request, repeatable: true, ...options })).fileId;
    },
  };
}
