import { Kept } from '../kept.ts';
import type { ExportRequestTable } from '../storage/schema.ts';

/** What a request says of its archive once that is made. */
export type MadeArchive = {
  [column in 'recipe' | 'size' | 'done_bytes' | 'done_items']: NonNullable<ExportRequestTable[column]>;
};

/** Most archives kept, and the longest recipe that is: what stays in memory is bounded by both. */
const mostKept = 500;
const longestKept = 64 * 1024;

/**
 * The archives made last. A snapshot never changes, and the same body asks the same of it: so an export that was made
 * before is made already, and its request can be ended by the transaction that takes it on.
 */
export class MadeArchives {
  readonly #kept = new Kept<MadeArchive>(mostKept);

  /** `body` is the request's, as it is stored. */
  get(botId: string, snapshot: string, body: string): MadeArchive | undefined {
    return this.#kept.get(keyOf(botId, snapshot, body));
  }

  /** To be called when the archive's recipe is on the disk. */
  keep(botId: string, snapshot: string, body: string, archive: MadeArchive): void {
    if (archive.recipe.length + body.length > longestKept) return;
    this.#kept.set(keyOf(botId, snapshot, body), archive);
  }
}

function keyOf(botId: string, snapshot: string, body: string): string {
  return `${botId} ${snapshot} ${body}`;
}
