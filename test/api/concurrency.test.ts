import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { collectGarbage } from '../../src/housekeeping/collect-garbage.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { membersOf } from '../support/archive.ts';
import { stateIn, stateOf } from '../support/history.ts';
import {
  type Caller,
  callerOf,
  exportEarlier,
  importedBot,
  type Json,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
} from '../support/server.ts';

/* Many clients at once, over real HTTP, beside imports that replace drafts and collections that freeze and remove. */

let server: TestServer;
let admin: Caller;
let db: Db;

/** A server; it collects as often as this says, in milliseconds, and keeps nothing ready but drafts and versions. */
async function start(collectEvery: number | null): Promise<void> {
  server = await startServer({ keepReady: 0, collectEvery });
  admin = await callerOf(server, await server.createApp());
  db = await openDatabase(server.dataFolder);
}

afterEach(async () => {
  await db.destroy();
  await server.close();
});

const latest = { exportType: 'latest' };

async function download(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const reply = await fetch(url, { headers });
  const bytes = Buffer.from(await reply.arrayBuffer());
  if (!reply.ok) throw new Error(`${reply.status}: ${bytes}`);
  return bytes;
}

async function ask(bot: string): Promise<string> {
  const { status, body } = await admin.post(`/api/public/bot/${bot}/export`, latest);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body._id as string;
}

/** The archive of one export, whichever export is the bot's newest. */
async function archiveOf(id: string): Promise<{ url: string; archive: Buffer }> {
  const { status, downloadURL } = await untilEnded(admin, `/api/v1/exports/${id}`);
  if (status !== 'success') throw new Error(`export ${id} is ${status}`);
  return { url: downloadURL as string, archive: await download(downloadURL as string) };
}

const replace = async (bot: string, n: number) => {
  const { status } = await replaceDraft(server, admin, bot, stateOf(n));
  if (status !== 'success') throw new Error(`state ${n} is ${status}`);
};

async function verified(): Promise<void> {
  expect((await verifyStore(db)).faults).toEqual([]);
}

test('an export has the state that was the draft when it was asked for, while drafts are replaced', async () => {
  await start(null);
  const states = 12;
  const bot = await importedBot(server, admin, stateOf(0));
  let [begun, ended] = [0, 0];
  const replacing = (async () => {
    for (let n = 1; n < states; n += 1) {
      begun = n;
      await replace(bot, n);
      ended = n;
    }
  })();
  const archives = new Map<number, Buffer>();
  const exporting = Array.from({ length: 5 }, async () => {
    for (let isLast = false; !isLast; ) {
      isLast = ended === states - 1;
      const earliest = ended;
      const id = await ask(bot);
      const newest = begun;
      const { archive } = await archiveOf(id);
      const n = await stateIn(archive);
      expect(n).toBeGreaterThanOrEqual(earliest);
      expect(n).toBeLessThanOrEqual(newest);
      expect(archive.equals(archives.get(n) ?? archive)).toBe(true);
      archives.set(n, archive);
    }
  });
  await Promise.all([replacing, ...exporting]);
  expect(archives.size).toBeGreaterThan(2);
  for (const [n, archive] of archives) {
    expect((await exportEarlier(admin, bot, n + 1)).equals(archive)).toBe(true);
  }
  await verified();
});

test('collections beside imports, replacements, exports and downloads spoil and lose nothing', async () => {
  await start(5);
  const states = 12;
  const bots = await Promise.all([0, 1, 2].map(() => importedBot(server, admin, stateOf(0))));
  const links: { url: string; archive: Buffer }[] = [];
  let working = bots.length;
  const perBot = bots.map(async (bot, place) => {
    for (let n = 1; n <= states; n += 1) {
      // Each bot has the states in an order of its own, so that they share snapshots at times.
      const state = (n * (place + 1)) % (states + 1);
      await replace(bot, state);
      const now = await archiveOf(await ask(bot));
      expect(await stateIn(now.archive)).toBe(state);
      links.push(now);
      const number = 1 + Math.floor(Math.random() * n);
      expect(await stateIn(await exportEarlier(admin, bot, number))).toBe(
        ((number - 1) * (place + 1)) % (states + 1),
      );
    }
    working -= 1;
  });
  const downloading = [0, 1].map(async () => {
    while (working > 0) {
      const link = links[Math.floor(Math.random() * links.length)];
      if (!link) {
        await sleep(5);
        continue;
      }
      const start = Math.floor(Math.random() * link.archive.length);
      expect((await download(link.url)).equals(link.archive)).toBe(true);
      const part = await download(link.url, { range: `bytes=${start}-` });
      expect(part.equals(link.archive.subarray(start))).toBe(true);
    }
  });
  const importing = (async () => {
    for (let n = 100; working > 0; n += 1) await importedBot(server, admin, stateOf(n));
  })();
  await Promise.all([...perBot, ...downloading, importing]);

  for (const { url, archive } of links) expect((await download(url)).equals(archive)).toBe(true);
  await verified();
  const reports = await db
    .selectFrom('collect_requests')
    .select(['status', 'report'])
    .where('status', '<>', 'pending')
    .execute();
  for (const { status } of reports) expect(status).toBe('success');
  expect(reports.length).toBeGreaterThan(5);
});

test('one export asked for by a hundred clients at once is made of one recipe', async () => {
  await start(null);
  const bot = await importedBot(server, admin, stateOf(0));
  const ids = await Promise.all(Array.from({ length: 100 }, () => ask(bot)));
  expect(new Set(ids).size).toBe(100);
  const archives = await Promise.all(ids.map(async (id) => (await archiveOf(id)).archive));
  const [first] = archives;
  if (!first) throw new Error('there is no archive');
  expect(await stateIn(first)).toBe(0);
  for (const archive of archives) expect(archive.equals(first)).toBe(true);
  expect(await db.selectFrom('recipes').select('digest').execute()).toHaveLength(1);
  await verified();
});

/** Text that deflate hardly makes shorter, so that an archive of it is many blocks. */
const dialogs: Json[] = Array.from({ length: 150 }, (_, index) => ({
  _id: `dg-${index}`,
  refId: `ref-${index}`,
  localeData: { en: { name: `Dialog ${index}` } },
  noise: randomBytes(60_000).toString('base64'),
}));

/** How many snapshots are ready to be copied, and how many there are. */
async function readiness(): Promise<[number, number]> {
  const count = async (table: 'manifests' | 'snapshots') =>
    (await db.selectFrom(table).selectAll().execute()).length;
  return [await count('manifests'), await count('snapshots')];
}

/** A reply of which only the first bytes have been taken. */
async function slowDownload(url: string, range?: string): Promise<{ first: Buffer; rest: IncomingMessage }> {
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, range ? { headers: { range } } : {}, resolve).on('error', reject);
  });
  for (;;) {
    const first = reply.read(1000) as Buffer | null;
    if (first) return { first, rest: reply };
    await new Promise((resolve) => reply.once('readable', resolve));
  }
}

test('a slow download is right to its end, though its snapshot is frozen and its segments are removed', async () => {
  await start(null);
  const definition = smallDefinition({ dialogs });
  const bot = await importedBot(server, admin, { definition: JSON.stringify(definition) });
  await ask(bot);
  const status = await untilEnded(admin, `/api/public/bot/${bot}/export/status`);
  const [downloadURL, size] = [status.downloadURL as string, Number(status.fileSize)];
  expect(size).toBeGreaterThan(5_000_000);
  const whole = await slowDownload(downloadURL);
  const part = await slowDownload(downloadURL, 'bytes=1000000-');

  await replaceDraft(server, admin, bot, stateOf(1));
  const report = await collectGarbage({ ...loadConfig({}), dataFolder: server.dataFolder });
  expect(report).toMatchObject({ frozen: 1 });
  expect(report.bytes).toBeGreaterThan(5_000_000);
  expect(await readiness()).toEqual([1, 2]);

  const archive = Buffer.concat([whole.first, await buffer(whole.rest)]);
  // It was read to its end from what was thawed, not from memory.
  expect(await readiness()).toEqual([2, 2]);
  expect(archive.length).toBe(size);
  const text = String((await membersOf(archive)).get('botDefinition.json'));
  expect(JSON.parse(text).dialogs).toEqual(dialogs);
  expect(Buffer.concat([part.first, await buffer(part.rest)]).equals(archive.subarray(1_000_000))).toBe(true);
  // Frozen once more: what stays in memory and what is thawed make the same.
  expect(await collectGarbage({ ...loadConfig({}), dataFolder: server.dataFolder })).toMatchObject({
    frozen: 1,
  });
  for (const [from, to] of [
    [0, 9],
    [size - 300_000, size - 1],
    [262_143, 262_145],
  ] as const) {
    const bytes = await download(downloadURL, { range: `bytes=${from}-${to}` });
    expect(bytes.equals(archive.subarray(from, to + 1))).toBe(true);
  }
  await verified();
}, 60_000);
