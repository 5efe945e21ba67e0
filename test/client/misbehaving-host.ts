import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

/** How one request is answered. */
export type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  well: () => void,
) => void | Promise<void>;

export interface HeardRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/**
 * A host that speaks the documented API and nothing beyond: no digests, no ranges, no members of Botport, the size of an
 * archive in odd words. It behaves well but for what a test tells it.
 */
export interface MisbehavingHost {
  url: string;
  /** What is behind the links. */
  archive: Buffer;
  archiveSha256: string;
  /** Every request so far. */
  heard: HeardRequest[];
  /** Those whose path ends like this, without the query. */
  heardAt(end: string): HeardRequest[];
  /** The next requests whose path ends like this are answered so, one after the other. */
  misbehave(end: string, ...behaviours: Behaviour[]): void;
  /** The status of an export says `pending` so many times. */
  pendingTimes: number;
  /** What the status says of the size. */
  fileSize: unknown;
  /** Members beside the documented ones, in every reply. */
  more: Record<string, unknown>;
  close(): Promise<void>;
}

export async function startMisbehavingHost(): Promise<MisbehavingHost> {
  const archive = randomBytes(300_000);
  const planned: { end: string; behaviour: Behaviour }[] = [];
  let exports = 0;
  let looks = 0;
  let links = 0;

  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const [path = ''] = url.split('?');
    const body = await buffer(request).catch(() => Buffer.alloc(0));
    host.heard.push({ method, path: url, headers: request.headers, body });
    const found = planned.findIndex(({ end }) => path.endsWith(end));
    const well = () => answerWell(method, path, response);
    if (found === -1) return well();
    const [{ behaviour } = { behaviour: well }] = planned.splice(found, 1);
    await behaviour(request, response, well);
  });

  function answerWell(method: string, path: string, response: ServerResponse): void {
    const json = (value: unknown) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(Array.isArray(value) ? value : { ...Object(value), ...host.more }));
    };
    const record = { createdBy: 'u-1', exportType: 'published', requestType: 'Botexport', __v: 0 };
    if (path.startsWith('/api/getMediaStream/')) {
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': archive.length,
      });
      response.end(archive);
    } else if (/\/bot\/[^/]+\/export$/.test(path) && method === 'POST') {
      exports += 1;
      looks = 0;
      json({ ...record, _id: `ber-${exports}`, streamId: 'st-1', status: 'pending' });
    } else if (path.endsWith('/export/status')) {
      looks += 1;
      const ended = looks > host.pendingTimes;
      if (ended) links += 1;
      json({
        ...record,
        _id: `ber-${exports}`,
        botId: 'st-1',
        status: ended ? 'success' : 'pending',
        downloadURL: ended
          ? `${host.url}/api/getMediaStream/market/f-1.zip?e=1&n=${links}&s=a-signature&clientfilename=b.zip`
          : '',
        ...(ended ? { fileSize: host.fileSize } : {}),
      });
    } else if (path.endsWith('/uploadfile')) json({ fileId: '5c9e3f2a7b1d4e6f8a0b2c4d' });
    else if (path.endsWith('/import')) json({ _id: 'bir-1', streamRefId: 'x', status: 'pending' });
    else if (path.includes('/import/status/')) json({ _id: 'bir-1', status: 'success', streamId: 'st-2' });
    else if (path.endsWith('/publish')) json([{ resourceType: 'NL', status: 'SUCCESS', result: {} }]);
    else if (path.endsWith('/publish/status')) json({ _id: 'ds-1', status: 'successful' });
    else if (path.endsWith('/bots')) json({ total: 0, availableMore: false, bots: [] });
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host: MisbehavingHost = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    archive,
    archiveSha256: createHash('sha256').update(archive).digest('hex'),
    heard: [],
    heardAt: (end) => host.heard.filter(({ path }) => path.split('?')[0]?.endsWith(end)),
    misbehave: (end, ...behaviours) => {
      planned.push(...behaviours.map((behaviour) => ({ end, behaviour })));
    },
    pendingTimes: 0,
    fileSize: '293 KB',
    more: {},
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return host;
}

/** A refusal as the documentation has them. */
export const refuses =
  (status: number, headers: Record<string, string> = {}, msg = `no: ${status}`): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ errors: [{ msg, code: status }] }));
  };

export const answers =
  (text: string | Buffer, headers: Record<string, string | number> = {}, status = 200): Behaviour =>
  (_request, response) => {
    response.writeHead(status, headers).end(text);
  };

export const says = (value: unknown): Behaviour => answers(JSON.stringify(value));

/** The connection is gone before a byte of the reply. */
export const cutsOff: Behaviour = (request) => {
  request.socket.destroy();
};

/** Nothing ever comes. */
export const neverReplies: Behaviour = () => {};

/** The head comes, some bytes, and then nothing more. */
export const stalls =
  (begin: string | Buffer, headers: Record<string, string | number> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(200, headers);
    response.write(begin);
  };

/** A client drops what it has not read yet when the connection goes; so it gets a moment to read. */
function cutWhenRead(response: ServerResponse): void {
  setTimeout(() => response.destroy(), 100);
}

/** The head and some bytes come, and then the connection is gone. */
export const breaksOff =
  (begin: string | Buffer, headers: Record<string, string | number> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(200, headers);
    response.write(begin, () => cutWhenRead(response));
  };

/** It goes on and on. */
export const neverEnds =
  (piece: string, status = 200): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    const text = piece.repeat(Math.ceil(1e6 / piece.length));
    const more = () => {
      while (!response.destroyed && response.write(text));
    };
    response.on('drain', more);
    more();
  };

/** Packed, and cut off in the middle, with a length that fits. */
export const truncatedGzip = (text: string): Behaviour => {
  const packed = gzipSync(text);
  return answers(packed.subarray(0, packed.length - 12), {
    'content-encoding': 'gzip',
    'content-length': packed.length - 12,
  });
};

/** Sends the archive as hosts do that know ranges; `upTo`: and breaks off there. */
export const ranged =
  (
    archive: Buffer,
    {
      tag = '"a"',
      upTo,
      headers = {},
    }: { tag?: string; upTo?: number; headers?: Record<string, string> } = {},
  ): Behaviour =>
  (request, response) => {
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const same = request.headers['if-range'] === tag;
    const start = from !== undefined && same ? Number(from) : 0;
    const range = { 'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      etag: tag,
      'content-length': archive.length - start,
      ...(start > 0 ? range : {}),
      ...headers,
    });
    if (upTo === undefined) response.end(archive.subarray(start));
    else response.write(archive.subarray(start, upTo), () => cutWhenRead(response));
  };
