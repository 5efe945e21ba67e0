import { setTimeout as sleep } from 'node:timers/promises';
import type { JobLogger } from '../jobs/interfaces.ts';
import type { Db } from '../storage/database.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import {
  type DueDelivery,
  dueDeliveries,
  endAttempt,
  nextDue,
  type WaitingWebhook,
  waitingWebhooks,
} from './outbox.ts';
import type { Send } from './send.ts';
import { signedHeaders } from './signature.ts';

/** Attempts under way at once, of all webhooks and of one: a slow receiver leaves room for the others. */
const mostAtOnce = 64;
const mostOfOne = 4;
/** Milliseconds until the next look where something went wrong with the store. */
const pause = 5_000;
/** Most milliseconds a server that stops waits for receivers: what they have not taken by then is sent again. */
const mostGrace = 2_000;
/** Most milliseconds between two looks, as clocks may be set. */
const longestWait = 60_000;

export interface Dispatcher {
  /** Looks for what is due. Called in a transaction, it looks once that has ended. */
  wake(): void;
  /** Takes up what an earlier process left, then sends whatever becomes due. */
  start(): void;
  /**
   * Begins nothing more and lets attempts finish for a moment, `graceMs` milliseconds at most, then breaks them off.
   * What was not sent stays due, for the next start. Nothing is written after this resolves.
   */
  stop(graceMs: number): Promise<void>;
}

export interface DispatcherDeps {
  db: Db;
  secretBox: SecretBox;
  send: Send;
  logger: JobLogger;
  /** Epoch milliseconds. */
  now?: () => number;
  /** From 0 to 1: see `retryDelay`. */
  chance?: () => number;
}

export function createDispatcher({
  db,
  secretBox,
  send,
  logger,
  now = Date.now,
  chance = Math.random,
}: DispatcherDeps): Dispatcher {
  /** The webhook of each delivery under way, by number. */
  const underWay = new Map<number, string>();
  const active = new Set<Promise<unknown>>();
  const broken = new AbortController();
  let isWorking = false;
  let isLooking = false;
  let lookAgain = false;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    if (!isWorking) return;
    lookAgain = true;
    if (!isLooking) track(look());
  }

  async function look(): Promise<void> {
    isLooking = true;
    clearTimeout(timer);
    let wait = longestWait;
    try {
      while (lookAgain && isWorking) {
        lookAgain = false;
        wait = await beginDue();
      }
    } catch (error) {
      logger.error({ err: error }, 'webhook deliveries could not be read');
      wait = pause;
    }
    isLooking = false;
    if (isWorking) timer = setTimeout(wake, wait).unref();
  }

  /** Begins what is due and has a place; gives the milliseconds until something else is due. */
  async function beginDue(): Promise<number> {
    const moment = now();
    // A transaction that could write waits for its turn behind that which announced something; a read would not.
    const { lanes, next } = await db.transaction().execute(async (tx) => {
      const lanes: Lane[] = [];
      for (const webhook of await waitingWebhooks(tx, moment)) {
        const busy = busyWith(webhook.id);
        // What is under way is still due.
        const due = busy < mostOfOne ? await dueDeliveries(tx, webhook.id, moment, mostOfOne + busy) : [];
        lanes.push({ webhook, busy, due: due.filter(({ number }) => !underWay.has(number)) });
      }
      return { lanes, next: await nextDue(tx, moment) };
    });
    if (isWorking) {
      for (const [webhook, delivery] of choose(lanes, mostAtOnce - underWay.size)) {
        underWay.set(delivery.number, webhook.id);
        track(deliver(webhook, delivery));
      }
    }
    return next === null ? longestWait : Math.min(Math.max(next - moment, 0), longestWait);
  }

  function busyWith(webhookId: string): number {
    let busy = 0;
    for (const id of underWay.values()) if (id === webhookId) busy += 1;
    return busy;
  }

  async function deliver(webhook: WaitingWebhook, delivery: DueDelivery): Promise<void> {
    try {
      await attempt(webhook, delivery);
    } catch (error) {
      if (!broken.signal.aborted) {
        logger.error({ err: error, webhook: webhook.id }, 'a webhook delivery could not be attempted');
        // It is still due, and would be tried again at once.
        await sleep(pause, undefined, { signal: broken.signal, ref: false }).catch(() => undefined);
      }
    }
    underWay.delete(delivery.number);
    wake();
  }

  async function attempt(webhook: WaitingWebhook, delivery: DueDelivery): Promise<void> {
    const message = { id: delivery.message_id, body: delivery.body };
    const secret = secretBox.open(webhook.sealed_secret, webhook.id);
    const headers = signedHeaders(message, Math.floor(now() / 1000), secret);
    const outcome = await send({ url: webhook.url, headers, body: message.body }, broken.signal);
    const ending = await endAttempt(db, delivery, outcome, { now: now(), chance: chance() });
    const fields = { webhook: webhook.id, message: message.id, event: delivery.event, ...outcome };
    if (ending === 'taken') logger.info(fields, 'webhook delivery taken');
    else logger.warn(fields, `webhook delivery not taken: ${ending}`);
  }

  function track(work: Promise<void>): void {
    const entry = work.finally(() => active.delete(entry));
    active.add(entry);
  }

  return {
    wake,
    start() {
      isWorking = true;
      wake();
    },
    async stop(graceMs) {
      isWorking = false;
      clearTimeout(timer);
      const stop = () => broken.abort(new Error('the server is stopping'));
      const enough = setTimeout(stop, Math.min(graceMs, mostGrace));
      while (active.size > 0) await Promise.allSettled(active);
      clearTimeout(enough);
      broken.abort();
    },
  };
}

/** A webhook with something due, and how many attempts for it are under way. */
interface Lane {
  readonly webhook: WaitingWebhook;
  busy: number;
  readonly due: DueDelivery[];
}

/** What to begin with: for the webhook that has the fewest attempts under way, one after the other. */
function choose(lanes: Lane[], places: number): [WaitingWebhook, DueDelivery][] {
  const chosen: [WaitingWebhook, DueDelivery][] = [];
  for (let busy = 0; busy < mostOfOne; busy += 1) {
    for (const lane of lanes) {
      if (chosen.length >= places) return chosen;
      if (lane.busy !== busy) continue;
      const next = lane.due.shift();
      if (!next) continue;
      lane.busy += 1;
      chosen.push([lane.webhook, next]);
    }
  }
  return chosen;
}
