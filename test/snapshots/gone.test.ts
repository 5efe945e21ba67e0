import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect } from '../../src/snapshots/collect.ts';
import { lookAgain, SnapshotGone } from '../../src/snapshots/gone.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { temporaryFolders } from '../storage/support.ts';
import { type IngestedBot, ingestInMemory } from '../support/segments.ts';
import { smallDefinition } from '../support/server.ts';

const newFolder = temporaryFolders();
let db: Db;
beforeEach(async () => {
  db = await openDatabase(newFolder());
});
afterEach(() => db.destroy());

function botOf(words: string): Promise<IngestedBot> {
  const dialogs = Array.from({ length: 20 }, (_, index) => ({
    _id: `dg-${index}`,
    refId: `ref-${index}`,
    localeData: { en: { name: `Dialog ${index}` } },
    words: index === 7 ? words : 'as ever '.repeat(30),
  }));
  return ingestInMemory({
    definition: (async function* () {
      yield Buffer.from(JSON.stringify(smallDefinition({ dialogs })));
    })(),
    config: Buffer.from('{"name":"A bot","envVariables":[]}'),
    others: [],
  });
}

/** The same database, that does something once, after the statement that looks for a chain of deltas. */
function interrupted(action: () => Promise<void>): Db {
  let isDone = false;
  let isChain = false;
  return db.withPlugin({
    transformQuery({ node }) {
      isChain = JSON.stringify(node).includes('with recursive chain');
      return node;
    },
    async transformResult({ result }) {
      if (!isChain || isDone) return result;
      isDone = true;
      await action();
      return result;
    },
  }) as Db;
}

test('a snapshot that comes in anew while it is thawed is read, though what it was frozen against has gone', async () => {
  const segments = segmentsInDatabase(db);
  const [old, base] = [await botOf('old'), await botOf('new')];
  const bring = (snapshot: IngestedBot) =>
    db.transaction().execute(async (tx) => {
      await segments.put(tx, snapshot.segments, 0);
      await openSnapshots(db, segments).put(tx, snapshot);
    });
  await bring(old);
  await bring(base);
  expect(await openSnapshots(db, segments).freeze(old.digest, base.digest)).toBe(true);

  let removed = 0;
  const snapshots = openSnapshots(
    interrupted(async () => {
      await bring(old);
      removed = (await collect(db, snapshots, { keepReadySince: 0 })).snapshots;
    }),
    segments,
  );
  expect(await snapshots.manifest(old.digest)).toEqual(old.manifest);
  expect(removed).toBe(1);
  expect(await db.selectFrom('snapshots').select('digest').execute()).toEqual([{ digest: old.digest }]);
});

test('a snapshot that is in no store is said to be gone', async () => {
  const snapshots = openSnapshots(db, segmentsInDatabase(db));
  await expect(snapshots.manifest('f'.repeat(64))).rejects.toThrow(SnapshotGone);
});

test('what finds its snapshot gone looks again, and gives up when it stays so', async () => {
  let left = 2;
  const sometimes = async () => {
    if (left === 0) return 'found';
    left -= 1;
    throw new SnapshotGone('x');
  };
  expect(await lookAgain(sometimes)).toBe('found');
  let tries = 0;
  const never = async () => {
    tries += 1;
    throw new SnapshotGone('x');
  };
  await expect(lookAgain(never)).rejects.toThrow(SnapshotGone);
  expect(tries).toBe(3);
});

test('what fails for another reason is not tried again', async () => {
  let tries = 0;
  const failing = async () => {
    tries += 1;
    throw new Error('broken');
  };
  await expect(lookAgain(failing)).rejects.toThrow('broken');
  expect(tries).toBe(1);
});
