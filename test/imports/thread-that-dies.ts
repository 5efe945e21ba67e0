import { parentPort } from 'node:worker_threads';
import type { ToThread } from '../../src/imports/ingest-protocol.ts';

/* A thread of imports that dies, in the way the upload id says. */
parentPort?.on('message', (message: ToThread) => {
  if (message.type !== 'ingest') return;
  const { work } = message.task;
  if (work.type !== 'files' || work.source.mode !== 'ZIP') return;
  const way = work.source.zip.id;
  if (way === 'exit') process.exit(3);
  if (way === 'throw') throw new Error('a fault');
  const held: object[] = [];
  const text = JSON.stringify(Array.from({ length: 1000 }, () => [[]]));
  for (;;) held.push(JSON.parse(text));
});
