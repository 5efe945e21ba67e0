import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DraftEditor, openDraftEditor } from '../../src/bots/edit-draft.ts';
import { rollBack } from '../../src/bots/rollback.ts';
import { createIngestThread } from '../../src/imports/ingest-thread.ts';
import { openStaging } from '../../src/imports/staging.ts';
import type { BotEdit } from '../../src/snapshots/edited-files.ts';
import { openSnapshots, type Snapshots } from '../../src/snapshots/snapshots.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, databaseFile, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
let db: Db;
let snapshots: Snapshots;
let drafts: DraftEditor;
const ingestThread = createIngestThread();

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  db = await openDatabase(server.dataFolder);
  const segments = segmentsInDatabase(db);
  snapshots = openSnapshots(db, segments);
  const staging = openStaging({
    db,
    segments,
    ingestThread,
    databaseFile: databaseFile(server.dataFolder),
    limits: { maxItem: 1024 ** 2, maxUnpacked: 1024 ** 3 },
  });
  drafts = openDraftEditor({ db, snapshots, staging });
});
afterAll(async () => {
  await ingestThread.close();
  await db.destroy();
  await server.close();
});

const script = (content: string): BotEdit => ({ scripts: [{ name: 'a.js', content: Buffer.from(content) }] });
const never = new AbortController().signal;

/** A bot with two drafts: the first without a color, the second blue. */
async function botWithHistory(): Promise<string> {
  const bot = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
  await replaceDraft(server, admin, bot, { definition: JSON.stringify(smallDefinition({ color: 'blue' })) });
  return bot;
}

const draftsOf = (bot: string) =>
  db
    .selectFrom('drafts')
    .innerJoin('snapshots', 'snapshots.id', 'drafts.snapshot')
    .select(['number', 'digest'])
    .where('bot_id', '=', bot)
    .orderBy('number')
    .execute();

test('an edit under which the draft moves is made once more, of the draft there is then', async () => {
  const bot = await botWithHistory();
  const seen: boolean[] = [];
  await drafts.edit(
    bot,
    {
      kind: 'functions',
      createdBy: 'u-1',
      async edit({ sections }) {
        seen.push(sections.some(({ key }) => key === 'color'));
        if (seen.length === 1) await rollBack({ db, snapshots }, bot, { draft: 1 }, 'u-2');
        return script('a()');
      },
    },
    never,
  );
  expect(seen).toEqual([true, false]);
  const history = await draftsOf(bot);
  expect(history.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  const { draft } = await db
    .selectFrom('bots')
    .select('draft')
    .where('id', '=', bot)
    .executeTakeFirstOrThrow();
  expect(draft).toBe(history[3]?.digest);
  const { files, sections } = await snapshots.manifest(draft);
  expect(files.map(({ name }) => name)).toContain('a.js');
  expect(sections.map(({ key }) => key)).not.toContain('color');
  const change = await db
    .selectFrom('changes')
    .select(['kind', 'detail', 'created_by'])
    .where('bot_id', '=', bot)
    .orderBy('number', 'desc')
    .executeTakeFirst();
  expect(change).toEqual({ kind: 'functions', detail: '4', created_by: 'u-1' });
  expect((await verifyStore(db)).faults).toEqual([]);
});

test('an edit that fails changes nothing, and the next one is made all the same', async () => {
  const bot = await botWithHistory();
  const bad: BotEdit = { config: '{"envVariables": 1}' };
  const edits = [bad, script('b()')].map((edit) =>
    drafts.edit(bot, { kind: 'functions', createdBy: 'u-1', edit: async () => edit }, never),
  );
  const [first, second] = await Promise.allSettled(edits);
  expect(first).toMatchObject({ status: 'rejected', reason: { type: 'config_invalid' } });
  expect(second).toMatchObject({ status: 'fulfilled' });
  expect(await draftsOf(bot)).toHaveLength(3);
});

test('an edit whose client has gone does nothing', async () => {
  const bot = await botWithHistory();
  const gone = new AbortController();
  const edit = async () => {
    gone.abort();
    return script('c()');
  };
  await expect(
    drafts.edit(bot, { kind: 'functions', createdBy: 'u-1', edit }, gone.signal),
  ).rejects.toThrow();
  expect(await draftsOf(bot)).toHaveLength(2);
  expect(await db.selectFrom('ingests').selectAll().execute()).toEqual([]);
});
