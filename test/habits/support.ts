import { execFile, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { AppCredentials } from '../../src/auth/apps.ts';
import {
  type BotSource,
  type Caller,
  importedBot,
  type Json,
  smallDefinition,
  upload,
} from '../support/server.ts';

type Address = { url: string };

/** A reply as it came over the wire. */
export interface WireReply {
  status: number;
  /** Status line and headers. */
  head: string;
  body: Buffer;
  json: Json;
}

/** Sends bytes as they are. They must ask for the connection to be closed, or the reply never ends. */
export async function sendBytes({ url }: Address, bytes: string | Uint8Array): Promise<WireReply> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  const reply = await buffer(socket);
  const border = reply.indexOf('\r\n\r\n');
  const head = reply.subarray(0, border).toString();
  const body = reply.subarray(border + 4);
  return {
    status: Number(head.split(' ')[1]),
    head,
    body,
    json: /^content-type: application\/json/im.test(head) ? JSON.parse(body.toString()) : {},
  };
}

export interface WireRequest {
  method?: string;
  path: string;
  /** Header lines, spelled and ordered as given. */
  headers?: string[];
  body?: string | Uint8Array;
  /** In chunks of a few bytes, without a length. */
  chunked?: boolean;
}

/** Sends a request whose every byte the test decides on; only Host, length and `Connection: close` are added. */
export function send(server: Address, request: WireRequest): Promise<WireReply> {
  const { method = 'GET', path, headers = [], body, chunked = false } = request;
  const bytes = Buffer.from(body ?? '');
  const length = body === undefined ? [] : [`Content-Length: ${bytes.length}`];
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(headers.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${new URL(server.url).host}`]),
    ...headers,
    ...(chunked ? ['Transfer-Encoding: chunked'] : length),
    'Connection: close',
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  return sendBytes(server, Buffer.concat([head, chunked ? inChunks(bytes) : bytes]));
}

function inChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 7) {
    const piece = bytes.subarray(at, at + 7);
    chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

/** The boundary of clients that write their forms by hand. */
export const boundary = '------------------------abcdef1234567890';

export interface Part {
  name: string;
  value: string;
  fileName?: string;
  /** Header lines after the first, such as `Content-Type: …`. */
  headers?: string[];
}

/** A multipart body written by hand. */
export function kindOf(...parts: Part[]): string {
  const written = parts.map(({ name, value, fileName, headers = [] }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    const lines = [`Content-Disposition: form-data; name="${name}"${file}`, ...headers];
    return `--${boundary}\r\n${lines.join('\r\n')}\r\n\r\n${value}\r\n`;
  });
  return `${written.join('')}--${boundary}--\r\n`;
}

/** A token put together by hand, as clients without a library do it. */
export function handMadeToken(
  app: Pick<AppCredentials, 'clientId' | 'clientSecret'>,
  claims: Json = {},
  header: Json = { alg: 'HS256', typ: 'JWT' },
): string {
  const signed = [header, { ...claims, appId: app.clientId }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const hash = header.alg === 'HS512' ? 'sha512' : 'sha256';
  return `${signed}.${createHmac(hash, app.clientSecret).update(signed).digest('base64url')}`;
}

/** A small bot of this name. */
export function newBot(server: Address, caller: Caller, name = 'A bot', more: Partial<BotSource> = {}) {
  const definition = JSON.stringify(smallDefinition({ localeData: { en: { name } } }));
  return importedBot(server, caller, { definition, ...more });
}

/** The three files of a small bot, uploaded: what an import names. */
export async function uploadedBot(server: Address, token: string) {
  return {
    botDefinition: await upload(server, token, JSON.stringify(smallDefinition()), 'botDefinition.json'),
    configInfo: await upload(server, token, '{"name":"A bot","envVariables":[]}', 'config.json'),
    icon: await upload(server, token, 'icon', 'icon.png'),
  };
}

/** A bot the project ships, and its files. */
export function sample(name: 'tiny' | 'bank-assistant', file: string): Buffer {
  return readFileSync(path.join(sampleFolder(name), file));
}

export function sampleFolder(name: 'tiny' | 'bank-assistant'): string {
  return fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
}

/** Whether a program is on this machine and works. */
export function hasTool(name: string, ...args: string[]): boolean {
  return spawnSync(name, args.length > 0 ? args : ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Runs a program to its end and gives its standard output. It must end well. */
export function run(
  program: string,
  args: string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 ** 2, ...(cwd ? { cwd } : {}) };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program}: ${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
