import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Content, manifestRuns } from '../../src/snapshots/manifest.ts';
import { readItems } from '../../src/snapshots/read.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { databaseFile, openDatabase } from '../../src/storage/database.ts';
import { type IngestedBot, ingestInMemory, segmentsInMemory } from '../support/segments.ts';
import { callerOf, importedBot, startServer, type TestServer } from '../support/server.ts';

type Json = Record<string, unknown>;

const sample = (name: string) =>
  readFileSync(new URL(`../../samples/bank-assistant/${name}`, import.meta.url));
const definition = sample('botDefinition.json');
const config = sample('config.json');

async function* pieces(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const length = lengths[n % lengths.length] ?? bytes.length;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const take = (bytes: Buffer, lengths: readonly number[] = [65_536]): Promise<IngestedBot> =>
  ingestInMemory({ definition: pieces(bytes, lengths), config, others: [] });

/** The sample bot with something changed. */
function changed(change: (bot: Record<string, Json[]>) => void): Buffer {
  const bot = JSON.parse(String(definition)) as Record<string, Json[]>;
  change(bot);
  return Buffer.from(JSON.stringify(bot, null, 4));
}

/** The n-th item of a section. */
function itemOf(bot: Record<string, Json[]>, section: string, n: number): Json {
  const item = bot[section]?.[n];
  if (!item) throw new Error(`${section} has no item ${n}`);
  return item;
}

const digests = (content: Content | null | undefined) =>
  content?.form === 'runs' ? content.runs.map(({ digest }) => digest) : [];
const sectionOf = ({ manifest }: IngestedBot, key: string) =>
  manifest.sections.find((one) => one.key === key);

let whole: IngestedBot;
beforeAll(async () => {
  whole = await take(definition);
});

describe('a snapshot is the same', () => {
  const comparable = ({ digest, manifest, segments }: IngestedBot) => ({
    digest,
    manifest,
    segments: segments.map((segment) => segment.digest).sort(),
  });

  test('however the file comes in', async () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(lengths, async (some) => {
        expect(comparable(await take(definition, some))).toEqual(comparable(whole));
      }),
      { numRuns: 8 },
    );
  });

  test('byte by byte', async () => {
    const small = readFileSync(new URL('../../samples/tiny/botDefinition.json', import.meta.url));
    expect(comparable(await take(small, [1]))).toEqual(comparable(await take(small)));
  });

  test('however the file is laid out', async () => {
    const compact = Buffer.from(JSON.stringify(JSON.parse(String(definition))));
    expect(comparable(await take(compact))).toEqual(comparable(whole));
  });

  test('whatever id the bot has in the file', async () => {
    const other = await take(changed((bot) => Object.assign(bot, { _id: 'st-other' })));
    expect(other.botId).toBe('st-other');
    expect(comparable(other)).toEqual(comparable(whole));
  });

  test('whatever the file says of the export it came from', async () => {
    const other = await take(
      changed((bot) => Object.assign(bot, { exportOptions: {}, encryptedHash: 'f'.repeat(32) })),
    );
    expect(other.digest).toBe(whole.digest);
  });
});

describe('a snapshot has another digest', () => {
  test.each<[string, (bot: Record<string, Json[]>) => void]>([
    [
      'where a letter of an item is another',
      (bot) => Object.assign(itemOf(bot, 'sentences', 7), { sentence: 'x' }),
    ],
    [
      'where two items are swapped',
      (bot) => bot.sentences?.splice(0, 2, itemOf(bot, 'sentences', 1), itemOf(bot, 'sentences', 0)),
    ],
    ['where a short section is another', (bot) => Object.assign(bot, { color: '#000001' })],
    ['where a section is gone', (bot) => delete bot.color],
  ])('%s', async (_what, change) => {
    expect((await take(changed(change))).digest).not.toBe(whole.digest);
  });
});

describe('one changed item changes one segment of its section and no other section', () => {
  test.each([
    ['sentences', 'sentence'],
    ['dialogComponents', 'description'],
    ['knowledgeTasks', 'description'],
  ])('in %s', async (section, field) => {
    const count = sectionOf(whole, section)?.count ?? 0;
    for (const n of [0, Math.floor(count / 2), count - 1]) {
      const other = await take(
        changed((bot) => Object.assign(itemOf(bot, section, n), { [field]: 'Other.' })),
      );
      const before = new Set(digests(sectionOf(whole, section)?.content));
      const after = digests(sectionOf(other, section)?.content);
      expect(after.filter((digest) => !before.has(digest))).toHaveLength(1);
      expect(after).toHaveLength(before.size);
      const differing = other.manifest.sections.filter(
        (one) => JSON.stringify(one) !== JSON.stringify(sectionOf(whole, one.key)),
      );
      expect(differing.map(({ key }) => key)).toEqual([section]);
    }
  });
});

describe('the stubs of a snapshot', () => {
  const keeps: Record<string, string[]> = {
    dialogs: ['_id', 'refId', 'lname', 'localeData', 'amendConfig', 'vNameSpace'],
    dialogComponents: ['_id', 'refId', 'name', 'type', 'localeData', 'idp', 'useTaskLevelNs', 'vNameSpace'],
  };

  test.each(Object.entries(keeps))('of %s are the few fields of each item, in order', async (key, fields) => {
    const store = segmentsInMemory(whole.segments);
    const stubs = sectionOf(whole, key)?.stubs;
    if (!stubs) throw new Error(`${key} has no stubs`);
    const texts: string[] = [];
    for await (const text of readItems(store, stubs)) texts.push(text);
    const items = (JSON.parse(String(definition)) as Record<string, Json[]>)[key] ?? [];
    const expected = items.map((item) =>
      Object.fromEntries(fields.filter((field) => field in item).map((field) => [field, item[field]])),
    );
    expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(
      expected.map((item) => JSON.stringify(item)),
    );
  });

  test('are there for no other section than dialogs, their components and models', () => {
    const having = whole.manifest.sections.filter(({ stubs }) => stubs).map(({ key }) => key);
    expect(having.sort()).toEqual(['dialogComponents', 'dialogs', 'mlParams']);
  });
});

test('every segment of a snapshot is needed by it, and every one it needs is there', () => {
  const runs = [...manifestRuns(whole.manifest)].map(({ digest }) => digest);
  const needed = new Set([...runs, ...whole.outline]);
  expect(new Set(whole.segments.map(({ digest }) => digest))).toEqual(needed);
});

describe('in the store', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  function rows(table: string): number {
    const db = new DatabaseSync(databaseFile(server.dataFolder), { readOnly: true });
    try {
      return Number(db.prepare(`select count(*) as n from ${table}`).get()?.n);
    } finally {
      db.close();
    }
  }

  test('two imports of a bot share all its segments, and one changed item adds one', async () => {
    const admin = await callerOf(server, await server.createApp());
    const first = await importedBot(server, admin, { definition, config });
    const segments = rows('segments');
    expect(segments).toBeGreaterThan(10);

    const second = await importedBot(server, admin, { definition, config });
    expect(second).not.toBe(first);
    expect([rows('bots'), rows('snapshots'), rows('segments')]).toEqual([2, 1, segments]);

    const other = changed((bot) => Object.assign(itemOf(bot, 'sentences', 100), { sentence: 'Other.' }));
    await importedBot(server, admin, { definition: other, config });
    expect([rows('bots'), rows('snapshots'), rows('segments')]).toEqual([3, 2, segments + 1]);

    const db = await openDatabase(server.dataFolder);
    try {
      expect((await verifyStore(db)).faults).toEqual([]);
    } finally {
      await db.destroy();
    }
  });
});
