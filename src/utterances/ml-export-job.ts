import { createHash } from 'node:crypto';
import { utteranceFile } from '../definition/utterance-file.ts';
import { failedNow } from '../failure.ts';
import { newHexId } from '../ids.ts';
import { chunkSize } from '../imports/upload-bytes.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import { readItems } from '../snapshots/read.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';

export interface MlExportDeps {
  db: Db;
  snapshots: Snapshots;
  segments: SegmentStore;
}

/** Writes the utterances of a bot into a file, chunk by chunk: nobody finds it before its request has ended. */
export function mlExportJob({ db, snapshots, segments }: MlExportDeps): JobKind {
  return {
    concurrency: 1,
    exhausted: 'export_interrupted',

    async run(requestId, { signal }) {
      const { number, snapshot, file_type } = await db
        .selectFrom('ml_exports')
        .select(['number', 'snapshot', 'file_type'])
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const content = newHexId();
      const hash = createHash('sha256');
      let [size, ordinal] = [0, 0];
      const keep = async (bytes: Buffer) => {
        signal.throwIfAborted();
        hash.update(bytes);
        size += bytes.length;
        await db.insertInto('ml_export_chunks').values({ content, ordinal, number, bytes }).execute();
        ordinal += 1;
      };
      await snapshots.use(snapshot, async ({ sections }) => {
        const found = sections.find(({ key }) => key === 'sentences')?.content;
        const items = found ? readItems(segments, found) : none();
        for await (const chunk of inChunks(utteranceFile(file_type, items))) await keep(chunk);
      });
      const sha256 = hash.digest('hex');
      return async (tx) => {
        await tx
          .updateTable('ml_exports')
          .set({ status: 'success', content, size, sha256, finished_at: Date.now() })
          .where('id', '=', requestId)
          .execute();
        // Of a run that was broken off.
        await tx
          .deleteFrom('ml_export_chunks')
          .where('number', '=', number)
          .where('content', '<>', content)
          .execute();
      };
    },

    async fail(tx, requestId, cause) {
      const { number } = await tx
        .updateTable('ml_exports')
        .set(failedNow(cause))
        .where('id', '=', requestId)
        .returning('number')
        .executeTakeFirstOrThrow();
      await tx.deleteFrom('ml_export_chunks').where('number', '=', number).execute();
    },
  };
}

async function* none(): AsyncGenerator<string> {}

/** The bytes of a text in chunks of the same size; the last one is shorter. */
async function* inChunks(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let chunk = Buffer.allocUnsafe(chunkSize);
  let filled = 0;
  for await (const piece of pieces) {
    let rest: Buffer = Buffer.from(piece);
    while (rest.length > 0) {
      const taken = rest.copy(chunk, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < chunkSize) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(chunkSize);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
