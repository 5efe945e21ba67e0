import { type MessagePort, parentPort } from 'node:worker_threads';
import { readImportOptions } from '../definition/import-options.ts';
import { compareVersions } from '../definition/platform-version.ts';
import { BotportError } from '../errors.ts';
import { editedFiles } from '../snapshots/edited-files.ts';
import {
  type BotFiles,
  type IngestOptions,
  type IngestProgress,
  ingest,
  type NewSnapshot,
} from '../snapshots/ingest.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { KeepSegments } from '../snapshots/segment-maker.ts';
import { openSegmentFile } from '../storage/segment-file.ts';
import type { SegmentReader } from '../storage/segment-store.ts';
import { openBotFiles } from './bot-files.ts';
import {
  type FromThread,
  type Ingested,
  type IngestTask,
  type IngestWork,
  packSegments,
  type ThreadProgress,
  type ToThread,
} from './ingest-protocol.ts';
import { filesThatStay, mergeFiles } from './merge-files.ts';
import { changesOf } from './plan.ts';
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

async function run(task: IngestTask): Promise<void> {
  const segments = openSegmentFile(task.databaseFile);
  let next = 0;
  try {
    const made = await perform(task, segments, (progress) => {
      if (performance.now() < next) return;
      next = performance.now() + progressInterval;
      say({ type: 'progress', progress });
    });
    say({ type: 'made', ...made });
  } catch (error) {
    if (error instanceof BotportError) say({ type: 'refused', error: error.type, detail: error.detail });
    else say({ type: 'failed', error });
  } finally {
    segments.close();
  }
}

async function perform(
  { databaseFile, limits, work }: IngestTask,
  segments: SegmentReader,
  tell: (progress: ThreadProgress) => void,
): Promise<Ingested> {
  if (work.type === 'edit') {
    const snapshot = await ingest(await editedFiles(segments, work.bot, work.edit), { limits, keep });
    return { snapshot, definitionSize: 0 };
  }
  const uploads = openUploadFile(databaseFile);
  try {
    const { definitionSize, ...files } = await openBotFiles(uploads, work.source, limits);
    const progress = (made: IngestProgress) => tell({ ...made, total: definitionSize });
    if (work.type === 'files') {
      return { snapshot: await ingest(files, { limits, keep, progress }), definitionSize };
    }
    const snapshot = await intoBot(segments, work, files, { limits, keep, progress });
    const after = { manifest: snapshot.manifest, outline: snapshot.outline };
    const changes = work.plan ? await changesOf(segments, work.bot, after) : undefined;
    return { snapshot, definitionSize, changes };
  } finally {
    uploads.close();
  }
}

/** The state a bot gets: the file's, or its own with what is chosen of the file's. */
async function intoBot(
  segments: SegmentReader,
  { bot: { manifest }, source, choice }: IngestWork & { type: 'into' },
  files: BotFiles,
  options: IngestOptions,
): Promise<NewSnapshot> {
  const parts = choice && readImportOptions(choice);
  if (!parts) {
    const saysScripts = source.mode === 'ZIP' || source.scripts.length > 0;
    const others = await filesThatStay(segments, manifest, files.others, saysScripts);
    const next = await ingest({ ...files, others }, options);
    refuseVersion(next.manifest, manifest);
    return next;
  }
  const file = await ingest(files, options);
  refuseVersion(file.manifest, manifest);
  const { limits } = options;
  return ingest(await mergeFiles({ segments, bot: manifest, file }, parts), { limits, keep });
}

function refuseVersion(file: Manifest, bot: Manifest): void {
  const [from, to] = [file, bot].map(platformVersion);
  const found = compareVersions(from, to);
  if (found === 'older') throw new BotportError('import_older_platform', `${from}; the bot has ${to}`);
  if (found === 'other generation')
    throw new BotportError('import_other_generation', `${from}; the bot has ${to}`);
}

function platformVersion({ sections }: Manifest): unknown {
  const content = sections.find(({ key }) => key === 'environmentVersionInfo')?.content;
  return content?.form === 'text' ? JSON.parse(content.text) : undefined;
}
