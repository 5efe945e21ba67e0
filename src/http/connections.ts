import type { IncomingMessage } from 'node:http';
import type { App } from './app.ts';

/** How long a client may go on sending a body that has already been answered. */
const lingerTime = 10_000;
/** How long the body of a call other than an upload may take to arrive. */
const bodyTime = 30_000;

/**
 * A reply may go out before the whole body is in: a refused upload, say. Closing at once would reset the connection
 * and could lose the reply, so the rest is read and dropped for a while; then the connection is cut.
 */
export function dropUnreadBodies(app: App): void {
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    if (hasBody(raw) && !raw.readableEnded) {
      raw.unpipe();
      raw.resume();
      if (!raw.complete) cutAfter(lingerTime, raw);
    }
    done();
  });
}

/** Cuts connections that send a small body byte by byte. */
export function limitBodyTime(app: App): void {
  app.addHook('preParsing', ({ raw }, _reply, payload, done) => {
    if (hasBody(raw) && !raw.complete) cutAfter(bodyTime, raw);
    done(null, payload);
  });
}

/** RFC 9112, 6: the one or the other of these headers says that a request has a body. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

function cutAfter(milliseconds: number, raw: IncomingMessage): void {
  const cut = setTimeout(() => raw.socket.destroy(), milliseconds).unref();
  for (const settled of ['end', 'close']) raw.once(settled, () => clearTimeout(cut));
}
