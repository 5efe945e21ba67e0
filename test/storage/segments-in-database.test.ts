import { openDatabase } from '../../src/storage/database.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { type OpenSegmentStore, segmentStoreSuite } from './segment-store-suite.ts';
import { temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();

segmentStoreSuite('segmentsInDatabase', async (): Promise<OpenSegmentStore> => {
  const folder = newFolder();
  let db = await openDatabase(folder);
  let store = segmentsInDatabase(db);
  return {
    get store() {
      return store;
    },
    transaction: (work) => db.transaction().execute(work),
    async reopen() {
      await db.destroy();
      db = await openDatabase(folder);
      store = segmentsInDatabase(db);
    },
    close: () => db.destroy(),
  };
});
