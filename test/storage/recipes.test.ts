import { buffer } from 'node:stream/consumers';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { keepSegments } from '../../src/archives/kept-segments.ts';
import { readRecipe, recipeDigest, separatorBlock } from '../../src/archives/recipe.ts';
import { ArchiveReader, keepBlocks } from '../../src/archives/stream.ts';
import { parseManifest } from '../../src/snapshots/manifest.ts';
import { SnapshotRuns } from '../../src/snapshots/runs.ts';
import { openDatabase } from '../../src/storage/database.ts';
import * as initial from '../../src/storage/migrations/0001-initial.ts';
import { segmentsInMemory } from '../support/segments.ts';
import { temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

const segments = ['a', 'bc', 'def', 'ghij', 'k'].map((text) => ({
  digest: `digest of ${text}`,
  textLength: 1,
  crc32: 1,
  bytes: Buffer.from(text),
}));
const run = (n: number) => ({
  digest: `digest of ${segments[n]?.bytes}`,
  textLength: 1,
  crc32: 1,
  storedLength: segments[n]?.bytes.length,
});
const runs = (...places: number[]) => ({
  form: 'runs',
  digest: '',
  runs: places.map((n) => ({ ...run(n), items: 1 })),
});
const manifest = JSON.stringify({
  profile: { name: '', description: '', type: '', purpose: '', defaultLanguage: 'en', languages: [] },
  sections: [
    // The second segment stands in the first list twice, and is a stub as well.
    { key: 'dialogs', count: 4, content: runs(0, 1, 2, 1), stubs: runs(1, 3) },
    { key: 'color', count: null, content: { form: 'text', digest: '', text: '""' } },
  ],
  tasks: {},
  files: [{ name: 'config.json', run: run(4) }],
});

/** A store as the first version left it, with one finished export of this recipe. */
async function oldStore(parts: object[]): Promise<string> {
  const folder = newFolder();
  const db = await openDatabase(folder, { '0001-initial': initial });
  await sql`insert into snapshots values ('s', ${manifest}, 1)`.execute(db);
  await sql`insert into bots select 'st-1', id, '', '', '', '', 'en', 's', null, null, null, 'u', 1 from accounts`.execute(
    db,
  );
  const recipe = JSON.stringify({ parts, size: 1, digest: 'x' });
  await sql`insert into export_requests values
    ('ber-1', 'st-1', 'success', 'latest', '{}', 's', 'f', 'f-1.zip', 'a.zip', ${recipe}, 1, null, 'u', 1, 1),
    ('ber-2', 'st-1', 'pending', 'latest', '{}', 's', 'f', 'f-2.zip', 'a.zip', null, null, null, 'u', 1, 1)`.execute(
    db,
  );
  await db.destroy();
  return folder;
}

async function recipesAfter(folder: string) {
  const db = await openDatabase(folder);
  const rows = await db
    .selectFrom('export_requests')
    .leftJoin('recipes', 'recipes.digest', 'export_requests.recipe')
    .select(['id', 'recipe', 'bytes', 'sha256'])
    .orderBy('id')
    .execute();
  await db.destroy();
  return rows;
}

const segment = (n: number) => ({ segment: run(n).digest, length: run(n).storedLength });
const literal = (bytes: Buffer | string) => ({ literal: Buffer.from(bytes).toString('base64') });

test('a recipe of the first version makes the same archive after the change of its form', async () => {
  const between = literal(separatorBlock);
  const parts = [
    literal('head '),
    segment(0),
    between,
    segment(1),
    between,
    segment(2),
    between,
    segment(1),
    literal(' stubs '),
    segment(1),
    between,
    segment(3),
    literal(' file '),
    segment(4),
    literal(' end'),
  ];
  const [first, second] = await recipesAfter(await oldStore(parts));
  expect(second).toEqual({ id: 'ber-2', recipe: null, bytes: null, sha256: null });
  const bytes = first?.bytes ?? new Uint8Array();
  const snapshot = SnapshotRuns.of(parseManifest(manifest));
  expect(first).toMatchObject({ id: 'ber-1', recipe: recipeDigest(bytes, snapshot.digest), sha256: null });
  const reader = new ArchiveReader(
    { digest: 'r', parts: readRecipe(bytes) },
    snapshot.all,
    keepSegments(segmentsInMemory(segments), 0),
    keepBlocks(),
  );
  const sep = String(separatorBlock);
  expect(String(await buffer(reader.stream()))).toBe(
    `head a${sep}bc${sep}def${sep}bc stubs bc${sep}ghij file k end`,
  );
  // A few bytes for a list, not one segment after the other.
  expect(readRecipe(bytes).filter((part) => !Buffer.isBuffer(part)).length).toBeLessThan(5);
});

test('a recipe that names a segment its snapshot does not have becomes none', async () => {
  const [first] = await recipesAfter(await oldStore([literal('a'), { segment: 'another', length: 1 }]));
  expect(first).toMatchObject({ id: 'ber-1', recipe: null });
});
