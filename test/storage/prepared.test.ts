import { expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { prepared } from '../../src/storage/prepared.ts';
import { temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

const insert = prepared((db, row: { id: string; at: number }) =>
  db.insertInto('accounts').values({ id: row.id, created_at: row.at }),
);
const between = prepared((db, value: { low: number; high: number }) =>
  db
    .selectFrom('accounts')
    .select('id')
    .where('created_at', '>=', value.low)
    .where('created_at', '<=', value.high)
    .where('created_at', '!=', 5)
    .where('created_at', '!=', value.low)
    .orderBy('id'),
);
const remove = prepared((db, value: { high: number }) =>
  db.deleteFrom('accounts').where('created_at', '<=', value.high),
);

test('a prepared query takes its values by name, wherever and however often they stand in it', async () => {
  const db = await openDatabase(newFolder());
  for (let at = 0; at < 10; at += 1) await insert.run(db, { id: `a${at}`, at });
  expect(await between.all(db, { high: 7, low: 3 })).toEqual([{ id: 'a4' }, { id: 'a6' }, { id: 'a7' }]);
  expect(await between.first(db, { low: 0, high: 3 })).toEqual({ id: 'a1' });
  expect(await between.first(db, { low: 20, high: 30 })).toBeUndefined();
  await db.destroy();
});

test('a prepared query runs in a transaction, and says how many rows it wrote', async () => {
  const db = await openDatabase(newFolder());
  const failed = db.transaction().execute(async (tx) => {
    for (const at of [1, 2, 3]) await insert.run(tx, { id: `a${at}`, at });
    expect(await remove.run(tx, { high: 2 })).toBe(2);
    expect(await between.all(tx, { low: 0, high: 9 })).toEqual([{ id: 'a3' }]);
    throw new Error('undone');
  });
  await expect(failed).rejects.toThrow('undone');
  expect(await remove.run(db, { high: 9 })).toBe(0);
  await db.destroy();
});
