import { createHmac, timingSafeEqual } from 'node:crypto';
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

const onPremisesPort = '8081';

/** A new name for an archive in its link. */
export function newArchiveName(): string {
  const name = `${newId('f')}.zip`;
  return name.includes(onPremisesPort) ? newArchiveName() : name;
}

/**
 * Links look like the platform's own: `/api/getMediaStream/market/f-<uuid>.zip?e=…&s=…&clientfilename=…`, with the
 * moment of expiry (epoch milliseconds) in `e` and an HMAC-SHA256 over all the rest in `s`.
 */
export function createLinkSigner(key: Buffer, lifetimeSeconds: number): LinkSigner {
  const signature = (fileName: string, expires: string, clientFileName: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([fileName, expires, clientFileName]))
      .digest('base64url');
  return {
    sign(fileName, clientFileName) {
      let expires = Date.now() + lifetimeSeconds * 1000;
      const sign = () => ({ e: String(expires), s: signature(fileName, String(expires), clientFileName) });
      let { e, s } = sign();
      // A client of on-premises systems cuts links behind the last such port and puts its own host in front.
      while (e.includes(onPremisesPort) || s.includes(onPremisesPort)) {
        expires += 1;
        ({ e, s } = sign());
      }
      return {
        path: `/api/getMediaStream/market/${fileName}`,
        query: [
          ['e', e],
          ['s', s],
          ['clientfilename', clientFileName],
        ],
      };
    },
    verify(fileName, { e, s, clientfilename }) {
      if (typeof e !== 'string' || typeof s !== 'string' || typeof clientfilename !== 'string') {
        throw new BotportError('link_invalid');
      }
      const expected = Buffer.from(signature(fileName, e, clientfilename));
      const given = Buffer.from(s);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new BotportError('link_invalid');
      }
      if (Number(e) < Date.now()) throw new BotportError('link_expired');
    },
  };
}
