import { afterEach, beforeEach, expect, test } from 'vitest';
import { ingest, type NewSnapshot } from '../../src/snapshots/ingest.ts';
import { beginIngest, endIngest } from '../../src/snapshots/ingests.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { type SegmentStore, segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { temporaryFolders } from '../storage/support.ts';
import { sampleBots } from '../support/samples.ts';

const newFolder = temporaryFolders();
let db: Db;
let segments: SegmentStore;
let snapshot: NewSnapshot;

beforeEach(async () => {
  db = await openDatabase(newFolder());
  segments = segmentsInDatabase(db);
  const id = await beginIngest(db, 'bir-1');
  const [sample] = sampleBots();
  if (!sample) throw new Error('there is no sample bot');
  const { definition, config } = sample;
  const chunks = (async function* () {
    yield definition;
  })();
  snapshot = await ingest(
    { definition: chunks, config, others: [] },
    {
      limits: { maxItem: 1e8, maxUnpacked: 1e9 },
      keep: (some) => db.transaction().execute((tx) => segments.put(tx, some, id)),
    },
  );
  await db.transaction().execute(async (tx) => {
    await endIngest(tx, id);
    await openSnapshots(db, segments).put(tx, snapshot);
  });
});
afterEach(() => db.destroy());

const dialogs = async () => {
  const references = await openSnapshots(db, segments).references(snapshot.digest);
  return references.items('dialogs').map((dialog) => [dialog, references.ofDialog(dialog)]);
};

test('the outline of a snapshot is read without the segments of its text', async () => {
  const before = await dialogs();
  await db.deleteFrom('segments').where('digest', 'not in', snapshot.outline).execute();
  expect(before.length).toBeGreaterThan(0);
  expect(await dialogs()).toEqual(before);
});

test('a snapshot from before outlines were kept is read from its segments, and says the same', async () => {
  const before = await dialogs();
  await db.deleteFrom('outlines').execute();
  expect(await dialogs()).toEqual(before);
});

test('a snapshot that goes takes its outline along', async () => {
  await db.deleteFrom('snapshots').execute();
  expect(await db.selectFrom('outlines').selectAll().execute()).toEqual([]);
});

test('an ingest that was given up cannot end', async () => {
  const id = await beginIngest(db, 'bir-2');
  const again = await beginIngest(db, 'bir-2');
  expect(again).toBeGreaterThan(id);
  await expect(db.transaction().execute((tx) => endIngest(tx, id))).rejects.toThrow('not there any more');
  await db.transaction().execute((tx) => endIngest(tx, again));
});
