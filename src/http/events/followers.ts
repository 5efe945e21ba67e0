import { BotportError } from '../../errors.ts';

/** Streams one app may have open. */
const mostOfApp = 100;
/** Streams the server has open. */
const mostOfAll = 1_000;

/** Counts open event streams, so that nobody can have the server hold any number of connections. */
export class Followers {
  readonly #open = new Map<string, number>();
  #all = 0;

  /** Counts one more of an app; the function it returns takes it off again. Throws `too_many_streams`. */
  enter(clientId: string): () => void {
    const own = this.#open.get(clientId) ?? 0;
    if (own >= mostOfApp) throw tooMany(`the app has ${mostOfApp} open`);
    if (this.#all >= mostOfAll) throw tooMany(`the server has ${mostOfAll} open`);
    this.#open.set(clientId, own + 1);
    this.#all += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#all -= 1;
      const rest = (this.#open.get(clientId) ?? 0) - 1;
      if (rest > 0) this.#open.set(clientId, rest);
      else this.#open.delete(clientId);
    };
  }
}

function tooMany(detail: string): BotportError {
  return new BotportError('too_many_streams', detail, { retryAfter: 5 });
}
