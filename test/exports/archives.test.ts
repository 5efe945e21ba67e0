import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { collectGarbage } from '../../src/housekeeping/collect-garbage.ts';
import { unpackSegment } from '../../src/snapshots/segment.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { stateIn, stateOf } from '../support/history.ts';
import { ingestInMemory } from '../support/segments.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  pixel,
  replaceDraft,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';

/*
 * A snapshot may have come in when Node had another zlib. Its segments are as that made them until it is frozen;
 * thawed, they may have other lengths, and an archive of them is another one.
 */

let server: TestServer;
let admin: Caller;
let db: Db;

beforeEach(async () => {
  server = await startServer({ keepReady: 0, collectEvery: null });
  admin = await callerOf(server, await server.createApp());
  db = await openDatabase(server.dataFolder);
});
afterEach(async () => {
  await db.destroy();
  await server.close();
});

/** Has the segments of a state stored as another zlib would have made them, before it comes in. */
async function storeOtherwise(n: number): Promise<void> {
  const { segments } = await ingestInMemory({
    definition: (async function* () {
      yield Buffer.from(String(stateOf(n).definition));
    })(),
    config: Buffer.from('{"name":"A bot","envVariables":[]}'),
    others: [{ name: 'icon.png', content: pixel }],
  });
  const other = segments.map((segment) => ({
    ...segment,
    bytes: deflateRawSync(unpackSegment(segment.bytes), { level: 1, finishFlush: constants.Z_SYNC_FLUSH }),
  }));
  // A collection removes them only with their snapshot's manifest.
  await db.transaction().execute((tx) => segmentsInDatabase(db).put(tx, other, 0));
}

/** A bot of which a state that another zlib compressed was exported, and is frozen; the link to that export. */
async function frozenExport(look: (link: string) => Promise<unknown>): Promise<string> {
  await storeOtherwise(0);
  const bot = await importedBot(server, admin, stateOf(0));
  await admin.post(`/api/public/bot/${bot}/export`, { exportType: 'latest' });
  const { downloadURL } = await untilEnded(admin, `/api/public/bot/${bot}/export/status`);
  await look(downloadURL as string);
  await replaceDraft(server, admin, bot, stateOf(1));
  const report = await collectGarbage({ ...loadConfig({}), dataFolder: server.dataFolder });
  expect(report).toMatchObject({ frozen: 1 });
  return downloadURL as string;
}

test.each(['HEAD', 'GET'])(
  'a link asked with %s gives the same content when its snapshot was frozen, and thawed by another zlib',
  async (method) => {
    const link = await frozenExport(async (url) => (await fetch(url, { method })).arrayBuffer());
    const reply = await fetch(link);
    expect(await stateIn(Buffer.from(await reply.arrayBuffer()))).toBe(0);
  },
);

test('a store is sound whose exports were made by another zlib than thaws their snapshots', async () => {
  const link = await frozenExport(async () => undefined);
  expect((await verifyStore(db)).faults).toEqual([]);
  await (await fetch(link)).arrayBuffer();
  expect((await verifyStore(db)).faults).toEqual([]);
});
