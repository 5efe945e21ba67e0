import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/* The thread of checkpoints.ts. */

const database = new DatabaseSync(String(workerData), { timeout: 0 });
database.exec('pragma synchronous = full');
// Passive: it waits for nobody, and nobody waits for it.
const checkpoint = database.prepare('pragma wal_checkpoint(passive)');

parentPort?.on('message', (order: 'checkpoint' | 'close') => {
  if (order === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  try {
    checkpoint.all();
  } catch {
    // The disk is full, say. The log stays as it is, and the writer will meet the same and tell.
  }
  parentPort?.postMessage('done');
});
