import type { Readable } from 'node:stream';
import { parseRecipe } from '../archives/recipe.ts';
import { type ByteRange, streamArchive } from '../archives/stream.ts';
import { covers } from '../auth/app-bots.ts';
import type { Caller } from '../auth/caller.ts';
import type { Bots } from '../bots/bots.ts';
import { type ExportRequest, readOptions } from '../definition/options.ts';
import { BotportError } from '../errors.ts';
import { parseFailure, type RequestFailure } from '../failure.ts';
import { newHexId, newId } from '../ids.ts';
import { follow, type Standing } from '../jobs/follow.ts';
import type { Jobs } from '../jobs/interfaces.ts';
import { type Progress, type ProgressColumns, progressOf } from '../jobs/progress.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import type { ExportRequestTable } from '../storage/schema.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { type Explanation, explain } from './explain.ts';
import { parseStoredBody } from './export-job.ts';
import { type ArchiveLink, type LinkSigner, newArchiveName } from './links.ts';
import { type Resolved, resolve } from './resolve.ts';

/** The body of `POST /api/public/bot/{botId}/export`, as far as its types go; its values are checked by `request`. */
export interface ExportBody extends ExportRequest {
  /** Without effect: without single tasks all tasks are meant, with them it is ignored. */
  allTasks?: boolean | undefined;
}

export interface ExportRecord {
  id: string;
  botId: string;
  status: 'pending' | 'success' | 'failed';
  exportType: 'latest' | 'published';
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** 24 hexadecimal digits. */
  fileId: string;
  /** Bytes of the archive, once it is there. */
  size: number | null;
  failure: RequestFailure | null;
}

export interface Archive {
  /** What a client is to call it. */
  fileName: string;
  size: number;
  /** Strong entity tag (RFC 9110, 8.8.3) with its quotes: the same bytes have the same tag. */
  etag: string;
  /** The archive's bytes, or a range of them, read as they are taken. */
  stream(range?: ByteRange): Readable;
}

export interface Exports {
  /**
   * Takes an export request on; it is durable when this returns. The request is pinned to the draft, or to the
   * newest published version, of this moment.
   *
   * Throws `no_published_version`, `nothing_selected`, `unknown_option`, `unknown_task`.
   */
  request(caller: Caller, botId: string, body: ExportBody): Promise<ExportRecord>;
  /**
   * The bot's newest export request. If it is pending, waits for it to finish, for `hold` milliseconds at most.
   * Throws `no_export`.
   */
  newest(botId: string, hold: number): Promise<ExportRecord>;
  /** How an export stands now, at each progress, and when it has ended, until `signal`. Throws `invalid_request_id`. */
  follow(caller: Caller, id: string, signal: AbortSignal): AsyncGenerator<Standing<ExportRecord>>;
  /** What an export holds, why, and what dangles in it. Throws `invalid_request_id`. */
  explain(caller: Caller, id: string): Promise<Standing<ExportRecord> & { explanation: Explanation }>;
  /** What an export would hold; writes nothing. Throws what `request` throws. */
  plan(caller: Caller, botId: string, body: ExportBody): Promise<Explanation>;
  /** A fresh signed link to the archive of a successful export. */
  link(record: ExportRecord): Promise<ArchiveLink>;
  /** The archive behind a link. Throws `link_invalid` or `link_expired`. */
  open(fileName: string, query: Record<string, unknown>): Promise<Archive>;
}

export interface ExportsDeps {
  db: Db;
  jobs: Jobs;
  bots: Bots;
  snapshots: Snapshots;
  segments: SegmentStore;
  links: LinkSigner;
}

export function openExports({ db, jobs, bots, snapshots, segments, links }: ExportsDeps): Exports {
  /** The copy a request means: the draft, or the newest published version. */
  async function pinnedSnapshot(botId: string, exportType: 'latest' | 'published'): Promise<string> {
    const row = await db
      .selectFrom('bots')
      .leftJoin('versions', (join) =>
        join.onRef('versions.bot_id', '=', 'bots.id').onRef('versions.number', '=', 'bots.published'),
      )
      .select(['bots.draft as latest', 'versions.snapshot as published'])
      .where('bots.id', '=', botId)
      .executeTakeFirstOrThrow();
    const digest = row[exportType];
    if (digest === null) throw new BotportError('no_published_version');
    return digest;
  }

  /** Throws at once what the job would fail with. */
  async function resolveBody(body: ExportBody, snapshot: string): Promise<Resolved> {
    const options = readOptions(body);
    return resolve(options, await snapshots.manifest(snapshot), () => snapshots.references(snapshot));
  }

  async function explainBody(body: ExportBody, snapshot: string): Promise<Explanation> {
    const resolved = await resolveBody(body, snapshot);
    return explain(await snapshots.manifest(snapshot), await snapshots.references(snapshot), resolved);
  }

  /** The row of an export, and the progress of its run. Throws `invalid_request_id`. */
  async function find(caller: Caller, id: string) {
    // Looked at first: a run that ends meanwhile has its last word in the row.
    const running = jobs.progress.of(id);
    const row = await db
      .selectFrom('export_requests')
      .innerJoin('bots', 'bots.id', 'export_requests.bot_id')
      .select([...recordColumns, ...progressColumns, 'export_requests.body', 'export_requests.snapshot'])
      .where('export_requests.id', '=', id)
      .where('bots.account_id', '=', caller.accountId)
      .executeTakeFirst();
    // An export of a bot the caller does not cover is as unknown as one that does not exist.
    if (!row || !(await covers(db, caller, row.bot_id))) throw new BotportError('invalid_request_id');
    return [row, running] as const;
  }

  return {
    async request(caller, botId, body) {
      const bot = await bots.get(caller, botId);
      const snapshot = await pinnedSnapshot(botId, body.exportType);
      await resolveBody(body, snapshot);
      const row: ExportRequestTable = {
        id: newId('ber'),
        bot_id: botId,
        status: 'pending',
        export_type: body.exportType,
        body: JSON.stringify(body),
        snapshot,
        file_id: newHexId(),
        file_name: newArchiveName(),
        client_file_name: clientFileName(bot.name),
        recipe: null,
        size: null,
        failure: null,
        created_by: caller.userId,
        created_at: Date.now(),
        finished_at: null,
        done_bytes: null,
        done_items: null,
      };
      const added = await db.transaction().execute(async (tx) => {
        await tx.insertInto('export_requests').values(row).execute();
        await tx.updateTable('bots').set({ newest_export: row.id }).where('id', '=', botId).execute();
        return jobs.add(tx, 'export', row.id);
      });
      jobs.wake(added);
      return toRecord(row);
    },

    async newest(botId, hold) {
      const read = () =>
        db
          .selectFrom('bots')
          .innerJoin('export_requests', 'export_requests.id', 'bots.newest_export')
          .select(recordColumns)
          .where('bots.id', '=', botId)
          .executeTakeFirst();
      const row = await read();
      if (!row) throw new BotportError('no_export');
      if (row.status !== 'pending' || hold === 0) return toRecord(row);
      await jobs.settled(row.id, hold);
      return toRecord((await read()) ?? row);
    },

    follow: (caller, id, signal) =>
      follow({
        requestId: id,
        board: jobs.progress,
        read: async () => standing(...(await find(caller, id))),
        signal,
      }),

    async explain(caller, id) {
      const [row, running] = await find(caller, id);
      return {
        ...standing(row, running),
        explanation: await explainBody(parseStoredBody(row.body), row.snapshot),
      };
    },

    async plan(caller, botId, body) {
      await bots.get(caller, botId);
      return explainBody(body, await pinnedSnapshot(botId, body.exportType));
    },

    async link({ id }) {
      const row = await db
        .selectFrom('export_requests')
        .select(['file_name', 'client_file_name'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return links.sign(row.file_name, row.client_file_name);
    },

    async open(fileName, query) {
      links.verify(fileName, query);
      const row = await db
        .selectFrom('export_requests')
        .select(['recipe', 'client_file_name'])
        .where('file_name', '=', fileName)
        .executeTakeFirst();
      // The signature is ours: the export was there, and has been removed for its age.
      if (!row) throw new BotportError('link_expired');
      if (row.recipe === null) throw new BotportError('link_invalid');
      const recipe = parseRecipe(row.recipe);
      return {
        fileName: row.client_file_name,
        size: recipe.size,
        etag: `"${recipe.digest}"`,
        stream: (range) => streamArchive(recipe, segments, range),
      };
    },
  };
}

/** What a record is made of. The recipe is not: it can be large, and a status is asked for often. */
const recordColumns = [
  'export_requests.id',
  'export_requests.bot_id',
  'export_requests.status',
  'export_requests.export_type',
  'export_requests.created_by',
  'export_requests.created_at',
  'export_requests.file_id',
  'export_requests.size',
  'export_requests.failure',
] as const;
type RecordRow = Pick<
  ExportRequestTable,
  'id' | 'bot_id' | 'status' | 'export_type' | 'created_by' | 'created_at' | 'file_id' | 'size' | 'failure'
>;

const progressColumns = ['export_requests.done_bytes', 'export_requests.done_items'] as const;

function standing(row: RecordRow & ProgressColumns, running: Progress | undefined): Standing<ExportRecord> {
  return { record: toRecord(row), progress: progressOf(row, running) };
}

function toRecord(row: RecordRow): ExportRecord {
  return {
    id: row.id,
    botId: row.bot_id,
    status: row.status,
    exportType: row.export_type,
    createdBy: row.created_by,
    createdAt: row.created_at,
    fileId: row.file_id,
    size: row.size,
    failure: parseFailure(row.failure),
  };
}

/** The bot's name as a file name that is safe on every system. */
function clientFileName(botName: string): string {
  const safe = Array.from(botName.slice(0, 300).toWellFormed().normalize('NFC'))
    .slice(0, 80)
    .join('')
    .replace(/[^\p{L}\p{N} ._-]+/gu, '_')
    .replace(/^[ .]+|[ .]+$/g, '');
  return `${safe || 'bot'}.zip`;
}
