import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BotportError } from '../../src/errors.ts';
import { exportJob } from '../../src/exports/export-job.ts';
import { MadeArchives } from '../../src/exports/made-archives.ts';
import { publishJob } from '../../src/publishing/publish-job.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { createAnnounce } from '../../src/webhooks/announce.ts';
import { eventNames } from '../../src/webhooks/events.ts';
import { type Receiver, signatureOf, startReceiver } from '../support/receiver.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
let db: Db;
beforeAll(async () => {
  server = await startServer({ webhookPrivate: true });
  admin = await callerOf(server, await server.createApp());
  db = await openDatabase(server.dataFolder);
});
afterAll(async () => {
  await db.destroy();
  await server.close();
});

const receivers: Receiver[] = [];
/** What each test leaves would be told of what the next one does. */
afterEach(async () => {
  await db.deleteFrom('webhooks').execute();
  for (const receiver of receivers.splice(0)) await receiver.close();
});

const source = { definition: JSON.stringify(smallDefinition()) };
const brokenSource = { definition: '{"no":"bot"}' };
const unknownBot = 'st-00000000-0000-5000-8000-0000000000aa';

async function newReceiver(): Promise<Receiver> {
  const receiver = await startReceiver();
  receivers.push(receiver);
  return receiver;
}

interface Hook {
  id: string;
  secret: string;
  receiver: Receiver;
}

async function listen(caller: Caller, more: Json = {}): Promise<Hook> {
  const receiver = await newReceiver();
  const { status, body } = await caller.post('/api/v1/webhooks', {
    url: receiver.url,
    events: eventNames,
    ...more,
  });
  expect([status, body]).toMatchObject([200, { id: expect.stringMatching(/^wh-/) }]);
  return { id: body.id as string, secret: body.secret as string, receiver };
}

/** What it is told: it is written down before anybody can see the end of the request. */
async function told({ id }: Hook): Promise<[type: string, botId: unknown][]> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .select('body')
    .where('webhook_id', '=', id)
    .orderBy('number')
    .execute();
  return rows.map(({ body }) => {
    const { type, data } = JSON.parse(body);
    return [type, data.botId];
  });
}

async function deliveriesOf(caller: Caller, id: string, query = ''): Promise<Json[]> {
  const { body } = await caller.get(`/api/v1/webhooks/${id}/deliveries${query}`);
  return body.deliveries as Json[];
}

const newestOf = async (id: string) => (await deliveriesOf(admin, id))[0];

describe('a webhook is told', () => {
  test('of an import, a publish and an export that succeed, with who, what and when, and no secrets', async () => {
    const hook = await listen(admin);
    const imported = await importBot(server, admin, source);
    const botId = imported.streamId as string;
    await publishBot(admin, botId);
    const { body: published } = await admin.get(`/api/public/bot/${botId}/publish/status`);
    const { status: exported } = await exportBot(admin, botId, { exportType: 'published' });
    const messages = await hook.receiver.first(3);
    const by = (type: string) => messages.find(({ json }) => json.type === type);
    const common = {
      botId,
      status: 'success',
      failure: null,
      createdBy: imported.createdBy,
      finishedOn: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect(by('import.succeeded')?.json.data).toEqual({
      ...common,
      id: imported._id,
      createdOn: imported.createdOn,
    });
    expect(by('publish.succeeded')?.json.data).toEqual({
      ...common,
      id: published._id,
      createdOn: published.requestedTime,
      version: 1,
    });
    expect(by('export.succeeded')?.json.data).toEqual({
      ...common,
      id: exported._id,
      createdOn: exported.createdOn,
      exportType: 'published',
    });
    for (const message of messages) {
      const { json, body, headers, method } = message;
      expect(json.timestamp).toBe(json.data.finishedOn);
      expect(body).not.toMatch(/getMediaStream|https?:|secret|A bot/);
      expect([method, headers['content-type']]).toEqual(['POST', 'application/json']);
      expect(headers['webhook-id']).toMatch(/^msg-[0-9a-f-]{36}$/);
      expect(Math.abs(Number(headers['webhook-timestamp']) * 1000 - Date.now())).toBeLessThan(60_000);
      expect(headers['webhook-signature']).toBe(signatureOf(message, hook.secret));
    }
  });

  test('of an export that was made before, and of one of an earlier state', async () => {
    const botId = await importedBot(server, admin, source);
    await exportBot(admin, botId);
    const hook = await listen(admin, { events: ['export.succeeded'] });
    const { status } = await exportBot(admin, botId);
    const { body } = await admin.post(`/api/v1/bots/${botId}/exports`, { exportType: 'latest', number: 1 });
    const ids = (await hook.receiver.first(2)).map(({ json }) => json.data.id);
    expect(ids.sort()).toEqual([status._id, body._id].sort());
  });

  test('of an import that fails, and why, without the detail', async () => {
    const hook = await listen(admin, { events: ['import.failed'] });
    const status = await importBot(server, admin, brokenSource);
    const [message] = await hook.receiver.first(1);
    expect(message?.json).toMatchObject({
      type: 'import.failed',
      data: { id: status._id, botId: null, status: 'failed', failure: 'definition_incomplete' },
    });
    const [{ detail } = { detail: '' }] = status.errors as { detail: string }[];
    expect(detail).not.toBe('');
    expect(message?.body).not.toContain(detail);
  });

  test('of which bot it was that an import did not replace', async () => {
    const botId = await importedBot(server, admin, source);
    const hook = await listen(admin, { bots: [botId] });
    await replaceDraft(server, admin, botId, brokenSource);
    await replaceDraft(server, admin, botId, source);
    expect(await told(hook)).toEqual([
      ['import.failed', botId],
      ['import.succeeded', botId],
    ]);
  });

  test('of an export and a publish that fail', async () => {
    const botId = await importedBot(server, admin, source);
    const hook = await listen(admin, { events: ['export.failed', 'publish.failed'] });
    await exportBot(admin, botId);
    await publishBot(admin, botId);
    // As where the server was stopped again and again in the middle of them.
    const segments = segmentsInDatabase(db);
    const announce = createAnnounce(() => undefined);
    const kinds = {
      export: exportJob(
        db,
        { snapshots: openSnapshots(db, segments), segments },
        new MadeArchives(),
        announce,
      ),
      publish: publishJob(db, openSnapshots(db, segments), announce),
    };
    const bots = db.selectFrom('bots').where('id', '=', botId);
    const { newest_export, newest_publish } = await bots
      .select(['newest_export', 'newest_publish'])
      .executeTakeFirstOrThrow();
    await db.transaction().execute(async (tx) => {
      await kinds.export.fail(tx, newest_export ?? '', new BotportError('export_interrupted'));
      await kinds.publish.fail(tx, newest_publish ?? '', new BotportError('publish_interrupted'));
    });
    await admin.post(`/api/v1/webhooks/${hook.id}/test`);
    const messages = await hook.receiver.first(3);
    const told = messages.map(({ json }) => [json.type, json.data.id, json.data.failure]).sort();
    expect(told).toEqual([
      ['export.failed', newest_export, 'export_interrupted'],
      ['ping', undefined, undefined],
      ['publish.failed', newest_publish, 'publish_interrupted'],
    ]);
  });

  test('once of each, however many end at once', async () => {
    const botId = await importedBot(server, admin, source);
    const hook = await listen(admin, { events: ['export.succeeded'] });
    const started = await Promise.all(
      Array.from({ length: 50 }, () =>
        admin.post(`/api/public/bot/${botId}/export`, { exportType: 'latest' }),
      ),
    );
    const messages = await hook.receiver.first(50);
    const ids = messages.map(({ json }) => json.data.id as string);
    expect(ids.sort()).toEqual(started.map(({ body }) => body._id as string).sort());
    expect(new Set(messages.map(({ headers }) => headers['webhook-id'])).size).toBe(50);
  });

  test('under the same id as others are', async () => {
    const hooks = [await listen(admin), await listen(admin)];
    await importedBot(server, admin, source);
    const messages = await Promise.all(hooks.map(async ({ receiver }) => (await receiver.first(1))[0]));
    expect(messages[0]?.headers['webhook-id']).toBe(messages[1]?.headers['webhook-id']);
    expect(messages[0]?.headers['webhook-signature']).not.toBe(messages[1]?.headers['webhook-signature']);
  });
});

describe('nobody is told', () => {
  test('of what they do not listen to', async () => {
    const [all, exports] = [await listen(admin), await listen(admin, { events: ['export.succeeded'] })];
    const botId = await importedBot(server, admin, source);
    await exportBot(admin, botId);
    expect(await told(all)).toHaveLength(2);
    expect(await told(exports)).toEqual([['export.succeeded', botId]]);
  });

  test('of bots the webhook was not made for', async () => {
    const [one, other] = [await importedBot(server, admin, source), await importedBot(server, admin, source)];
    const [all, limited] = [await listen(admin), await listen(admin, { bots: [one] })];
    await importBot(server, admin, brokenSource);
    await exportBot(admin, other);
    await exportBot(admin, one);
    expect(await told(all)).toHaveLength(3);
    expect(await told(limited)).toEqual([['export.succeeded', one]]);
  });

  test('of bots their app does not cover, nor of imports of others that made none', async () => {
    const [one, other] = [await importedBot(server, admin, source), await importedBot(server, admin, source)];
    const limited = await callerOf(server, await server.createApp({ bots: [one] }));
    const [all, hook] = [await listen(admin), await listen(limited)];
    await exportBot(admin, other);
    await publishBot(admin, other);
    await importBot(server, admin, source);
    await importBot(server, admin, brokenSource);
    expect(await told(all)).toHaveLength(4);
    await exportBot(admin, one);
    expect(await told(hook)).toEqual([['export.succeeded', one]]);
    // What it imports itself it covers from then on, and what it fails to import is its own as well.
    const own = await importedBot(server, limited, source);
    await importBot(server, limited, brokenSource);
    expect((await told(hook)).slice(1)).toEqual([
      ['import.succeeded', own],
      ['import.failed', null],
    ]);
    expect(await deliveriesOf(limited, hook.id)).toHaveLength(3);
  });

  test('of another account', async () => {
    const app = await server.createApp();
    const { id: account } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    const move = (account_id: string) =>
      db.updateTable('apps').set({ account_id }).where('client_id', '=', app.clientId).execute();
    await db.insertInto('accounts').values({ id: 'another', created_at: 0 }).execute();
    await move('another');
    try {
      const stranger = await callerOf(server, app);
      const [foreign, own] = [await listen(stranger), await listen(admin)];
      await importedBot(server, admin, source);
      expect(await told(own)).toHaveLength(1);
      expect(await told(foreign)).toEqual([]);
    } finally {
      await move(account);
      await db.deleteFrom('accounts').where('id', '=', 'another').execute();
    }
  });

  test('once their app is revoked', async () => {
    const app = await server.createApp();
    const [hook, other] = [await listen(await callerOf(server, app)), await listen(admin)];
    await db.updateTable('apps').set({ revoked_at: 1 }).where('client_id', '=', app.clientId).execute();
    await importedBot(server, admin, source);
    expect(await told(other)).toHaveLength(1);
    expect(await told(hook)).toEqual([]);
  });

  test('of a request whose end was not written', async () => {
    const botId = await importedBot(server, admin, source);
    const hook = await listen(admin);
    const { status } = await exportBot(admin, botId);
    await hook.receiver.first(1);
    const announce = createAnnounce(() => undefined);
    const undone = db.transaction().execute(async (tx) => {
      await announce(tx, 'export.succeeded', status._id as string);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await deliveriesOf(admin, hook.id)).toHaveLength(1);
  });
});

test('an event nobody listens to is looked for once, and nothing is written', async () => {
  const botId = await importedBot(server, admin, source);
  await listen(admin, { events: ['import.failed'] });
  const { status } = await exportBot(admin, botId);
  let queries = 0;
  await db.transaction().execute(async (tx) => {
    const counting = new Proxy(tx, {
      get(target, name) {
        if (name === 'executeQuery') queries += 1;
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await createAnnounce(() => undefined)(counting, 'export.succeeded', status._id as string);
  });
  expect(queries).toBe(1);
});

describe('making a webhook', () => {
  test('shows the secret once, and keeps it sealed', async () => {
    const { id, secret } = await listen(admin, { events: ['export.failed', 'export.succeeded'] });
    expect(secret).toMatch(/^whsec_/);
    const one = await admin.get(`/api/v1/webhooks/${id}`);
    expect(one.body).toEqual({
      id,
      url: receivers[0]?.url,
      events: ['export.failed', 'export.succeeded'],
      bots: null,
      createdOn: expect.any(String),
      failingSince: null,
      disabledOn: null,
    });
    expect((await admin.get('/api/v1/webhooks')).body).toEqual({ webhooks: [one.body] });
    const { sealed_secret } = await db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow();
    expect(sealed_secret).not.toContain(secret.slice(6));
    expect(Buffer.from(sealed_secret, 'base64').toString('latin1')).not.toContain(secret.slice(6));
  });

  const url = 'https://example.com/hook';
  const events = ['export.succeeded'];
  test.each<[string, unknown]>([
    ['no body', undefined],
    ['a list', []],
    ['no url', { events }],
    ['no events', { url }],
    ['an empty list of events', { url, events: [] }],
    ['an unknown event', { url, events: ['export.started'] }],
    ['a ping', { url, events: ['ping'] }],
    ['a url that is none', { url: 'example.com', events }],
    ['another protocol', { url: 'ftp://example.com/', events }],
    ['a file', { url: 'file:///etc/passwd', events }],
    ['a user', { url: 'https://user@example.com/', events }],
    ['a password', { url: 'https://:secret@example.com/', events }],
    ['a fragment', { url: 'https://example.com/#a', events }],
    ['a long url', { url: `https://example.com/${'a'.repeat(2048)}`, events }],
    ['an empty list of bots', { url, events, bots: [] }],
    ['too many bots', { url, events, bots: Array.from({ length: 101 }, (_, n) => `st-${n}`) }],
    ['bots that are no text', { url, events, bots: [1] }],
  ])('is refused with %s', async (_what, body) => {
    const reply = await admin.post('/api/v1/webhooks', body);
    expect(reply).toMatchObject({ status: 412, body: { errors: [{ type: 'invalid_arguments' }] } });
    expect((await admin.get('/api/v1/webhooks')).body).toEqual({ webhooks: [] });
  });

  test('takes events and bots that are named twice for one', async () => {
    const botId = await importedBot(server, admin, source);
    const { id } = await listen(admin, { events: [...events, ...events], bots: [botId, botId] });
    expect((await admin.get(`/api/v1/webhooks/${id}`)).body).toMatchObject({ events, bots: [botId] });
  });

  test('is refused for bots the app does not cover or that are not there', async () => {
    const [one, other] = [await importedBot(server, admin, source), await importedBot(server, admin, source)];
    const limited = await callerOf(server, await server.createApp({ bots: [one, unknownBot] }));
    for (const bot of [other, unknownBot, 'nonsense']) {
      const reply = await limited.post('/api/v1/webhooks', { url, events, bots: [one, bot] });
      expect(reply).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_stream_id' }] } });
    }
  });

  test('needs the scope of each event', async () => {
    const app = await server.createApp({ scopes: ['bot_definition:bot_export'] });
    const caller = await callerOf(server, app);
    for (const event of ['import.failed', 'publish.succeeded']) {
      const reply = await caller.post('/api/v1/webhooks', { url, events: [...events, event] });
      expect(reply).toMatchObject({ status: 401, body: { errors: [{ type: 'scope_missing' }] } });
    }
    expect((await caller.post('/api/v1/webhooks', { url, events })).status).toBe(200);
  });

  test('is not for builder apps, nor without a token', async () => {
    const botId = await importedBot(server, admin, source);
    const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [botId] }));
    const replies = [
      await builder.post('/api/v1/webhooks', { url, events }),
      await builder.get('/api/v1/webhooks'),
      await builder.get('/api/v1/webhooks/wh-1'),
      await builder.delete('/api/v1/webhooks/wh-1'),
      await builder.post('/api/v1/webhooks/wh-1/test'),
      await builder.get('/api/v1/webhooks/wh-1/deliveries'),
    ];
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 401, body: { errors: [{ type: 'scope_missing' }] } });
    }
    const response = await fetch(`${server.url}/api/v1/webhooks`);
    expect(response.status).toBe(401);
  });

  test('is refused where the app has twenty', async () => {
    const caller = await callerOf(server, await server.createApp());
    const replies = await Promise.all(
      Array.from({ length: 25 }, () => caller.post('/api/v1/webhooks', { url, events })),
    );
    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(5);
    for (const { status, body } of refused) {
      expect([status, body]).toMatchObject([400, { errors: [{ type: 'too_many_webhooks' }] }]);
    }
    expect((await caller.get('/api/v1/webhooks')).body.webhooks).toHaveLength(20);
  });

  test('is refused for addresses that are not public, unless that is allowed', async () => {
    const guarded = await startServer();
    try {
      const caller = await callerOf(guarded, await guarded.createApp());
      for (const bad of ['http://127.0.0.1:1/', 'http://0x7f.1/', 'https://[::1]/', 'http://localhost/']) {
        const reply = await caller.post('/api/v1/webhooks', { url: bad, events });
        expect(reply).toMatchObject({ status: 400, body: { errors: [{ type: 'webhook_url_refused' }] } });
      }
      expect((await caller.post('/api/v1/webhooks', { url, events })).status).toBe(200);
    } finally {
      await guarded.close();
    }
  });
});

test('a server that does not allow it reaches no private address, also where a webhook names one from before', async () => {
  const guarded = await startServer();
  const receiver = await newReceiver();
  try {
    const caller = await callerOf(guarded, await guarded.createApp());
    const made = await caller.post('/api/v1/webhooks', { url: 'https://example.com/', events: eventNames });
    const store = await openDatabase(guarded.dataFolder);
    await store.updateTable('webhooks').set({ url: receiver.url }).execute();
    await store.destroy();
    await caller.post(`/api/v1/webhooks/${made.body.id}/test`);
    await expect
      .poll(async () => (await deliveriesOf(caller, made.body.id as string))[0])
      .toMatchObject({ status: 'failed', outcome: 'address not allowed' });
    expect(receiver.received).toEqual([]);
  } finally {
    await guarded.close();
  }
});

describe('a webhook of another app', () => {
  test('is unknown', async () => {
    const { id } = await listen(admin);
    const other = await callerOf(server, await server.createApp());
    for (const webhook of [id, 'wh-unknown', '%00', 'x'.repeat(5000)]) {
      const path = `/api/v1/webhooks/${webhook}`;
      const replies = [
        await other.get(path),
        await other.delete(path),
        await other.post(`${path}/test`),
        await other.get(`${path}/deliveries`),
      ];
      for (const reply of replies) {
        expect(reply).toMatchObject({ status: 400, body: { errors: [{ type: 'webhook_unknown' }] } });
      }
    }
    expect((await other.get('/api/v1/webhooks')).body).toEqual({ webhooks: [] });
    expect((await admin.get(`/api/v1/webhooks/${id}`)).status).toBe(200);
  });
});

test('a webhook that is removed is gone, and is told nothing more', async () => {
  const [hook, other] = [await listen(admin), await listen(admin)];
  const { status, body } = await admin.delete(`/api/v1/webhooks/${hook.id}`);
  expect([status, body]).toMatchObject([200, { id: hook.id, url: hook.receiver.url }]);
  expect((await admin.delete(`/api/v1/webhooks/${hook.id}`)).status).toBe(400);
  await importedBot(server, admin, source);
  expect(await told(other)).toHaveLength(1);
  expect(await told(hook)).toEqual([]);
});

describe('the deliveries of a webhook', () => {
  test('say what was sent and what came of it', async () => {
    const { id, receiver } = await listen(admin);
    receiver.answer = 503;
    const status = await importBot(server, admin, source);
    await expect.poll(() => newestOf(id)).toMatchObject({ attempts: 1 });
    const [message] = await receiver.first(1);
    expect(message?.json.data.id).toBe(status._id);
    const delivery = await newestOf(id);
    expect(delivery).toEqual({
      number: expect.any(Number),
      id: message?.headers['webhook-id'],
      event: 'import.succeeded',
      status: 'pending',
      attempts: 1,
      outcome: '503',
      createdOn: expect.any(String),
      lastAttemptOn: expect.any(String),
      nextAttemptOn: expect.any(String),
    });
    const wait = Date.parse(String(delivery?.nextAttemptOn)) - Date.parse(String(delivery?.lastAttemptOn));
    expect(wait).toBeGreaterThanOrEqual(4000);
    expect(wait).toBeLessThanOrEqual(6000);
    const { body } = await admin.get(`/api/v1/webhooks/${id}`);
    expect(body).toMatchObject({ failingSince: delivery?.lastAttemptOn, disabledOn: null });
  });

  test('come in pages, newest first', async () => {
    const { id, receiver } = await listen(admin);
    for (let count = 0; count < 5; count += 1) await admin.post(`/api/v1/webhooks/${id}/test`);
    await receiver.first(5);
    const all = await deliveriesOf(admin, id);
    expect(all.map(({ event }) => event)).toEqual(Array.from({ length: 5 }, () => 'ping'));
    const numbers = all.map(({ number }) => number as number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    const pages: Json[] = [];
    for (let before = ''; ; before = `&before=${pages.at(-1)?.number}`) {
      const page = await deliveriesOf(admin, id, `?limit=2${before}`);
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(2);
      pages.push(...page);
    }
    expect(pages.map(({ number }) => number)).toEqual(numbers);
    for (const query of ['?limit=0', '?limit=x', '?before=-1', '?before=1e9']) {
      const reply = await admin.get(`/api/v1/webhooks/${id}/deliveries${query}`);
      expect([query, reply.status]).toEqual([query, 412]);
    }
  });
});
