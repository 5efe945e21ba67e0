import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { removeOldDeliveries } from '../../src/webhooks/retention.ts';
import { temporaryFolders } from '../storage/support.ts';
import { dyingAfter } from '../support/retention.ts';

const newFolder = temporaryFolders();
let db: Db | undefined;
afterEach(() => db?.destroy());

/** Writes deliveries of these moments, in their order. */
async function fill(db: Db, moments: number[]): Promise<void> {
  await db.deleteFrom('webhook_deliveries').execute();
  for (const [index, created_at] of moments.entries()) {
    const status = (['pending', 'success', 'failed'] as const)[index % 3] ?? 'pending';
    await db
      .insertInto('webhook_deliveries')
      .values({
        webhook_id: 'wh-1',
        message_id: `msg-${index}`,
        event: 'ping',
        body: '{}',
        status,
        attempts: 0,
        due_at: status === 'pending' ? 0 : null,
        created_at,
      })
      .execute();
  }
}

const moments = async (db: Db) =>
  (await db.selectFrom('webhook_deliveries').select('created_at').orderBy('number').execute()).map(
    ({ created_at }) => created_at,
  );

test('what is old goes, however it stands, and nothing else, also where it is killed in between', async () => {
  const open = await openDatabase(newFolder());
  db = open;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(20), { maxLength: 12 }).map((list) => list.toSorted((a, b) => a - b)),
      fc.nat(20),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(4),
      async (list, olderThan, batchSize, life) => {
        await fill(open, list);
        const young = list.filter((moment) => moment >= olderThan);
        await removeOldDeliveries(dyingAfter(open, life), olderThan, { batchSize }).catch(() => undefined);
        expect((await moments(open)).slice(-young.length || list.length)).toEqual(young);
        const left = (await moments(open)).length;
        expect(await removeOldDeliveries(open, olderThan, { batchSize })).toBe(left - young.length);
        expect(await moments(open)).toEqual(young);
      },
    ),
    { numRuns: 50 },
  );
});

test('an aborted signal ends it', async () => {
  db = await openDatabase(newFolder());
  await fill(db, [1, 2]);
  expect(await removeOldDeliveries(db, 10, { signal: AbortSignal.abort() })).toBe(0);
});
