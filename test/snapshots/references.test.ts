import { afterEach, expect, test } from 'vitest';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { temporaryFolders } from '../storage/support.ts';
import { ingestInMemory } from '../support/segments.ts';
import { smallDefinition } from '../support/server.ts';

const newFolder = temporaryFolders();
let db: Db | undefined;
afterEach(() => db?.destroy());

test('references that could not be read once are read anew when they are asked for again', async () => {
  const open = await openDatabase(newFolder());
  db = open;
  const segments = segmentsInDatabase(open);
  const snapshots = openSnapshots(open, segments);
  const snapshot = await ingestInMemory({
    definition: (async function* () {
      yield Buffer.from(JSON.stringify(smallDefinition()));
    })(),
    config: Buffer.from('{"name":"A bot","envVariables":[]}'),
    others: [],
  });
  await expect(snapshots.references(snapshot.digest)).rejects.toThrow('is missing');
  await open.transaction().execute(async (tx) => {
    await segments.put(tx, snapshot.segments, 0);
    await snapshots.put(tx, snapshot);
  });
  expect(await snapshots.references(snapshot.digest)).toBe(await snapshots.references(snapshot.digest));
});
