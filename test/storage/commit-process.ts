import { openDatabase } from '../../src/storage/database.ts';

// Writes on and on from several at once, and prints the number of each write that it was told is there.
const db = await openDatabase(process.argv[2] ?? '');
let next = 0;
const write = async () => {
  for (;;) {
    const id = String(next);
    next += 1;
    await db.transaction().execute((tx) => tx.insertInto('accounts').values({ id, created_at: 0 }).execute());
    console.log(id);
  }
};
await Promise.all(Array.from({ length: 10 }, write));
