import type { FastifyRequest } from 'fastify';

/** A host name, an IPv4 address or a bracketed IPv6 address, perhaps with a port. */
const host = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * What links are put behind: the configured public URL, else the origin the client itself used. Some callers send a
 * `Host` that is none; they get the address their connection came in on.
 */
export function linkBase(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const named = request.headers.host ?? '';
  return `http://${host.test(named) ? named : ownAddress(request)}`;
}

function ownAddress(request: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = request.raw.socket;
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
