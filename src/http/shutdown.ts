import { setMaxListeners } from 'node:events';
import { BotportError } from '../errors.ts';
import type { App } from './app.ts';

/** How long replies may still take once the server stops; whatever is left then is cut. */
const patience = 6_000;
/** How often connections are looked through for those whose last reply is out. */
const sweep = 50;

/**
 * Stops the server in good order: new requests on open connections are refused, held replies are let go (through the
 * signal this returns), running ones may end, and their connections are closed behind them.
 */
export function stopInOrder(app: App): AbortSignal {
  const stopping = new AbortController();
  // One listener per held reply, and there may be many.
  setMaxListeners(0, stopping.signal);
  app.addHook('preClose', async () => {
    stopping.abort();
    const cut = setTimeout(() => app.server.closeAllConnections(), patience).unref();
    // Node closes idle connections once; those that become idle later would hold the server up.
    const sweeping = setInterval(() => app.server.closeIdleConnections(), sweep).unref();
    app.server.once('close', () => {
      clearTimeout(cut);
      clearInterval(sweeping);
    });
  });
  app.addHook('onRequest', (_request, _reply, done) => {
    if (stopping.signal.aborted) done(new BotportError('shutting_down', undefined, { retryAfter: 5 }));
    else done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping.signal.aborted) reply.header('connection', 'close');
    done(null, payload);
  });
  return stopping.signal;
}

/** What `work` gives; if the server stops before, what `instead` gives. */
export function unlessStopping<T>(
  stopping: AbortSignal,
  work: Promise<T>,
  instead: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => void instead().then(resolve, reject);
    stopping.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => stopping.removeEventListener('abort', stop));
    if (stopping.aborted) stop();
  });
}
