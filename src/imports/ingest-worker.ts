import { type MessagePort, parentPort } from 'node:worker_threads';
import { BotportError } from '../errors.ts';
import { ingest } from '../snapshots/ingest.ts';
import type { KeepSegments } from '../snapshots/segment-maker.ts';
import { openBotFiles } from './bot-files.ts';
import { type FromThread, type IngestTask, packSegments, type ToThread } from './ingest-protocol.ts';
import { openUploadFile } from './upload-file.ts';

/*
 * The thread that ingests bots, one at a time: it reads the uploads, and hands everything else to the thread that
 * started it, which alone writes.
 */

/** Milliseconds between two words on how far it is. */
const progressInterval = 250;

const port = parentPort as MessagePort;
const say = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

/** Batches that are on their way to be kept. */
const waiting = new Map<number, (lengths: readonly number[]) => void>();
let batches = 0;
/** Memory for the next batches. */
const rooms: ArrayBuffer[] = [];

const keep: KeepSegments = (segments) => {
  const { promise, resolve } = Promise.withResolvers<readonly number[]>();
  batches += 1;
  waiting.set(batches, resolve);
  const packed = packSegments(segments, rooms.pop());
  say({ type: 'keep', batch: batches, segments: packed }, [packed.bytes.buffer]);
  return promise;
};

port.on('message', (message: ToThread) => {
  if (message.type === 'ingest') void run(message.task);
  else {
    rooms.push(message.room);
    waiting.get(message.batch)?.(message.lengths);
    waiting.delete(message.batch);
  }
});

async function run({ databaseFile, source, limits }: IngestTask): Promise<void> {
  let uploads: ReturnType<typeof openUploadFile> | undefined;
  let next = 0;
  try {
    uploads = openUploadFile(databaseFile);
    const { definitionSize: total, ...files } = await openBotFiles(uploads, source, limits);
    const snapshot = await ingest(files, {
      limits,
      keep,
      progress(progress) {
        if (performance.now() < next) return;
        next = performance.now() + progressInterval;
        say({ type: 'progress', progress: { ...progress, total } });
      },
    });
    say({ type: 'made', snapshot, definitionSize: total });
  } catch (error) {
    if (error instanceof BotportError) say({ type: 'refused', error: error.type, detail: error.detail });
    else say({ type: 'failed', error });
  } finally {
    uploads?.close();
  }
}
