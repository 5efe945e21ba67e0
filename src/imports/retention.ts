import { sql } from 'kysely';
import type { Db, Tx } from '../storage/database.ts';
import { Turns } from '../turns.ts';
import { uploadsOf } from './import-job.ts';

/** Uploads looked at in one transaction. */
const batchSize = 50;
/** Bytes removed in one transaction: what it takes is time for which nobody else can write. */
const batchBytes = 16 * 1024 ** 2;
/** Chunks of one upload removed in one transaction. */
const batchChunks = 16;
/** Milliseconds after which an upload that is still not complete is the remains of a broken one. */
const longestUpload = 24 * 60 * 60 * 1000;

export interface UploadRetentionOptions {
  /** Ends the work between two batches. */
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
  readonly batchBytes?: number;
}

interface OldUpload {
  id: string;
  size: number;
  complete: 0 | 1;
  created_at: number;
}

/**
 * Removes the uploads that came in before `olderThan` (epoch milliseconds), and says how many: complete ones, unless
 * a pending import names them, and the remains of broken ones that are a day old. May run beside everything else, and
 * may be killed at any moment: each batch is one transaction, and what is half removed counts as broken.
 */
export async function removeOldUploads(
  db: Db,
  olderThan: number,
  options: UploadRetentionOptions = {},
): Promise<number> {
  const size = options.batchSize ?? batchSize;
  const most = options.batchBytes ?? batchBytes;
  const aborted = () => options.signal?.aborted === true;
  const turns = new Turns();
  let removed = 0;
  let place: OldUpload | undefined;
  do {
    const from: OldUpload | undefined = place;
    const batch = await db.transaction().execute(async (tx) => {
      const rows = await oldUploads(tx, olderThan, from, size);
      return { rows, ...(await removeWhole(tx, rows, most)) };
    });
    removed += batch.removed;
    for (const id of batch.rest) {
      // Chunk by chunk: removing a large file takes the disk a while.
      let more = true;
      while (more && !aborted()) {
        more = await db.transaction().execute((tx) => removeSome(tx, id));
        await turns.next();
      }
      if (!more) removed += 1;
    }
    place = batch.rows.length < size ? undefined : batch.rows.at(-1);
    await turns.next();
  } while (place && !aborted());
  return removed;
}

function oldUploads(
  tx: Tx,
  olderThan: number,
  from: OldUpload | undefined,
  size: number,
): Promise<OldUpload[]> {
  return tx
    .selectFrom('uploads')
    .select(['id', 'size', 'complete', 'created_at'])
    .where('created_at', '<', olderThan)
    .$if(from !== undefined, (query) =>
      query.where(sql<boolean>`(created_at, id) > (${from?.created_at}, ${from?.id})`),
    )
    .orderBy('created_at')
    .orderBy('id')
    .limit(size)
    .execute();
}

/** Removes what nobody needs and is small; gives back the ids of what is to be removed piece by piece. */
async function removeWhole(
  tx: Tx,
  rows: OldUpload[],
  most: number,
): Promise<{ removed: number; rest: string[] }> {
  const named = await namedByPending(tx);
  const broken = Date.now() - longestUpload;
  const small: string[] = [];
  const rest: string[] = [];
  let bytes = 0;
  for (const { id, size, complete, created_at } of rows) {
    if (complete === 0) {
      if (created_at < broken) rest.push(id);
    } else if (!named.has(id)) {
      const fits = bytes + size <= most;
      if (fits) bytes += size;
      (fits ? small : rest).push(id);
    }
  }
  if (small.length > 0) await tx.deleteFrom('uploads').where('id', 'in', small).execute();
  // No longer to be found from here on: a file with parts missing must not be read.
  if (rest.length > 0) await tx.updateTable('uploads').set({ complete: 0 }).where('id', 'in', rest).execute();
  return { removed: small.length, rest };
}

/** Removes some of what is there of an upload, in the end the upload itself; true while there is more. */
async function removeSome(tx: Tx, id: string): Promise<boolean> {
  const chunks = await tx
    .selectFrom('upload_chunks')
    .select('ordinal')
    .where('upload_id', '=', id)
    .limit(batchChunks)
    .execute();
  if (chunks.length === batchChunks) {
    const ordinals = chunks.map(({ ordinal }) => ordinal);
    await tx
      .deleteFrom('upload_chunks')
      .where('upload_id', '=', id)
      .where('ordinal', 'in', ordinals)
      .execute();
    return true;
  }
  await tx.deleteFrom('uploads').where('id', '=', id).execute();
  return false;
}

/** A request is pending exactly as long as it has a job. */
async function namedByPending(tx: Tx): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('jobs')
    .innerJoin('import_requests', 'import_requests.id', 'jobs.request_id')
    .select('body')
    .where('jobs.kind', '=', 'import')
    .execute();
  return new Set(rows.flatMap(({ body }) => uploadsOf(body)));
}
