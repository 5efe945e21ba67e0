import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { openEvents } from '../support/events.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const dialog = { _id: 'dg-1', refId: 'dialog-ref', localeData: { en: { name: 'Greet' } } };
const newBot = (name = 'A bot') =>
  importedBot(server, admin, {
    definition: JSON.stringify(smallDefinition({ localeData: { en: { name } }, dialogs: [dialog] })),
    config: JSON.stringify({ name, envVariables: [] }),
  });

describe('publishing', () => {
  test('answers with what is published, and a status that ends well', async () => {
    const botId = await newBot();
    const { status, body } = await admin.post(`/api/public/bot/${botId}/publish`, {
      versionComment: 'release of today',
      initiateTraining: true,
    });
    expect(status).toBe(200);
    const resources = body as unknown as {
      resourceType: string;
      resourceId: string;
      result: { name: string };
    }[];
    expect(resources.map((resource) => resource.resourceType)).toEqual([
      'dialog',
      'NL',
      'CHANNELS',
      'EXTENSIONS',
      'SETTINGS',
      'BOTLANGUAGES',
    ]);
    expect(resources[0]).toEqual({
      resourceType: 'dialog',
      resourceId: 'dg-1',
      sbResourceId: 'dg-1',
      status: 'SUCCESS',
      result: {
        state: 'awaitingApproval',
        approvalRequestedLanguages: ['en'],
        versionComment: 'release of today',
        publishedOn: expect.stringMatching(/Z$/),
        name: 'Greet',
      },
    });
    for (const { resourceType, result, ...more } of resources.slice(1)) {
      expect(more).toEqual({ resourceId: resourceType, status: 'SUCCESS' });
      expect(result).toEqual({
        resourceId: resourceType,
        resourceType,
        modules: [],
        name: expect.stringMatching(/\S/),
      });
    }
    const ended = await untilEnded(admin, `/api/public/bot/${botId}/publish/status`, 'inprogress');
    expect(ended).toEqual({
      _id: expect.stringMatching(/^ds-/),
      action: 'RUN',
      jobType: 'PUBLISH_BOT',
      streamId: botId,
      __v: 0,
      countOfDockStatuses: 7,
      createdBy: expect.stringMatching(/^u-/),
      percentageComplete: 100,
      requestedTime: expect.stringMatching(/Z$/),
      status: 'successful',
      lastModifiedOn: expect.stringMatching(/Z$/),
      initiatedOn: expect.stringMatching(/Z$/),
      statusSummary: [
        ...resources.map(({ resourceType, resourceId, result: { name } }) => ({
          resourceId,
          resourceType,
          name,
          status: 'SUCCESS',
        })),
        {
          resourceId: 'AUTOVERSIONING',
          resourceType: 'AUTOVERSIONING',
          name: 'Creating New Version',
          status: 'SUCCESS',
        },
      ],
    });
  });

  test.each([
    ['without training', { versionComment: 'x', initiateTraining: false }],
    ['without a word of training', { versionComment: 'x' }],
    [
      'with training sent as text, and members nobody knows',
      { versionComment: 'x', initiateTraining: 'true', more: 1 },
    ],
  ])('is taken %s', async (_what, body) => {
    const botId = await newBot();
    expect((await admin.post(`/api/public/bot/${botId}/publish`, body)).status).toBe(200);
    const ended = await untilEnded(admin, `/api/public/bot/${botId}/publish/status`, 'inprogress');
    expect(ended.status).toBe('successful');
  });

  test.each([
    ['no body', undefined],
    ['no comment', {}],
    ['a blank comment', { versionComment: ' ' }],
    ['a comment that is no text', { versionComment: 7 }],
    ['a comment of a book', { versionComment: 'x'.repeat(20_001) }],
    ['training that is neither yes nor no', { versionComment: 'x', initiateTraining: 'perhaps' }],
  ])('is refused with %s', async (_what, body) => {
    const botId = await newBot();
    expect(await admin.post(`/api/public/bot/${botId}/publish`, body)).toMatchObject({
      status: 412,
      body: { errors: [{ msg: 'Validation errors/ Invalid arguments', code: 412 }] },
    });
    expect((await admin.get(`/api/public/bot/${botId}/publish/status`)).status).toBe(400);
  });

  test('is refused for a bot that is not there, and with another method', async () => {
    const unknown = '/api/public/bot/st-00000000-0000-5000-8000-00000000000f/publish';
    expect(await admin.post(unknown, { versionComment: 'x' })).toMatchObject({
      status: 400,
      body: { errors: [{ msg: 'Invalid StreamId' }] },
    });
    expect((await admin.get(unknown)).status).toBe(405);
    expect((await admin.post(`${unknown}/status`)).status).toBe(405);
  });

  test('takes what the draft was when it was asked for', async () => {
    const botId = await newBot();
    await admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' });
    await replaceDraft(server, admin, botId, { definition: JSON.stringify(smallDefinition()) });
    const { status } = await exportBot(admin, botId, { exportType: 'published' });
    const explained = await admin.get(`/api/v1/exports/${status._id}`);
    expect((explained.body.tasks as { name: string }[]).map(({ name }) => name)).toEqual(['Greet']);
  });

  test('has a status under the path with a version and a trailing slash', async () => {
    const botId = await newBot();
    await admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' });
    const { status } = await admin.get(`/api/1.1/public/bot/${botId}/publish/status/`);
    expect(status).toBe(200);
  });

  test('numbers the versions one after the other, also when asked for all at once', async () => {
    const botId = await newBot();
    const publish = () => admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' });
    const replies = await Promise.all([publish(), publish(), publish()]);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]);
    const ended = await untilEnded(admin, `/api/public/bot/${botId}/publish/status`, 'inprogress');
    expect(ended.status).toBe('successful');
  });

  test('has no status before the first time', async () => {
    const { status, body } = await admin.get(`/api/public/bot/${await newBot()}/publish/status`);
    expect([status, body]).toMatchObject([400, { errors: [{ type: 'no_publish' }] }]);
  });
});

describe('a publish by its id', () => {
  /** The id of the newest publish of a bot. */
  const idOf = async (botId: string) =>
    (await admin.get(`/api/public/bot/${botId}/publish/status`)).body._id as string;
  const follow = (id: string, headers: Record<string, string> = {}) =>
    openEvents(`${server.url}/api/v1/publishes/${id}/events`, { auth: admin.token, ...headers });

  test('says how it stands and which version it made, also where it is not the newest', async () => {
    const botId = await newBot();
    const ids: string[] = [];
    for (const versionComment of ['one', 'two']) {
      await admin.post(`/api/public/bot/${botId}/publish`, { versionComment });
      await untilEnded(admin, `/api/public/bot/${botId}/publish/status`, 'inprogress');
      ids.push(await idOf(botId));
    }
    const replies = await Promise.all(ids.map((id) => admin.get(`/api/v1/publishes/${id}`)));
    const common = { botId, status: 'success', createdBy: expect.stringMatching(/^u-/) };
    const times = { createdOn: expect.any(String), finishedOn: expect.any(String) };
    expect(replies.map(({ body }) => body)).toEqual([
      { ...common, ...times, id: ids[0], comment: 'one', version: 1 },
      { ...common, ...times, id: ids[1], comment: 'two', version: 2 },
    ]);
  });

  test('is followed to its end, which is what the status says', async () => {
    const botId = await newBot();
    await admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' });
    const id = await idOf(botId);
    const events = await (await follow(id)).rest();
    const end = events.pop();
    expect(end).toMatchObject({ id: 'success', event: 'success', data: { id, version: 1 } });
    expect(end?.data).toEqual((await admin.get(`/api/v1/publishes/${id}`)).body);
    for (const { event, data } of events) {
      const none = { done: 0, total: null };
      expect([event, data]).toEqual(['progress', { bytes: none, items: none }]);
    }
    // Who comes late gets the end alone, and who has heard it nothing.
    expect((await (await follow(id)).rest()).map(({ event }) => event)).toEqual(['success']);
    expect((await follow(id, { 'last-event-id': 'success' })).status).toBe(204);
  });

  test('says why it failed', async () => {
    const botId = await newBot();
    await admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' });
    await untilEnded(admin, `/api/public/bot/${botId}/publish/status`, 'inprogress');
    const id = await idOf(botId);
    const db = await openDatabase(server.dataFolder);
    const failure = { status: 'failed' as const, failure: '{"type":"publish_interrupted"}', version: null };
    await db.updateTable('publish_requests').set(failure).where('id', '=', id).execute();
    await db.destroy();
    const { body } = await admin.get(`/api/v1/publishes/${id}`);
    expect(body).toMatchObject({
      status: 'failed',
      version: null,
      errors: [{ type: 'publish_interrupted' }],
    });
    const events = await (await follow(id)).rest();
    expect(events).toEqual([{ id: 'failed', event: 'failed', data: body }]);
  });

  test('is unknown to an app that does not cover the bot, and refused without the scope', async () => {
    const botId = await newBot();
    await admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' });
    const id = await idOf(botId);
    const other = await callerOf(server, await server.createApp({ bots: [await newBot()] }));
    const powerless = await callerOf(
      server,
      await server.createApp({ scopes: ['bot_definition:bot_export'] }),
    );
    const paths = (known: string) => [`/api/v1/publishes/${known}`, `/api/v1/publishes/${known}/events`];
    for (const path of paths(id)) {
      const unknown = await other.get(path);
      expect(unknown).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_request_id' }] } });
      const refused = await powerless.get(path);
      expect(refused).toMatchObject({ status: 401, body: { errors: [{ type: 'scope_missing' }] } });
    }
    for (const path of paths('ds-unknown')) expect((await admin.get(path)).status).toBe(400);
  });
});

describe('the list of bots', () => {
  test('comes in pages that clients walk until availableMore is false', async () => {
    const own = await startServer();
    try {
      const caller = await callerOf(own, await own.createApp());
      const made: string[] = [];
      for (let number = 0; number < 5; number += 1) {
        made.push(await importedBot(own, caller, { definition: JSON.stringify(smallDefinition()) }));
      }
      const seen: unknown[] = [];
      for (let offset = 0; ; offset += 1) {
        const { body } = await caller.get(`/api/public/bots?offset=${offset}&limit=2`);
        expect(body.total).toBe(5);
        seen.push(...(body.bots as { _id: string }[]).map((bot) => bot._id));
        expect(body.availableMore).toBe(offset < 2);
        if (!body.availableMore) break;
      }
      expect(seen).toEqual(made);
    } finally {
      await own.close();
    }
  });

  test('says of each bot what the platform says, and never a client secret', async () => {
    const botId = await newBot('Listed');
    const { body } = await admin.get('/api/public/bots?offset=0&limit=50');
    const bot = (body.bots as { _id: string }[]).find(({ _id }) => _id === botId);
    expect(bot).toMatchObject({
      name: 'Listed',
      purpose: 'customer',
      type: 'default',
      defaultLanguage: 'en',
      resourceid: 'btstreams',
      accountId: expect.stringMatching(/^[0-9a-f]{24}$/),
    });
    expect(JSON.stringify(body)).not.toMatch(/secret/i);
  });

  test('shows a limited app its own bots only', async () => {
    const botId = await newBot();
    const limited = await callerOf(server, await server.createApp({ bots: [botId] }));
    const { body } = await limited.get('/api/public/bots');
    expect((body.bots as { _id: string }[]).map(({ _id }) => _id)).toEqual([botId]);
    expect(body.total).toBe(1);
  });
});
