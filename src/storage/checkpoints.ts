import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadFile } from '../thread-file.ts';

/*
 * What is committed stands in the write-ahead log until a checkpoint copies it into the database file
 * (https://www.sqlite.org/wal.html#ckpt). SQLite lets the commit that finds the log long do that, and everybody waits
 * for it. Here a thread with a connection of its own copies most of it beforehand, beside the commits.
 *
 * The log starts anew only when all of it has been copied, which a thread beside a busy writer never achieves. So the
 * writer keeps SQLite's own way, from `longLog` on: it finds little left to copy, and so the log stays bounded.
 */

/** Pages of the log from which on the writer itself makes sure that all of it is copied. */
export const longLog = 8000;

/** Commits between two checkpoints of the thread. A command line tool makes fewer, and so never starts it. */
const commitsBetween = 32;

export class Checkpoints {
  readonly #file: string;
  #thread: Worker | undefined;
  #commits = 0;
  #busy = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** To be called after each commit. */
  noteCommit(): void {
    this.#commits += 1;
    if (this.#busy || this.#commits < commitsBetween) return;
    this.#commits = 0;
    this.#busy = true;
    this.#thread ??= this.#start();
    this.#thread.postMessage('checkpoint');
  }

  /** Ends the thread; after that the writer is the last to close the database, and clears the log away. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    const ended = once(thread, 'exit');
    thread.ref();
    thread.postMessage('close');
    await ended;
  }

  #start(): Worker {
    const thread = new Worker(threadFile('./checkpoint-thread.ts', import.meta.url), {
      workerData: this.#file,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    // Without the thread nothing is lost: the writer makes the checkpoints by itself.
    thread.on('error', () => undefined);
    thread.on('message', () => {
      this.#busy = false;
    });
    thread.unref();
    return thread;
  }
}
