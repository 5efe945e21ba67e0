import { createHash } from 'node:crypto';
import multipart from '@fastify/multipart';
import { z } from 'zod';
import type { Botport } from '../../botport.ts';
import { BotportError } from '../../errors.ts';
import type { Upload } from '../../imports/uploads.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, withToken } from '../replies.ts';
import { peekBoundary } from './boundary.ts';
import { findFile, tooLarge } from './form.ts';

/** Room for boundaries, part headers and fields when an upload is judged by its announced length. */
const overhead = 64 * 1024;

/** The form is read by the handler, piece by piece; this only describes it. */
const form = z.unknown().meta({
  type: 'object',
  required: ['file'],
  properties: {
    file: {
      type: 'string',
      format: 'binary',
      description: 'The file: definition, config, icon, script or archive.',
    },
    fileContext: { type: 'string', description: 'Taken for compatibility: `bulkImport`.' },
    fileExtension: { type: 'string', description: 'Taken for compatibility; need not fit the file.' },
  },
});

const uploaded = z
  .object({
    fileId: z.string().describe('24 hexadecimal digits, to be named in an import.'),
    hash: z.string().describe('SHA-1 of the file, hexadecimal.'),
    fileName: z.string().describe('Name the file is kept under: `f-…`.'),
  })
  .meta({
    description: 'The file is stored.',
    examples: [
      {
        fileId: '5c9e3f2a7b1d4e6f8a0b2c4d',
        hash: '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
        fileName: 'f-2f1c9a5e-6e0a-5b8e-9d53-3a0d9a3b8e77',
      },
    ],
  });

/** Has parsers of its own: to be added in a scope apart from the calls that take JSON. */
export function uploadFile(app: App, botport: Botport, gate: Gate): void {
  const { maxUpload, maxBody } = botport.config;
  app.removeAllContentTypeParsers();
  app.register(multipart);
  app.after(() => {
    app.route({
      method: 'POST',
      url: '/api/public/uploadfile',
      onRequest: [
        gate({ level: 'bot' }),
        async (request) => {
          if (Number(request.headers['content-length']) > maxUpload + overhead)
            throw tooLarge('file', maxUpload);
        },
      ],
      preParsing: async ({ raw }) => {
        const named = raw.headers['content-type'] ?? '';
        if (/^multipart\/form-data\s*;.*boundary=/i.test(named)) return;
        const boundary = await peekBoundary(raw);
        if (boundary === undefined) {
          throw new BotportError('upload_malformed', 'expected a multipart/form-data body with a boundary');
        }
        raw.headers['content-type'] = `multipart/form-data; boundary="${boundary}"`;
      },
      schema: {
        tags: ['Files'],
        operationId: 'uploadFile',
        summary: 'Upload a file',
        description:
          'A multipart form with exactly one file, which may be called anything. Any app of the account may upload.',
        consumes: ['multipart/form-data'],
        security: withToken,
        body: form,
        response: { 200: uploaded, ...guardedFailures('upload_malformed', 'body_too_large') },
      },
      handler: async (request) => {
        const { name, content } = await findFile(request, { file: maxUpload, rest: maxBody });
        return showUpload(await botport.uploads.store(callerOf(request), name, content));
      },
    });
  });
}

function showUpload(upload: Upload): z.input<typeof uploaded> {
  return { fileId: upload.id, hash: upload.sha1, fileName: storedName(upload.id) };
}

/** No file is really kept under this name: it is made of the id, so that one file always has the same. */
function storedName(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex');
  return `f-${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
