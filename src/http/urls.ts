/** Most paths are written as they are routed by: single slashes, none at the end, nothing encoded, no version. */
const plain = /^(?!\/api\/1\.1\/)(?:\/[\w.~-]+)+(?:\?|$)/;

/**
 * The path a request is routed by. Clients write the same path in several ways, all of which the platform takes:
 * doubled slashes, a slash at the end, and a version segment before `public`. The query stays as it is.
 */
export function canonicalUrl(sent: string): string {
  if (plain.test(sent)) return sent;
  // RFC 9112, 3.2.2: a server takes the absolute form too, as clients of a proxy send it.
  const url = sent.replace(/^https?:\/\/[^/?#]*\/?/i, '/');
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return canonicalPath(path) + (end === -1 ? '' : url.slice(end));
}

function canonicalPath(path: string): string {
  // No path of ours: what cannot be decoded is to end as any unknown path does, with every header set.
  if (!decodes(path)) return '/undecodable';
  const squeezed = path.replace(/\/{2,}/g, '/');
  // The page under /docs/ finds its assets by paths relative to that slash.
  const trimmed = squeezed === '/docs/' ? squeezed : squeezed.replace(/(?<=.)\/$/, '');
  return trimmed.replace(/^\/api\/1\.1\/public(?=\/|$)/, '/api/public');
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** The path of a URL without its query: what logs may show, as the query of a download link is a secret. */
export function withoutQuery(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
