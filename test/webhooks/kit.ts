import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type NewApp, openApps } from '../../src/auth/apps.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import { scopesOf } from '../../src/auth/scopes.ts';
import { openBots } from '../../src/bots/bots.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { openSecretBox, type SecretBox } from '../../src/storage/secret-box.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { createDispatcher, type Dispatcher } from '../../src/webhooks/dispatcher.ts';
import { dueAtOnce } from '../../src/webhooks/outbox.ts';
import { createSend, type Send } from '../../src/webhooks/send.ts';
import { type DeliveryRecord, openWebhooks, type Webhooks } from '../../src/webhooks/webhooks.ts';
import { recordingLogger } from '../jobs/support.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

/** Webhooks on a database of their own, whose dispatcher has a clock that is set by hand. */
export interface Kit {
  db: Db;
  secretBox: SecretBox;
  caller: Caller;
  webhooks: Webhooks;
  dispatcher: Dispatcher;
  clock: { now: number };
  log: ReturnType<typeof recordingLogger>;
  /** An admin app that may do everything, changed as told. */
  app(changes?: Partial<NewApp>): Promise<Caller>;
  revoke(caller: Caller): Promise<void>;
  /** A receiver, and a webhook of the caller's that leads to it. */
  hook(url?: string): Promise<{ id: string; secret: string; receiver: Receiver }>;
  /** Writes deliveries for a webhook as if so many requests had ended, and has them sent. */
  announce(webhookId: string, count?: number): Promise<void>;
  deliveries(webhookId: string): Promise<DeliveryRecord[]>;
  /** Sets the clock forward, and has what is due then sent. */
  forward(milliseconds: number): void;
  /** Another dispatcher in the place of the one there was, as after a restart. */
  restart(graceMs: number): Promise<void>;
}

export async function openKit(send: Send = createSend({ allowPrivate: true })): Promise<Kit> {
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-webhooks-'));
  const db = await openDatabase(folder);
  const secretBox = openSecretBox(folder);
  const apps = openApps(db, secretBox);
  const clock = { now: Date.now() };
  const log = recordingLogger();
  const newDispatcher = () =>
    createDispatcher({ db, secretBox, send, logger: log, now: () => clock.now, chance: () => 0.5 });
  const app = async (changes: Partial<NewApp> = {}) => {
    const made = await apps.create({
      name: 'test',
      kind: 'admin',
      algorithm: 'HS256',
      scopes: scopesOf(changes.kind ?? 'admin'),
      bots: [],
      ...changes,
    });
    return apps.authenticate(await makeToken(made));
  };
  const receivers: Receiver[] = [];
  const segments = segmentsInDatabase(db);
  const kit: Kit = {
    db,
    secretBox,
    caller: await app(),
    webhooks: openWebhooks({
      db,
      bots: openBots(db, openSnapshots(db, segments), segments),
      secretBox,
      allowPrivate: true,
      wake: () => kit.dispatcher.wake(),
    }),
    dispatcher: newDispatcher(),
    clock,
    log,
    app,
    revoke: ({ clientId }) => apps.revoke(clientId),
    async hook(url) {
      const receiver = await startReceiver();
      receivers.push(receiver);
      const { record, secret } = await kit.webhooks.create(kit.caller, {
        url: url ?? receiver.url,
        events: ['export.succeeded'],
      });
      return { id: record.id, secret, receiver };
    },
    async announce(webhookId, count = 1) {
      for (let number = 0; number < count; number += 1) {
        await db
          .insertInto('webhook_deliveries')
          .values({
            webhook_id: webhookId,
            message_id: `msg-${webhookId}-${number}`,
            event: 'export.succeeded',
            body: JSON.stringify({ type: 'export.succeeded', number }),
            status: 'pending',
            attempts: 0,
            due_at: dueAtOnce,
            created_at: clock.now,
          })
          .execute();
      }
      kit.dispatcher.wake();
    },
    deliveries: (webhookId) => kit.webhooks.deliveries(kit.caller, webhookId, { limit: 1000 }),
    forward(milliseconds) {
      clock.now += milliseconds;
      kit.dispatcher.wake();
    },
    async restart(graceMs) {
      await kit.dispatcher.stop(graceMs);
      kit.dispatcher = newDispatcher();
      kit.dispatcher.start();
    },
  };
  kit.dispatcher.start();
  onTestFinished(async () => {
    await kit.dispatcher.stop(0);
    for (const receiver of receivers) await receiver.close();
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  return kit;
}
