import type { ErrorName } from '../errors.ts';
import type { BotEdit } from '../snapshots/edited-files.ts';
import type { IngestProgress, NewSnapshot } from '../snapshots/ingest.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { SnapshotState } from '../snapshots/snapshots.ts';
import type { Segment } from '../storage/segment-store.ts';
import type { BotSource, ImportLimits, ImportSource } from './bot-files.ts';
import type { PlannedChanges } from './plan.ts';

/** What the thread is to ingest. */
export interface IngestTask {
  databaseFile: string;
  limits: ImportLimits;
  work: IngestWork;
}

export type IngestWork =
  /** Files, as a bot. */
  | { type: 'files'; source: BotSource }
  /**
   * Files, as the next state of a bot: all of it, or the parts that are chosen. With `plan`, also what that changes. The
   * segments of the bot's state have to stay meanwhile.
   */
  | {
      type: 'into';
      source: ImportSource;
      bot: SnapshotState;
      choice: ImportChoice | undefined;
      plan: boolean;
    }
  /** The state of a bot with some of it edited. */
  | { type: 'edit'; bot: Manifest; edit: BotEdit };

/** The chosen parts, as the request names them. */
export interface ImportChoice {
  importOptions: Readonly<Record<string, unknown>>;
  subTasks?: Readonly<Record<string, readonly string[]>> | undefined;
}

export type ToThread =
  | { type: 'ingest'; task: IngestTask }
  /** The segments of a batch are kept, and take so many bytes each. Its memory comes back, for another batch. */
  | { type: 'kept'; batch: number; lengths: readonly number[]; room: ArrayBuffer };

/** What a run gives. */
export interface Ingested {
  snapshot: NewSnapshot;
  /** Bytes of the definition as it came. */
  definitionSize: number;
  /** Where it was asked for. */
  changes?: PlannedChanges | undefined;
}

/** Bytes of the definition and items, and how many bytes there are. */
export interface ThreadProgress extends IngestProgress {
  total: number;
}

export type FromThread =
  | { type: 'keep'; batch: number; segments: PackedSegments }
  | { type: 'progress'; progress: ThreadProgress }
  | ({ type: 'made' } & Ingested)
  /** A failure of the registry. */
  | { type: 'refused'; error: ErrorName; detail: string | undefined }
  /** Anything else that went wrong. */
  | { type: 'failed'; error: unknown };

/**
 * Segments with their bytes end to end: one piece of memory, which changes hands without being copied. It goes to and
 * fro: left to each thread's own clearing up, it would pile up in the one that has nothing to clear up otherwise.
 */
export interface PackedSegments {
  bytes: Uint8Array<ArrayBuffer>;
  segments: (Omit<Segment, 'bytes'> & { length: number })[];
}

/** Memory for a batch; nearly all take less. */
const usualRoom = 768 * 1024;

/** @param room memory of an earlier batch, which is used again if it is large enough */
export function packSegments(segments: readonly Segment[], room?: ArrayBuffer): PackedSegments {
  const size = segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
  const bytes = new Uint8Array(
    room && room.byteLength >= size ? room : new ArrayBuffer(Math.max(size, usualRoom)),
  );
  let at = 0;
  return {
    bytes,
    segments: segments.map(({ bytes: own, ...rest }) => {
      bytes.set(own, at);
      at += own.length;
      return { ...rest, length: own.length };
    }),
  };
}

export function unpackSegments({ bytes, segments }: PackedSegments): Segment[] {
  let at = 0;
  return segments.map(({ length, ...rest }) => {
    at += length;
    return { ...rest, bytes: bytes.subarray(at - length, at) };
  });
}
