import { z } from 'zod';
import type { Recipe } from '../archives/recipe.ts';
import { readOptions } from '../definition/options.ts';
import type { JobContext } from '../jobs/interfaces.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { ExportRequestTable } from '../storage/schema.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { bytesToRead, ExportWork } from './export-work.ts';
import type { MadeArchive } from './made-archives.ts';
import { makeRecipe } from './make-recipe.ts';
import { type Resolved, resolve } from './resolve.ts';

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

/** An archive that was made: its recipe, and what the request says of it. */
export interface NewArchive {
  recipe: Recipe;
  made: MadeArchive;
}

/** Makes the recipe of the archive a request asks for: the same for the same request, whenever it is made. */
export function makeArchive(
  deps: ArchiveDeps,
  request: AskedArchive,
  report?: JobContext['report'],
): Promise<NewArchive> {
  return resolved(deps, request, (manifest, choice) => make(deps, request, manifest, choice, report));
}

/**
 * Text that an export may read, and compress anew, while its request is answered: takes about 5 ms of the processor.
 * A whole export reads none, whatever the size of the bot.
 */
const readAtOnce = 128 * 1024;

/** As `makeArchive`, where that takes next to no time; `undefined` where it is work for a job. */
export function makeAtOnce(deps: ArchiveDeps, request: AskedArchive): Promise<NewArchive | undefined> {
  return resolved(deps, request, async (manifest, choice) =>
    bytesToRead(manifest, choice.selection) > readAtOnce ? undefined : make(deps, request, manifest, choice),
  );
}

function resolved<T>(
  { snapshots }: ArchiveDeps,
  { body, snapshot }: AskedArchive,
  action: (manifest: Manifest, choice: Resolved) => Promise<T>,
): Promise<T> {
  const options = readOptions(parseStoredBody(body));
  return snapshots.use(snapshot, async (manifest) =>
    action(manifest, await resolve(options, manifest, () => snapshots.references(snapshot))),
  );
}

async function make(
  { segments }: ArchiveDeps,
  { bot_id }: AskedArchive,
  manifest: Manifest,
  choice: Resolved,
  report?: JobContext['report'],
): Promise<NewArchive> {
  const work = new ExportWork(manifest, choice.selection, report);
  const recipe = await makeRecipe(bot_id, manifest, choice, segments, work);
  const { bytes, items } = work.total;
  return { recipe, made: { recipe: recipe.digest, size: recipe.size, done_bytes: bytes, done_items: items } };
}

/** Stores a recipe; one that is there already stays as it is. */
export async function keepRecipe(tx: Db | Tx, { digest, bytes }: Recipe): Promise<void> {
  await tx
    .insertInto('recipes')
    .values({ digest, sha256: null, bytes })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
}
