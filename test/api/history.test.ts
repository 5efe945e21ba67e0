import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { collectGarbage } from '../../src/housekeeping/collect-garbage.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  exportEarlier,
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

beforeAll(async () => {
  server = await startServer({ keepReady: 0 });
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

/** The n-th state of a bot: some dialogs, of which one changes. */
const state = (n: number): Json =>
  smallDefinition({
    dialogs: Array.from({ length: 30 }, (_, index) => ({
      _id: `dg-${index}`,
      refId: `ref-${index}`,
      localeData: { en: { name: `Dialog ${index}` } },
      words: index === n % 30 ? `changed in state ${n}` : 'as ever '.repeat(40),
    })),
  });
const source = (n: number) => ({ definition: JSON.stringify(state(n)) });
const draftsOf = async (bot: string, query = '') =>
  (await admin.get(`/api/v1/bots/${bot}/drafts${query}`)).body.drafts as Json[];

async function definitionIn(archive: Buffer): Promise<string> {
  const definition = (await membersOf(archive)).get('botDefinition.json');
  return withoutRewritten(String(definition));
}

describe('an import into a bot', () => {
  test('replaces the draft whole, under the same id', async () => {
    const bot = await importedBot(server, admin, source(0));
    const status = await replaceDraft(server, admin, bot, source(1));
    expect(status).toMatchObject({ status: 'success', streamId: bot });
    const { archive } = await exportBot(admin, bot);
    const text = String((await membersOf(archive)).get('botDefinition.json'));
    expect(JSON.parse(text)).toMatchObject({ _id: bot, dialogs: state(1).dialogs });
  });

  test('that fails changes nothing', async () => {
    const bot = await importedBot(server, admin, source(0));
    const before = await draftsOf(bot);
    const status = await replaceDraft(server, admin, bot, { definition: '{"dialogs":' });
    expect(status).toMatchObject({ status: 'failed' });
    expect(await draftsOf(bot)).toEqual(before);
  });

  test('is refused for a bot that does not exist', async () => {
    const { status, body } = await admin.post(
      '/api/v1/bots/st-00000000-0000-5000-8000-00000000000f/imports',
      { uploadMode: 'ZIP', zipInfo: '0123456789abcdef01234567' },
    );
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('Invalid StreamId');
  });
});

describe('the history of a bot', () => {
  test('has every state of the draft, newest first, and tells which were published', async () => {
    const bot = await importedBot(server, admin, source(0));
    await publishBot(admin, bot);
    await replaceDraft(server, admin, bot, source(1));
    await replaceDraft(server, admin, bot, source(1));
    await replaceDraft(server, admin, bot, source(0));
    const drafts = await draftsOf(bot);
    expect(drafts.map(({ number, published }) => [number, published])).toEqual([
      [3, 1],
      [2, null],
      [1, 1],
    ]);
    expect(drafts[0]?.digest).toBe(drafts[2]?.digest);
    expect(await draftsOf(bot, '?limit=1&before=3')).toEqual([drafts[1]]);
  });

  test('gives every state back byte for byte, frozen or not', async () => {
    const bot = await importedBot(server, admin, source(100));
    const archives = [(await exportBot(admin, bot)).archive];
    for (let n = 101; n < 108; n += 1) {
      await replaceDraft(server, admin, bot, source(n));
      archives.push((await exportBot(admin, bot)).archive);
    }
    const report = await collectGarbage({ ...loadConfig({}), dataFolder: server.dataFolder });
    expect(report.frozen).toBeGreaterThanOrEqual(7);
    expect(report.segments).toBeGreaterThan(0);
    for (const [index, archive] of archives.entries()) {
      expect(await exportEarlier(admin, bot, index + 1)).toEqual(archive);
    }
    const db = await openDatabase(server.dataFolder);
    expect((await verifyStore(db)).faults).toEqual([]);
    await db.destroy();
  });

  test('gives an earlier published version', async () => {
    const bot = await importedBot(server, admin, source(0));
    await publishBot(admin, bot);
    await replaceDraft(server, admin, bot, source(1));
    await publishBot(admin, bot);
    const archive = await exportEarlier(admin, bot, 1, 'published');
    expect(JSON.parse(String((await membersOf(archive)).get('botDefinition.json'))).dialogs).toEqual(
      state(0).dialogs,
    );
  });

  test('leaves the newest export of the public status alone', async () => {
    const bot = await importedBot(server, admin, source(0));
    await replaceDraft(server, admin, bot, source(1));
    const { status } = await exportBot(admin, bot);
    await exportEarlier(admin, bot, 1);
    expect((await admin.get(`/api/public/bot/${bot}/export/status`)).body._id).toBe(status._id);
  });

  test('knows nothing of a number it never had', async () => {
    const bot = await importedBot(server, admin, source(0));
    for (const body of [
      { exportType: 'latest', number: 2 },
      { exportType: 'published', number: 1 },
    ]) {
      const { status, body: reply } = await admin.post(`/api/v1/bots/${bot}/exports`, body);
      expect(status).toBe(400);
      expect(JSON.stringify(reply)).toContain('no draft or version of this number');
    }
    expect(
      (await admin.post(`/api/v1/bots/${bot}/exports`, { exportType: 'latest', number: 0 })).status,
    ).toBe(412);
  });
});

test('an export made before its snapshot was frozen can still be downloaded, the same', async () => {
  const bot = await importedBot(server, admin, source(0));
  const { status, archive } = await exportBot(admin, bot);
  await replaceDraft(server, admin, bot, source(1));
  await collectGarbage({ ...loadConfig({}), dataFolder: server.dataFolder });
  const again = await fetch(status.downloadURL as string);
  expect(Buffer.from(await again.arrayBuffer())).toEqual(archive);
  expect(await definitionIn(archive)).toContain('Dialog 29');
});
