import { Worker } from 'node:worker_threads';
import { BotportError } from '../errors.ts';
import type { KeepSegments } from '../snapshots/segment-maker.ts';
import { threadFile } from '../thread-file.ts';
import {
  type FromThread,
  type Ingested,
  type IngestTask,
  type PackedSegments,
  type ThreadProgress,
  type ToThread,
  unpackSegments,
} from './ingest-protocol.ts';

/** How long a thread without work is kept for the next import, in milliseconds. To start one takes about 0.1 s. */
const idleTime = 30_000;

/** A parsed value takes up to so many times the memory of its text: `[[],[],…]` is such. */
const memoryPerByte = 24;
/** Memory for everything else, in bytes. */
const baseMemory = 256 * 1024 ** 2;

/**
 * Room for new values, in bytes. Items are read and let go one after the other, so that half of the usual room is as
 * fast, and holds a hundred megabytes less at the end of a large import.
 */
const youngMemory = 12 * 1024 ** 2;

export interface IngestRun {
  /** Aborts the run: its thread ends at once, and `keep` is not called any more. */
  signal: AbortSignal;
  /** The bytes of the segments are there until it is done. */
  keep: KeepSegments;
  progress?: ((progress: ThreadProgress) => void) | undefined;
}

/** Ingests bots in a thread of their own, one at a time, so that the server answers meanwhile. */
export interface IngestThread {
  /**
   * Throws what ingesting throws; what `keep` fails with; and the reason of the signal. An error that is not of the
   * registry says that the thread died, of too little memory say: the next run gets another one.
   */
  run(task: IngestTask, run: IngestRun): Promise<Ingested>;
  /** Ends the thread. What was given to be kept is kept when this resolves. */
  close(): Promise<void>;
}

/** @param entry the module the thread runs; another one in tests */
export function createIngestThread(
  entry: URL = threadFile('./ingest-worker.ts', import.meta.url),
): IngestThread {
  let idle: { worker: Worker; memory: number; timer: NodeJS.Timeout } | undefined;
  const keeping = new Set<Promise<unknown>>();
  const running = new Set<Worker>();

  /** A thread with at least so much memory, warm if there is one. */
  function take(memory: number): Worker {
    const warm = idle;
    idle = undefined;
    if (warm) {
      clearTimeout(warm.timer);
      if (warm.memory === memory) {
        silence(warm.worker);
        return warm.worker;
      }
      void warm.worker.terminate();
    }
    return new Worker(entry, {
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil(memory / 1024 ** 2),
        maxYoungGenerationSizeMb: youngMemory / 1024 ** 2,
      },
    });
  }

  function giveBack(worker: Worker, memory: number): void {
    silence(worker);
    // It has nothing to do and cannot fail; if it does, nobody must hear of it.
    worker
      .on('error', () => undefined)
      .on('exit', () => {
        if (idle?.worker === worker) idle = undefined;
      });
    worker.unref();
    const timer = setTimeout(() => {
      idle = undefined;
      void worker.terminate();
    }, idleTime).unref();
    idle = { worker, memory, timer };
  }

  return {
    async run(task, { signal, keep, progress }) {
      signal.throwIfAborted();
      const memory = baseMemory + memoryPerByte * task.limits.maxItem;
      const worker = take(memory);
      running.add(worker);
      worker.ref();
      const { promise, resolve, reject } = Promise.withResolvers<Ingested>();
      let ended = false;
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop);

      async function kept(batch: number, segments: PackedSegments): Promise<void> {
        const work = keep(unpackSegments(segments));
        keeping.add(work);
        try {
          const lengths = await work;
          const room = segments.bytes.buffer;
          if (!ended) worker.postMessage({ type: 'kept', batch, lengths, room } satisfies ToThread, [room]);
        } catch (error) {
          reject(error);
        } finally {
          keeping.delete(work);
        }
      }

      worker.on('message', (message: FromThread) => {
        if (ended) return;
        if (message.type === 'keep') void kept(message.batch, message.segments);
        else if (message.type === 'progress') progress?.(message.progress);
        else if (message.type === 'made') resolve(message);
        else if (message.type === 'refused') reject(new BotportError(message.error, message.detail));
        else reject(message.error);
      });
      worker.on('error', (cause) => reject(new Error('the thread of an import died', { cause })));
      worker.on('exit', (code) => reject(new Error(`the thread of an import ended with code ${code}`)));
      worker.postMessage({ type: 'ingest', task } satisfies ToThread);
      try {
        const { snapshot, definitionSize, changes } = await promise;
        ended = true;
        giveBack(worker, memory);
        return { snapshot, definitionSize, changes };
      } catch (error) {
        ended = true;
        // Whatever it was about to do, it stops here; a refused file leaves nothing behind that another would meet.
        silence(worker).on('error', () => undefined);
        await worker.terminate();
        throw error;
      } finally {
        running.delete(worker);
        signal.removeEventListener('abort', stop);
        await Promise.allSettled(keeping);
      }
    },

    async close() {
      const workers = [...running, ...(idle ? [idle.worker] : [])];
      clearTimeout(idle?.timer);
      idle = undefined;
      await Promise.all(workers.map((worker) => worker.terminate()));
      await Promise.allSettled(keeping);
    },
  };
}

/** Takes off the listeners of a run, and no others: `worker_threads` has some of its own there. */
function silence(worker: Worker): Worker {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  return worker;
}
