import { z } from 'zod';
import { addBot } from '../auth/app-bots.ts';
import { noteChange } from '../bots/changes.ts';
import { draftOf, keepDraft } from '../bots/drafts.ts';
import { readImportOptions } from '../definition/import-options.ts';
import { BotportError } from '../errors.ts';
import { failedNow } from '../failure.ts';
import { isId, newId } from '../ids.ts';
import type { JobKind } from '../jobs/interfaces.ts';
import type { Progress } from '../jobs/progress.ts';
import { abandonIngest, beginIngest, endIngest } from '../snapshots/ingests.ts';
import { countItems } from '../snapshots/manifest.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { BotTable, ImportRequestTable } from '../storage/schema.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { Announce } from '../webhooks/announce.ts';
import type { ImportLimits, ImportSource } from './bot-files.ts';
import type { IngestWork, ThreadProgress } from './ingest-protocol.ts';
import type { IngestThread } from './ingest-thread.ts';
import { planDigest } from './plan.ts';
import { acceptedLog, componentLogs, failedLogs, parseLogs } from './status-logs.ts';
import type { Upload } from './uploads.ts';

const upload = z.object({ id: z.string(), fileName: z.string(), size: z.number(), sha1: z.string() });

/** What an import request keeps of what was asked for. */
const storedImport = z.object({
  source: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('ZIP'), zip: upload }),
    z.object({
      mode: z.literal('JSON'),
      definition: upload,
      config: upload,
      icon: upload.optional(),
      scripts: z.array(upload),
    }),
  ]),
  keepId: z.boolean(),
  /** The parts that are chosen, of an import into a bot; left out: all of it. */
  choice: z
    .object({
      importOptions: z.record(z.string(), z.unknown()),
      subTasks: z.record(z.string(), z.array(z.string())).optional(),
    })
    .optional(),
  /** Digest of the plan it applies. */
  plan: z.string().optional(),
  name: z.string().optional(),
  purpose: z.string().optional(),
});
export type StoredImport = z.input<typeof storedImport>;

/** Ids of the uploads an import reads, from the `body` column of its request. */
export function uploadsOf(column: string): string[] {
  const { source } = storedImport.parse(JSON.parse(column));
  return filesOf(source).map(({ id }) => id);
}

/** The uploads of a source. */
export function filesOf(source: ImportSource): Upload[] {
  if (source.mode === 'ZIP') return [source.zip];
  const { definition, config, icon, scripts } = source;
  return [definition, config, ...(icon ? [icon] : []), ...scripts];
}

export interface ImportJobDeps {
  db: Db;
  snapshots: Snapshots;
  segments: SegmentStore;
  ingestThread: IngestThread;
  /** The SQLite file the uploads are in. */
  databaseFile: string;
  limits: ImportLimits;
  announce: Announce;
}

/**
 * Turns the uploads of an import request into a bot. Segments are stored on the way, where nobody sees them; everything
 * else is written at its end, at once.
 */
export function importJob(deps: ImportJobDeps): JobKind {
  const { db, snapshots, segments, ingestThread, databaseFile, limits, announce } = deps;

  return {
    concurrency: 1,
    exhausted: 'import_interrupted',

    async run(requestId, { signal, report }) {
      const request = await db
        .selectFrom('import_requests')
        .selectAll()
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const { source, keepId, choice, plan, name, purpose } = storedImport.parse(JSON.parse(request.body));
      const { target } = request;
      const ingest = await beginIngest(db, requestId);
      const run = (work: IngestWork) =>
        ingestThread.run(
          { databaseFile, limits: { maxItem: limits.maxItem, maxUnpacked: limits.maxUnpacked }, work },
          {
            signal,
            keep: (made) => db.transaction().execute((tx) => segments.put(tx, made, ingest)),
            progress: report && ((progress) => report(toProgress(progress))),
          },
        );
      const before = target === null ? undefined : await draftOf(db, target);
      const work =
        before === undefined
          ? run({ type: 'files', source })
          : snapshots.useState(before, (bot) => run({ type: 'into', source, bot, choice, plan: false }));
      const { snapshot, definitionSize } = await work.catch(async (error: unknown) => {
        // After an abort nothing is written any more; the next attempt, or the next start, does it.
        if (!signal.aborted) await abandonIngest(db, requestId).catch(() => undefined);
        throw error;
      });
      if (plan !== undefined && plan !== planDigest(target ?? '', before ?? '', snapshot.digest)) {
        await abandonIngest(db, requestId);
        throw new BotportError('plan_outdated', plan);
      }
      const { profile } = snapshot.manifest;
      const botName = name ?? profile.name;
      const id = target ?? (keepId ? idInFile(snapshot.botId) : newId('st'));
      const bot = {
        name: botName,
        description: profile.description,
        type: profile.type,
        purpose: purpose ?? profile.purpose,
        default_language: profile.defaultLanguage,
        draft: snapshot.digest,
      };
      // Chosen parts leave the bot what it is called.
      const { name: _name, purpose: _purpose, ...unnamed } = bot;
      const chosen = choice && readImportOptions(choice);
      const logs = [acceptedLog(botName), ...componentLogs(botName, snapshot.manifest, chosen)];
      return async (tx) => {
        await endIngest(tx, ingest);
        const draft = await snapshots.put(tx, snapshot);
        if (before === undefined) await addNew(tx, id, bot, request);
        else await replaceDraft(tx, id, choice ? unnamed : bot, before);
        const number = await keepDraft(tx, id, draft, request.created_by);
        if (number !== undefined) {
          await noteChange(tx, id, { kind: 'import', detail: String(number), createdBy: request.created_by });
        }
        await tx
          .updateTable('import_requests')
          .set({
            status: 'success',
            bot_id: id,
            logs: JSON.stringify(logs),
            finished_at: Date.now(),
            done_bytes: definitionSize,
            done_items: countItems(snapshot.manifest),
          })
          .where('id', '=', requestId)
          .execute();
        await announce(tx, 'import.succeeded', requestId);
      };
    },

    async fail(tx, requestId, cause) {
      await abandonIngest(tx, requestId);
      const { logs } = await tx
        .selectFrom('import_requests')
        .select('logs')
        .where('id', '=', requestId)
        .executeTakeFirstOrThrow();
      const [accepted] = parseLogs(logs);
      const botName = accepted?.taskName ?? '';
      await tx
        .updateTable('import_requests')
        .set({
          ...failedNow(cause),
          logs: JSON.stringify([acceptedLog(botName), ...failedLogs(botName)]),
        })
        .where('id', '=', requestId)
        .execute();
      await announce(tx, 'import.failed', requestId);
    },
  };
}

function toProgress({ bytes, items, total }: ThreadProgress): Progress {
  return { bytes: { done: bytes, total }, items: { done: items, total: null } };
}

function idInFile(id: string | undefined): string {
  if (id !== undefined && isId('st', id)) return id;
  throw new BotportError('definition_incomplete', '_id: there is no bot id to keep (st-<uuid>)');
}

/** Nothing else changes the draft while an import into the bot runs (bots/running-import.ts): else this attempt was for nothing. */
async function replaceDraft(tx: Tx, id: string, bot: Partial<NewBot>, before: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('bots')
    .set(bot)
    .where('id', '=', id)
    .where('draft', '=', before)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new Error(`the draft of ${id} has changed under an import`);
}

type NewBot = Pick<BotTable, 'name' | 'description' | 'type' | 'purpose' | 'default_language' | 'draft'>;

async function addNew(
  tx: Tx,
  id: string,
  bot: NewBot,
  { account_id, client_id, created_by }: Pick<ImportRequestTable, 'account_id' | 'client_id' | 'created_by'>,
): Promise<void> {
  await refuseTaken(tx, id);
  await tx
    .insertInto('bots')
    .values({
      ...bot,
      ...(await lastPlace(tx, account_id)),
      id,
      account_id,
      created_by,
      published: null,
      newest_export: null,
      newest_publish: null,
    })
    .execute();
  await addBot(client_id, id, tx);
}

async function refuseTaken(tx: Tx, id: string): Promise<void> {
  const taken = await tx.selectFrom('bots').select('id').where('id', '=', id).executeTakeFirst();
  if (taken) throw new BotportError('bot_id_taken', id);
}

/** Behind every other bot, in number and in time: pages of bots stay as they are when a new one comes. */
async function lastPlace(tx: Tx, accountId: string): Promise<{ ordinal: number; created_at: number }> {
  const last = await tx
    .selectFrom('bots')
    .select(['ordinal', 'created_at'])
    .where('account_id', '=', accountId)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!last) return { ordinal: 0, created_at: Date.now() };
  return { ordinal: last.ordinal + 1, created_at: Math.max(Date.now(), last.created_at + 1) };
}
