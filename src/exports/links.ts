import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { BotportError } from '../errors.ts';
import { newId } from '../ids.ts';

/** A link to an archive: path and query, to be put behind the public base URL. */
export interface ArchiveLink {
  path: string;
  /** The query as pairs, in their order. */
  query: [string, string][];
}

/** Signs links to archives, so that a link alone opens its archive, until it expires. */
export interface LinkSigner {
  sign(fileName: string, clientFileName: string): ArchiveLink;
  /** Throws `link_invalid` or `link_expired`. */
  verify(fileName: string, query: Record<string, unknown>): void;
}

/**
 * Clients of on-premises systems cut links behind the last of these digits, the port of such systems, and put their
 * own host in front: a link has them nowhere else.
 */
const onPremisesPort = '8081';

/** A new name for an archive in its link. */
export function newArchiveName(): string {
  return newFileName('zip');
}

/** A new name for a file in its link. */
export function newFileName(extension: string): string {
  const name = `${newId('f')}.${extension}`;
  return name.includes(onPremisesPort) ? newFileName(extension) : name;
}

/** The bot's name as the name of a file that is safe on every system. */
export function clientFileName(botName: string, end: string): string {
  const safe = Array.from(botName.slice(0, 300).toWellFormed().normalize('NFC'))
    .slice(0, 80)
    .join('')
    .replace(/[^\p{L}\p{N} ._-]+/gu, '_')
    .replace(/^[ .]+|[ .]+$/g, '');
  return `${safe || 'bot'}${end}`;
}

/**
 * Links look like the platform's own: `/api/getMediaStream/market/f-<uuid>.zip?e=…&n=…&s=…&clientfilename=…`, with the
 * moment of expiry (epoch milliseconds) in `e`, an HMAC-SHA256 over all the rest in `s`, and in `n` a number that
 * makes the signature another one where needed.
 */
export function createLinkSigner(key: Buffer, lifetimeSeconds: number): LinkSigner {
  const secret = createSecretKey(key);
  const signature = (...parts: [fileName: string, e: string, n: string, clientFileName: string]) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
  return {
    sign(fileName, clientFileName) {
      const e = withoutPort(String(Date.now() + lifetimeSeconds * 1000));
      let n = 1;
      let s = signature(fileName, e, String(n), clientFileName);
      while (s.includes(onPremisesPort)) {
        n += 1;
        s = signature(fileName, e, String(n), clientFileName);
      }
      return {
        path: `/api/getMediaStream/market/${fileName}`,
        query: [
          ['e', e],
          ['n', String(n)],
          ['s', s],
          ['clientfilename', clientFileName],
        ],
      };
    },
    verify(fileName, { e, n, s, clientfilename }) {
      const parts = [e, n, s, clientfilename];
      if (!parts.every((part) => typeof part === 'string')) throw new BotportError('link_invalid');
      const [expires = '', number = '', given = '', clientFileName = ''] = parts;
      const expected = Buffer.from(signature(fileName, expires, number, clientFileName));
      const actual = Buffer.from(given);
      if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
        throw new BotportError('link_invalid');
      }
      if (Number(expires) < Date.now()) throw new BotportError('link_expired');
    },
  };
}

/** The next number that does not hold the port's digits. */
function withoutPort(number: string): string {
  const at = number.indexOf(onPremisesPort);
  if (at === -1) return number;
  const after = at + onPremisesPort.length;
  return withoutPort(`${number.slice(0, after - 1)}2${'0'.repeat(number.length - after)}`);
}
