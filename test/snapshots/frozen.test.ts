import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDelta } from '../../src/snapshots/delta.ts';
import { manifestRuns } from '../../src/snapshots/manifest.ts';
import { rebuild } from '../../src/snapshots/rebuild.ts';
import { openSnapshots, type Snapshots } from '../../src/snapshots/snapshots.ts';
import { readTextForm } from '../../src/snapshots/text-form.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { type SegmentStore, segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { type IngestedBot, ingestInMemory } from '../support/segments.ts';
import { smallDefinition } from '../support/server.ts';

type Json = Record<string, unknown>;

const plainConfig = Buffer.from('{"name":"A bot","envVariables":[]}');

function take(
  definition: Buffer | Json,
  config: Buffer = plainConfig,
  others: { name: string; content: Buffer }[] = [],
): Promise<IngestedBot> {
  const bytes = Buffer.isBuffer(definition) ? definition : Buffer.from(JSON.stringify(definition));
  return ingestInMemory({ definition: pieces(bytes), config, others });
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

let folder: string;
let db: Db;
let segments: SegmentStore;
let snapshots: Snapshots;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'botport-frozen-'));
  db = await openDatabase(folder);
  segments = segmentsInDatabase(db);
  snapshots = openSnapshots(db, segments);
});

afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

async function store(snapshot: IngestedBot): Promise<string> {
  await db.transaction().execute(async (tx) => {
    await segments.put(tx, snapshot.segments, 0);
    await snapshots.put(tx, snapshot);
  });
  return snapshot.digest;
}

const isReady = async (digest: string) =>
  (await db.selectFrom('manifests').select('snapshot').where('snapshot', '=', digest).execute()).length === 1;

/** Removes the segments only this snapshot needed, as a collection would. */
async function dropSegments(of: IngestedBot, butThoseOf: IngestedBot[]): Promise<void> {
  const needed = new Set(
    butThoseOf.flatMap(({ manifest }) => [...manifestRuns(manifest)].map(({ digest }) => digest)),
  );
  const own = [...manifestRuns(of.manifest)]
    .map(({ digest }) => digest)
    .filter((digest) => !needed.has(digest));
  if (own.length > 0) await db.deleteFrom('segments').where('digest', 'in', own).execute();
}

/** A dialog of some size. */
const dialog = (id: string, words: string): Json => ({
  _id: id,
  refId: `ref-${id}`,
  localeData: { en: { name: `Dialog ${id}` } },
  nodes: Array.from({ length: 20 }, (_, index) => ({ nodeId: `${id}-${index}`, text: `${words} ${index}` })),
});

/** Freezes the old one, drops its segments and asks for it: it must come back the same in every part. */
async function comesBack(old: IngestedBot, newer: IngestedBot): Promise<void> {
  await store(old);
  await store(newer);
  expect(await snapshots.freeze(old.digest, newer.digest)).toBe(old.digest !== newer.digest);
  if (old.digest === newer.digest) return;
  expect(await isReady(old.digest)).toBe(false);
  await dropSegments(old, [newer]);
  const { manifest } = old;
  expect(await snapshots.manifest(old.digest)).toEqual(manifest);
  await snapshots.use(old.digest, async (thawed) => {
    for (const run of manifestRuns(thawed)) {
      const stored = await segments.get(run.digest);
      expect(stored?.bytes.length).toBe(run.storedLength);
    }
  });
}

describe('a frozen snapshot comes back with the same manifest and segments', () => {
  for (const { name, definition, config } of [...sampleBots(), ...referenceBots()]) {
    test(`${name}, against itself with every tenth item changed, moved or gone`, async () => {
      const bot = JSON.parse(String(definition)) as Record<string, unknown>;
      for (const [key, value] of Object.entries(bot)) {
        if (!Array.isArray(value) || value.length < 2 || typeof value[0] !== 'object') continue;
        const list = value as Json[];
        list.forEach((item, index) => {
          if (index % 10 === 3) item.changedAt = '2026-01-01';
        });
        if (list.length > 12) list.push(...list.splice(5, 1));
        if (key !== 'dialogs') list.splice(7, 1);
      }
      await comesBack(await take(definition, config), await take(Buffer.from(JSON.stringify(bot)), config));
    });
  }

  test('one that has nothing to do with its base', async () => {
    const [first, second] = [
      smallDefinition({ dialogs: [dialog('a', 'one')], other: { some: 'value' } }),
      smallDefinition({ dialogs: null, sentences: [{ _id: 's' }], purpose: 'employee' }),
    ];
    await comesBack(await take(first), await take({ ...second, dialogs: [] }));
  });

  test('one with another name, in another default language', async () => {
    const names = (tongue: string) => ({ localeData: { [tongue]: { name: `Bot in ${tongue}` } } });
    const both = {
      ...dialog('a', 'words'),
      localeData: { en: { name: 'Dialog' }, de: { name: 'Dialog (de)' } },
    };
    const bot = (tongue: string) =>
      smallDefinition({ ...names(tongue), defaultLanguage: tongue, dialogs: [both, dialog('b', 'words')] });
    await comesBack(await take(bot('de')), await take(bot('en')));
  });

  test('and runs whose items are those of the base are not made again', async () => {
    const list = (changed: number) =>
      Array.from({ length: 300 }, (_, index) => dialog(`d${index}`, index === changed ? 'new' : 'as ever'));
    const [old, newer] = [
      await take(smallDefinition({ sentences: list(150) })),
      await take(smallDefinition({ sentences: list(-1) })),
    ];
    await comesBack(old, newer);
    const made = new Set<string>();
    const delta = await makeDelta(segments, newer.manifest, old.manifest);
    const manifest = await rebuild(segments, newer.manifest, [delta], async (some) => {
      for (const { digest } of some) made.add(digest);
      return some.map(({ bytes }) => bytes.length);
    });
    expect(manifest).toEqual(old.manifest);
    const stored = new Set([...manifestRuns(newer.manifest)].map(({ digest }) => digest));
    expect([...made].filter((digest) => stored.has(digest))).toEqual([]);
    expect(made.size).toBe(1);
    expect(stored.size).toBeGreaterThan(6);
  });

  test('files beside the definition, text or not', async () => {
    const script = (text: string) => ({ name: 'functions.js', content: Buffer.from(text) });
    const icon = (byte: number) => ({ name: 'icon.png', content: Buffer.from([0xff, 0xfe, byte, 0x00]) });
    const config = (value: string) =>
      Buffer.from(JSON.stringify({ name: 'A bot', envVariables: [{ key: 'k', value }] }));
    await comesBack(
      await take(smallDefinition(), config('old'), [icon(1), script('one();\ntwo();\nthree();\nfour();')]),
      await take(smallDefinition(), config('new'), [icon(2), script('one();\ntwo();\n3();\nfour();')]),
    );
  });

  test('any two lists of items', async () => {
    const items = fc.uniqueArray(
      fc.record({
        _id: fc.integer({ min: 0, max: 60 }).map((n) => `id-${n}`),
        text: fc.lorem({ maxCount: 40 }),
      }),
      { selector: ({ _id }) => _id, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(items, items, items, async (one, other, third) => {
        const [old, middle, newest] = [
          await take(smallDefinition({ sentences: one })),
          await take(smallDefinition({ sentences: other })),
          await take(smallDefinition({ sentences: third })),
        ];
        for (const snapshot of [old, middle, newest]) await store(snapshot);
        await snapshots.freeze(old.digest, middle.digest);
        await snapshots.freeze(middle.digest, newest.digest);
        await dropSegments(middle, [newest]);
        await dropSegments(old, [newest]);
        expect(await snapshots.manifest(old.digest)).toEqual(old.manifest);
        expect(await snapshots.manifest(middle.digest)).toEqual(middle.manifest);
      }),
      { numRuns: 40 },
    );
  });
});

describe('freezing', () => {
  const version = (words: string) =>
    take(smallDefinition({ dialogs: [dialog('a', words), dialog('b', 'same')] }));

  test('leaves a snapshot that is in use as it is', async () => {
    const [old, newer] = [await store(await version('old')), await store(await version('new'))];
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const reading = snapshots.use(old, () => promise);
    expect(await snapshots.freeze(old, newer)).toBe(false);
    release();
    await reading;
    expect(await snapshots.freeze(old, newer)).toBe(true);
  });

  test('never makes a ring of bases', async () => {
    const [one, two] = [await store(await version('one')), await store(await version('two'))];
    expect(await snapshots.freeze(one, two)).toBe(true);
    expect(await snapshots.freeze(two, one)).toBe(false);
    expect(await snapshots.freeze(one, one)).toBe(false);
  });

  test('a thawed snapshot is frozen again by what is still there', async () => {
    const [old, newer] = [await store(await version('old')), await store(await version('new'))];
    await snapshots.freeze(old, newer);
    const before = await db.selectFrom('snapshots').selectAll().where('digest', '=', old).execute();
    await snapshots.manifest(old);
    expect(await isReady(old)).toBe(true);
    expect(await snapshots.freeze(old, newer)).toBe(true);
    expect(await isReady(old)).toBe(false);
    expect(await db.selectFrom('snapshots').selectAll().where('digest', '=', old).execute()).toEqual(before);
  });

  test('a frozen snapshot that comes in again is frozen no longer', async () => {
    const first = await version('old');
    const [old, newer] = [await store(first), await store(await version('new'))];
    await snapshots.freeze(old, newer);
    await store(first);
    expect(
      await db.selectFrom('snapshots').select(['base', 'delta']).where('digest', '=', old).execute(),
    ).toEqual([{ base: null, delta: null }]);
    expect(await snapshots.freeze(newer, old)).toBe(true);
    expect(await snapshots.manifest(newer)).toEqual((await version('new')).manifest);
  });

  test('many who ask for a frozen snapshot at once get it, while it is thawed once', async () => {
    const first = await version('old');
    const [old, newer] = [await store(first), await store(await version('new'))];
    await snapshots.freeze(old, newer);
    const all = await Promise.all(Array.from({ length: 50 }, () => snapshots.manifest(old)));
    for (const manifest of all) expect(manifest).toEqual(first.manifest);
  });

  test('who asks while a snapshot is being frozen waits, and gets it', async () => {
    const first = await version('old');
    const [old, newer] = [await store(first), await store(await version('new'))];
    const freezing = snapshots.freeze(old, newer);
    const text = await snapshots.use(old, (manifest) => readTextForm(segments, manifest));
    expect(await freezing).toBe(true);
    expect(text.members.find(({ key }) => key === 'dialogs')?.texts).toHaveLength(2);
  });

  test('a snapshot too far from any ready one stays as it is', async () => {
    const [old, newer] = [await store(await version('old')), await store(await version('new'))];
    await db.updateTable('snapshots').set({ height: 1_000 }).where('digest', '=', old).execute();
    expect(await snapshots.freeze(old, newer)).toBe(false);
  });

  test('a draft stays ready', async () => {
    const [old, newer] = [await store(await version('old')), await store(await version('new'))];
    const { id } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    await db
      .insertInto('bots')
      .values({
        id: 'st-1',
        account_id: id,
        name: 'A bot',
        description: '',
        type: 'default',
        purpose: 'customer',
        default_language: 'en',
        draft: old,
        ordinal: 0,
        published: null,
        newest_export: null,
        newest_publish: null,
        created_by: 'u-1',
        created_at: 0,
      })
      .execute();
    expect(await snapshots.freeze(old, newer)).toBe(false);
    expect(await isReady(old)).toBe(true);
  });
});
