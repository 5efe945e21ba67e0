import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateIn, stateOf } from '../support/history.ts';
import {
  type Caller,
  callerOf,
  exportEarlier,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  startServer,
  type TestServer,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

/** A bot with so many versions, of the states 0, 1, 2, …; the draft is the last of them. */
async function published(count: number): Promise<string> {
  const bot = await importedBot(server, admin, stateOf(0));
  await publishBot(admin, bot);
  for (let n = 1; n < count; n += 1) {
    await replaceDraft(server, admin, bot, stateOf(n));
    await publishBot(admin, bot);
  }
  return bot;
}

const path = (bot: string, number?: number | string) =>
  `/api/v1/bots/${bot}/versions${number === undefined ? '' : `/${number}`}`;

async function versionsOf(bot: string, query = ''): Promise<Json[]> {
  const { status, body } = await admin.get(path(bot) + query);
  expect(status).toBe(200);
  return body.versions as Json[];
}

const numbersOf = async (bot: string) => (await versionsOf(bot)).map(({ number }) => number);

const failure = ({ status, body }: { status: number; body: Json }) => [
  status,
  (body.errors as { type: string }[])[0]?.type,
];

describe('the list of versions', () => {
  test('says of each what it is, newest first', async () => {
    const bot = await published(2);
    const [newest, oldest] = await versionsOf(bot);
    expect(newest).toEqual({
      number: 2,
      label: null,
      pinned: false,
      comment: 'a version',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      current: true,
      draft: 2,
      bytes: expect.any(Number),
      // 30 dialogs, a sentence, a language.
      items: 32,
      createdBy: expect.stringMatching(/^u-/),
      createdOn: expect.stringMatching(/Z$/),
    });
    expect(newest?.bytes).toBeGreaterThan(1000);
    expect(oldest).toMatchObject({ number: 1, current: false, draft: 1 });
  });

  test('is empty for a bot that was never published', async () => {
    expect(await versionsOf(await importedBot(server, admin, stateOf(0)))).toEqual([]);
  });

  test('comes in pages', async () => {
    const bot = await published(3);
    expect((await versionsOf(bot, '?limit=2')).map(({ number }) => number)).toEqual([3, 2]);
    expect((await versionsOf(bot, '?limit=2&before=2')).map(({ number }) => number)).toEqual([1]);
    expect(failure(await admin.get(`${path(bot)}?limit=none`))).toEqual([412, 'invalid_arguments']);
  });

  test('names the newest draft with the same content', async () => {
    const bot = await published(2);
    await replaceDraft(server, admin, bot, stateOf(0));
    expect((await versionsOf(bot)).map(({ number, draft }) => [number, draft])).toEqual([
      [2, 2],
      [1, 3],
    ]);
  });

  test('needs the scope of exports', async () => {
    const app = await server.createApp({ scopes: ['bot_publish:publish_request'] });
    const bot = await published(1);
    expect(failure(await (await callerOf(server, app)).get(path(bot)))).toEqual([401, 'scope_missing']);
  });
});

describe('a version', () => {
  test('can be labelled and pinned, and what is left out stays', async () => {
    const bot = await published(1);
    const labelled = await admin.patch(path(bot, 1), { label: '  spring ' });
    expect([labelled.status, labelled.body.label, labelled.body.pinned]).toEqual([200, 'spring', false]);
    const pinned = await admin.patch(path(bot, 1), { pinned: true });
    expect([pinned.body.label, pinned.body.pinned]).toEqual(['spring', true]);
    expect(await versionsOf(bot)).toEqual([pinned.body]);
    const bare = await admin.patch(path(bot, 1), { label: null, pinned: 'false' });
    expect([bare.body.label, bare.body.pinned]).toEqual([null, false]);
  });

  test('keeps its own label when it is labelled the same again', async () => {
    const bot = await published(1);
    await admin.patch(path(bot, 1), { label: 'spring' });
    expect((await admin.patch(path(bot, 1), { label: 'spring' })).status).toBe(200);
  });

  test('is not called as another version of the bot, but may be as one of another bot', async () => {
    const [bot, other] = [await published(2), await published(1)];
    await admin.patch(path(bot, 1), { label: 'café' });
    expect(failure(await admin.patch(path(bot, 2), { label: 'cafe\u0301', pinned: true }))).toEqual([
      409,
      'label_taken',
    ]);
    expect((await versionsOf(bot))[0]).toMatchObject({ label: null, pinned: false });
    expect((await admin.patch(path(other, 1), { label: 'café' })).status).toBe(200);
  });

  test.each([
    ['nothing to change', {}],
    ['an empty label', { label: ' ' }],
    ['a long label', { label: 'x'.repeat(65) }],
    ['a label with a line break', { label: 'a\nb' }],
    ['a label that is a number', { label: 7 }],
    ['a pin that is text', { pinned: 'yes' }],
    ['no object', []],
  ])('is not changed by %s', async (_what, body) => {
    const bot = await published(1);
    expect(failure(await admin.patch(path(bot, 1), body))).toEqual([412, 'invalid_arguments']);
  });

  test.each(['2', '0', '-1', '01', 'x', '9'.repeat(400)])('of the number %s is unknown', async (number) => {
    const bot = await published(1);
    expect(failure(await admin.patch(path(bot, number), { pinned: true }))).toEqual([400, 'unknown_version']);
    expect(failure(await admin.delete(path(bot, number)))).toEqual([400, 'unknown_version']);
  });

  test('is changed and deleted only with the scope of publishing', async () => {
    const bot = await published(2);
    const app = await server.createApp({ scopes: ['bot_definition:bot_export'] });
    const caller = await callerOf(server, app);
    expect(failure(await caller.patch(path(bot, 1), { pinned: true }))).toEqual([401, 'scope_missing']);
    expect(failure(await caller.delete(path(bot, 1)))).toEqual([401, 'scope_missing']);
  });

  test('has no other method', async () => {
    expect((await admin.get(path(await published(1), 1))).status).toBe(405);
  });
});

describe('deleting a version', () => {
  test('takes it from the list, from exports and from rollbacks, and gives its number to no other', async () => {
    const bot = await published(3);
    expect(await admin.delete(path(bot, 2))).toMatchObject({ status: 200, body: { number: 2 } });
    expect(await numbersOf(bot)).toEqual([3, 1]);
    const asked = await admin.post(`/api/v1/bots/${bot}/exports`, { exportType: 'published', number: 2 });
    expect(failure(asked)).toEqual([400, 'unknown_version']);
    expect(failure(await admin.post(`/api/v1/bots/${bot}/rollback`, { version: 2 }))).toEqual([
      400,
      'unknown_version',
    ]);
    expect(failure(await admin.delete(path(bot, 2)))).toEqual([400, 'unknown_version']);
    await publishBot(admin, bot);
    expect(await numbersOf(bot)).toEqual([4, 3, 1]);
    // The draft with that content stays.
    expect(await stateIn(await exportEarlier(admin, bot, 2))).toBe(1);
  });

  test('is refused for the published one, until another is published', async () => {
    const bot = await published(1);
    expect(failure(await admin.delete(path(bot, 1)))).toEqual([409, 'version_published']);
    await publishBot(admin, bot);
    expect((await admin.delete(path(bot, 1))).status).toBe(200);
  });

  test('is refused for a pinned one, until the pin is taken off', async () => {
    const bot = await published(2);
    await admin.patch(path(bot, 1), { pinned: true });
    expect(failure(await admin.delete(path(bot, 1)))).toEqual([409, 'version_pinned']);
    await admin.patch(path(bot, 1), { pinned: false });
    expect((await admin.delete(path(bot, 1))).status).toBe(200);
  });

  test('frees its label', async () => {
    const bot = await published(2);
    await admin.patch(path(bot, 1), { label: 'spring' });
    await admin.delete(path(bot, 1));
    expect((await admin.patch(path(bot, 2), { label: 'spring' })).status).toBe(200);
  });

  test('leaves an export that was made of it as it is', async () => {
    const bot = await published(2);
    const { body } = await admin.post(`/api/v1/bots/${bot}/exports`, { exportType: 'published', number: 1 });
    await admin.delete(path(bot, 1));
    const { downloadURL } = (await admin.get(`/api/v1/exports/${body._id}`)).body;
    const archive = Buffer.from(await (await fetch(downloadURL as string)).arrayBuffer());
    expect(await stateIn(archive)).toBe(0);
  });
});
