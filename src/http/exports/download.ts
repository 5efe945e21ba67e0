import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import parseRange from 'range-parser';
import { z } from 'zod';
import type { ByteRange } from '../../archives/stream.ts';
import type { Botport } from '../../botport.ts';
import { BotportError } from '../../errors.ts';
import type { Archive } from '../../exports/exports.ts';
import { isUtteranceFile } from '../../utterances/utterances.ts';
import type { App } from '../app.ts';
import { failures } from '../replies.ts';

/** Without a type of its own: what is sent is a stream, or nothing. */
const response: object = {
  200: {
    description: 'The archive.',
    content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
  },
  206: {
    description: 'A part of the archive (`Range`).',
    content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
  },
  304: z.undefined().meta({ description: 'The archive is the one the client has (`If-None-Match`).' }),
  ...failures('link_invalid', 'link_expired', 'range_not_satisfiable'),
};

export function downloadArchive(app: App, botport: Botport): void {
  for (const method of ['GET', 'HEAD'] as const) {
    app.route({
      method,
      url: '/api/getMediaStream/market/:fileName',
      schema: {
        hide: method === 'HEAD',
        tags: ['Export'],
        operationId: 'downloadArchive',
        summary: 'Download an archive',
        description:
          'The address is the `downloadURL` of an export status, or the `downloadUrl` of an export of utterances (CSV or JSON), taken as it is. The signature in its query stands for a ' +
          'token. `Want-Repr-Digest: sha-256=1` makes the reply tell the digest of the archive (`Repr-Digest`); from then on ' +
          'every reply tells it.',
        params: z.object({ fileName: z.string().describe('`f-….zip`, `.csv` or `.json`') }),
        querystring: z.looseObject({
          e: z.string().optional().describe('When the link expires.'),
          n: z.string().optional(),
          s: z.string().optional().describe('Signature.'),
          clientfilename: z.string().optional().describe('Name to store the archive under.'),
        }),
        response,
      },
      // Values a client changed or sent twice are the signature's to judge, not the schema's.
      attachValidation: true,
      handler: async (request, reply) => {
        const { fileName } = request.params;
        const files = isUtteranceFile(fileName) ? botport.utterances : botport.exports;
        const archive = await files.open(fileName, request.query);
        reply
          .header('etag', archive.etag)
          // The same address always gives the same bytes, but only to who holds the link.
          .header('cache-control', 'private, max-age=0, must-revalidate')
          .header('content-disposition', attachment(archive.fileName));
        if (matches(request.headers['if-none-match'], archive.etag)) return reply.code(304).send();
        reply.type(archive.mediaType ?? 'application/zip').header('accept-ranges', 'bytes');
        const digest = await digestOf(archive, request.headers);
        if (digest) reply.header('repr-digest', digest);
        const range = request.method === 'GET' ? rangeOf(request.headers, archive, reply) : undefined;
        if (range) {
          const { start, end } = range;
          reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${archive.size}`);
          return reply.header('content-length', end - start).send(archive.stream(range));
        }
        reply.header('content-length', archive.size);
        // What is sent whole is the representation itself (RFC 9530, 2).
        if (digest) reply.header('content-digest', digest);
        // Fastify destroys the stream when the client goes away.
        return request.method === 'HEAD' ? reply.send() : reply.send(archive.stream());
      },
    });
  }
}

/**
 * The one range a client asks for, so that it can take up a broken download. `If-Range` with another tag, several
 * ranges, or something that is no range: the whole archive, as RFC 9110 (13.1.5, 14.2) allows.
 *
 * @throws `range_not_satisfiable`
 */
function rangeOf(
  headers: IncomingHttpHeaders,
  { size, etag }: Archive,
  reply: FastifyReply,
): ByteRange | undefined {
  const { range: asked, 'if-range': condition } = headers;
  if (asked === undefined || (condition !== undefined && condition !== etag)) return undefined;
  const ranges = parseRange(size, asked, { combine: true });
  if (ranges === -1) {
    reply.header('content-range', `bytes */${size}`);
    throw new BotportError('range_not_satisfiable', `the archive has ${size} bytes`);
  }
  const [range] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges;
  return range && { start: range.start, end: range.end + 1 };
}

/**
 * The digest of the archive as a dictionary of RFC 8941, if it is known or the client wants it. It takes reading the
 * archive once, as much as half the time of a download, so nobody pays for it who did not ask.
 */
async function digestOf(archive: Archive, headers: IncomingHttpHeaders): Promise<string | undefined> {
  const sha256 = archive.sha256 ?? (wantsSha256(headers) ? await archive.makeSha256() : undefined);
  return sha256 && `sha-256=:${sha256.toString('base64')}:`;
}

/** RFC 9530, 4: algorithms with a preference from 1 to 10; 0 stands for one that is not wanted. */
function wantsSha256(headers: IncomingHttpHeaders): boolean {
  const wanted = [headers['want-repr-digest'], headers['want-content-digest']].flat().join(',');
  return /(?:^|,)\s*sha-256=(?:[1-9]|10)\s*(?:;[^,]*)?(?:,|$)/.test(wanted);
}

/** RFC 9110, 13.1.2: `*` or any listed tag, weak ones too. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}

/** RFC 6266: a name every client can read, and the whole name for those that know `filename*`. */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === fileName) return `attachment; filename="${plain}"`;
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
