/** Waits for a line, then opens a data folder and writes to it, as `serve` and `apps create` do; prints key and account. */
import { once } from 'node:events';
import { openDatabase } from '../../src/storage/database.ts';
import { openSecretBox } from '../../src/storage/secret-box.ts';

const [folder, rounds] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder?');
await once(process.stdin, 'data');
process.stdin.destroy();

const key = openSecretBox(folder).deriveKey('test').toString('hex');
let account = '';
for (let round = 0; round < Number(rounds ?? 1); round++) {
  const db = await openDatabase(folder);
  // Reads before it writes, while others write.
  await db.transaction().execute(async (tx) => {
    const { id, created_at } = await tx
      .selectFrom('accounts')
      .selectAll()
      .orderBy('created_at')
      .executeTakeFirstOrThrow();
    account = id;
    await tx
      .updateTable('accounts')
      .set({ created_at: created_at + 1 })
      .where('id', '=', id)
      .execute();
  });
  await db.destroy();
}
console.log(`${key} ${account}`);
