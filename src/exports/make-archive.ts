import { z } from 'zod';
import type { Recipe } from '../archives/recipe.ts';
import { readOptions } from '../definition/options.ts';
import type { JobContext } from '../jobs/interfaces.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { ExportRequestTable } from '../storage/schema.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { ExportWork, type Work } from './export-work.ts';
import { makeRecipe } from './make-recipe.ts';
import { resolve } from './resolve.ts';

/** The stored body of a request, as far as resolving it needs. */
const storedBody = z.object({
  exportType: z.enum(['latest', 'published']),
  exportOptions: z.record(z.string(), z.unknown()).optional(),
  subTasks: z.record(z.string(), z.array(z.string())).optional(),
  IncludeDependentTasks: z.boolean().optional(),
  IncludeFormDependentTasks: z.boolean().optional(),
  customDashboards: z.boolean().optional(),
});

export function parseStoredBody(column: string) {
  return storedBody.parse(JSON.parse(column));
}

/** What a request says of its archive. */
export type AskedArchive = Pick<ExportRequestTable, 'bot_id' | 'body' | 'snapshot'>;

export interface ArchiveDeps {
  snapshots: Snapshots;
  segments: SegmentStore;
}

/** Makes the recipe of the archive a request asks for: the same for the same request, whenever it is made. */
export async function makeArchive(
  { snapshots, segments }: ArchiveDeps,
  { bot_id, body, snapshot }: AskedArchive,
  report?: JobContext['report'],
): Promise<{ recipe: Recipe; work: Work }> {
  const options = readOptions(parseStoredBody(body));
  return snapshots.use(snapshot, async (manifest) => {
    const resolved = await resolve(options, manifest, () => snapshots.references(snapshot));
    const work = new ExportWork(manifest, resolved.selection, report);
    const recipe = await makeRecipe(bot_id, manifest, resolved, segments, work);
    return { recipe, work: work.total };
  });
}

/** Stores a recipe; one that is there already stays as it is. */
export async function keepRecipe(tx: Db | Tx, { digest, bytes }: Recipe): Promise<void> {
  await tx
    .insertInto('recipes')
    .values({ digest, sha256: null, bytes })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
}
