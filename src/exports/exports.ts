import type { Readable } from 'node:stream';
import type { ArchiveReader, ByteRange } from '../archives/stream.ts';
import { covers } from '../auth/app-bots.ts';
import type { Caller } from '../auth/caller.ts';
import { snapshotOf } from '../bots/states.ts';
import { type ExportRequest, readOptions } from '../definition/options.ts';
import { BotportError } from '../errors.ts';
import { parseFailure, type RequestFailure } from '../failure.ts';
import { newHexId, newId } from '../ids.ts';
import { follow, type Standing } from '../jobs/follow.ts';
import type { Jobs } from '../jobs/interfaces.ts';
import { type Progress, type ProgressColumns, progressOf } from '../jobs/progress.ts';
import { lookAgain, SnapshotGone } from '../snapshots/gone.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { ExportRequestTable } from '../storage/schema.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { Announce } from '../webhooks/announce.ts';
import { openArchives } from './archives.ts';
import { type Explanation, explain } from './explain.ts';
import { type ArchiveLink, clientFileName, type LinkSigner, newArchiveName } from './links.ts';
import type { MadeArchives } from './made-archives.ts';
import { type AskedArchive, keepRecipe, makeArchive, makeAtOnce, parseStoredBody } from './make-archive.ts';
import { resolve } from './resolve.ts';

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
  /** Name of the archive in its link. */
  fileName: string;
  /** Name clients are to give the archive. */
  clientFileName: string;
  /** Bytes of the archive, once it is there. */
  size: number | null;
  failure: RequestFailure | null;
}

export interface Archive {
  /** What a client is to call it. */
  fileName: string;
  /** Its media type; left out: `application/zip`. */
  mediaType?: string;
  size: number;
  /** Strong entity tag (RFC 9110, 8.8.3) with its quotes: the same bytes have the same tag. */
  etag: string;
  /** The archive's bytes, or a range of them, read as they are taken. */
  stream(range?: ByteRange): Readable;
  /** SHA-256 of the archive, where somebody has asked for it before. */
  sha256: Buffer | undefined;
  /** Reads the archive to make its SHA-256, which is known from then on. */
  makeSha256(): Promise<Buffer>;
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
   * As `request`, of an earlier draft (`latest`) or version (`published`) by its number. It does not become the bot's
   * newest export, which those ask for who know nothing of earlier ones. Throws also `unknown_version`.
   */
  requestEarlier(caller: Caller, botId: string, number: number, body: ExportBody): Promise<ExportRecord>;
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
  link(record: ExportRecord): ArchiveLink;
  /** The archive behind a link. Throws `link_invalid` or `link_expired`. */
  open(fileName: string, query: Record<string, unknown>): Promise<Archive>;
}

export interface ExportsDeps {
  db: Db;
  jobs: Jobs;
  snapshots: Snapshots;
  segments: SegmentStore;
  links: LinkSigner;
  made: MadeArchives;
  announce: Announce;
}

export function openExports({ db, jobs, snapshots, segments, links, made, announce }: ExportsDeps): Exports {
  const archives = openArchives({ db, snapshots, segments });

  /**
   * The bot's name, and the copy a request means: the draft, or the newest published version. Throws
   * `invalid_stream_id`, `no_published_version`.
   */
  async function pin(caller: Caller, botId: string, exportType: 'latest' | 'published') {
    const { accountId } = caller;
    const row = (await covers(db, caller, botId))
      ? await copiesOf.first(db, { botId, accountId })
      : undefined;
    if (!row) throw new BotportError('invalid_stream_id');
    const snapshot = row[exportType];
    if (snapshot === null) throw new BotportError('no_published_version');
    return { name: row.name, snapshot };
  }

  async function explainBody(body: ExportBody, snapshot: string): Promise<Explanation> {
    const options = readOptions(body);
    const manifest = await snapshots.manifest(snapshot);
    const resolved = await resolve(options, manifest, () => snapshots.references(snapshot));
    return explain(manifest, await snapshots.references(snapshot), resolved);
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

  /** Makes the archive of a request again, of the same content. */
  async function remake(request: AskedArchive & { id: string }): Promise<ArchiveReader> {
    const { recipe } = await makeArchive({ snapshots, segments }, request);
    await db.transaction().execute(async (tx) => {
      await keepRecipe(tx, recipe);
      await tx
        .updateTable('export_requests')
        .set({ recipe: recipe.digest, size: recipe.size })
        .where('id', '=', request.id)
        .execute();
    });
    const reader = await archives.open(recipe.digest, request.snapshot);
    if (!reader) throw new Error(`export ${request.id}: the archive changes while it is made`);
    return reader;
  }

  async function openArchive(fileName: string): Promise<Archive> {
    const row = await linkedTo.first(db, { fileName });
    // The signature is ours: the export was there, and has been removed for its age.
    if (!row) throw new BotportError('link_expired');
    if (row.recipe === null) throw new BotportError('link_invalid');
    const reader = (await archives.open(row.recipe, row.snapshot)) ?? (await remake(row));
    return {
      fileName: row.client_file_name,
      size: reader.size,
      etag: `"${reader.digest}"`,
      stream: (range) => reader.stream(range),
      sha256:
        row.sha256 === null || reader.digest !== row.recipe ? undefined : Buffer.from(row.sha256, 'hex'),
      makeSha256: () => archives.makeSha256(reader),
    };
  }

  async function pinEarlier(
    caller: Caller,
    botId: string,
    exportType: 'latest' | 'published',
    number: number,
  ) {
    const { name } = await pin(caller, botId, 'latest');
    const snapshot = await snapshotOf(db, botId, exportType, number);
    if (snapshot === undefined) throw new BotportError('unknown_version', `${exportType} ${number}`);
    return { name, snapshot };
  }

  async function take(
    caller: Caller,
    botId: string,
    { name, snapshot }: { name: string; snapshot: string },
    body: ExportBody,
    options: { isNewest: boolean },
  ): Promise<ExportRecord> {
    const sent = JSON.stringify(body);
    const now = Date.now();
    const pending: ExportRequestTable = {
      id: newId('ber'),
      bot_id: botId,
      status: 'pending',
      export_type: body.exportType,
      body: sent,
      snapshot,
      file_id: newHexId(),
      file_name: newArchiveName(),
      client_file_name: clientFileName(name, '.zip'),
      recipe: null,
      size: null,
      failure: null,
      created_by: caller.userId,
      created_at: now,
      finished_at: null,
      done_bytes: null,
      done_items: null,
    };
    const known = made.get(botId, snapshot, sent);
    // Throws at once what the job would fail with.
    const fresh = known ? undefined : await makeAtOnce({ snapshots, segments }, pending);
    const archive = known ?? fresh?.made;
    const added = await db.transaction().execute(async (tx) => {
      if (fresh) await keepRecipe(tx, fresh.recipe);
      // One that is known may have been removed with the last export that had it.
      const isMade =
        archive !== undefined && (await recipeOf.first(tx, { digest: archive.recipe })) !== undefined;
      const row = isMade ? { ...pending, ...archive, status: 'success' as const, finished_at: now } : pending;
      try {
        await insertRequest.run(tx, row);
      } catch (error) {
        // What a row refers to has to be there: the snapshot may have gone since it was looked up.
        if (await isStored.first(tx, { digest: snapshot })) throw error;
        throw new SnapshotGone(snapshot);
      }
      if (options.isNewest) await setNewest.run(tx, row);
      if (!isMade) return jobs.add(tx, 'export', row.id);
      await announce(tx, 'export.succeeded', row.id);
      return undefined;
    });
    if (fresh) made.keep(botId, snapshot, sent, fresh.made);
    if (added) jobs.wake(added);
    // However fast it was: a request that is taken on is answered as pending.
    return toRecord(pending);
  }

  return {
    async request(caller, botId, body) {
      return lookAgain(async () =>
        take(caller, botId, await pin(caller, botId, body.exportType), body, { isNewest: true }),
      );
    },

    async requestEarlier(caller, botId, number, body) {
      return lookAgain(async () => {
        const earlier = await pinEarlier(caller, botId, body.exportType, number);
        return take(caller, botId, earlier, body, { isNewest: false });
      });
    },

    async newest(botId, hold) {
      const row = await newestOf.first(db, { botId });
      if (!row) throw new BotportError('no_export');
      if (row.status !== 'pending' || hold === 0) return toRecord(row);
      await jobs.settled(row.id, hold);
      return toRecord((await newestOf.first(db, { botId })) ?? row);
    },

    follow: (caller, id, signal) =>
      follow({
        requestId: id,
        board: jobs.progress,
        read: async () => standing(...(await find(caller, id))),
        signal,
      }),

    async explain(caller, id) {
      return lookAgain(async () => {
        const [row, running] = await find(caller, id);
        return {
          ...standing(row, running),
          explanation: await explainBody(parseStoredBody(row.body), row.snapshot),
        };
      });
    },

    async plan(caller, botId, body) {
      return lookAgain(async () => explainBody(body, (await pin(caller, botId, body.exportType)).snapshot));
    },

    link: ({ fileName, clientFileName }) => links.sign(fileName, clientFileName),

    async open(fileName, query) {
      links.verify(fileName, query);
      return lookAgain(() => openArchive(fileName));
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
  'export_requests.file_name',
  'export_requests.client_file_name',
  'export_requests.size',
  'export_requests.failure',
] as const;
type RecordColumn = (typeof recordColumns)[number] extends `export_requests.${infer Column}` ? Column : never;
type RecordRow = Pick<ExportRequestTable, RecordColumn>;

const copiesOf = prepared((db, value: { botId: string; accountId: string }) =>
  db
    .selectFrom('bots')
    .leftJoin('versions', (join) =>
      join.onRef('versions.bot_id', '=', 'bots.id').onRef('versions.number', '=', 'bots.published'),
    )
    .select(['bots.name', 'bots.draft as latest', 'versions.snapshot as published'])
    .where('bots.id', '=', value.botId)
    .where('bots.account_id', '=', value.accountId),
);

const newestOf = prepared((db, value: { botId: string }) =>
  db
    .selectFrom('bots')
    .innerJoin('export_requests', 'export_requests.id', 'bots.newest_export')
    .select(recordColumns)
    .where('bots.id', '=', value.botId),
);

const linkedTo = prepared((db, value: { fileName: string }) =>
  db
    .selectFrom('export_requests')
    .leftJoin('recipes', 'recipes.digest', 'export_requests.recipe')
    .select(['id', 'bot_id', 'body', 'recipe', 'snapshot', 'client_file_name', 'sha256'])
    .where('file_name', '=', value.fileName),
);

const isStored = prepared((db, value: { digest: string }) =>
  db.selectFrom('snapshots').select('id').where('digest', '=', value.digest),
);

const recipeOf = prepared((db, value: { digest: string }) =>
  db.selectFrom('recipes').select('digest').where('digest', '=', value.digest),
);

const insertRequest = prepared((db, row: ExportRequestTable) =>
  db.insertInto('export_requests').values({
    id: row.id,
    bot_id: row.bot_id,
    status: row.status,
    export_type: row.export_type,
    body: row.body,
    snapshot: row.snapshot,
    file_id: row.file_id,
    file_name: row.file_name,
    client_file_name: row.client_file_name,
    recipe: row.recipe,
    size: row.size,
    failure: row.failure,
    created_by: row.created_by,
    created_at: row.created_at,
    finished_at: row.finished_at,
    done_bytes: row.done_bytes,
    done_items: row.done_items,
  }),
);

const setNewest = prepared((db, request: Pick<ExportRequestTable, 'id' | 'bot_id'>) =>
  db.updateTable('bots').set({ newest_export: request.id }).where('id', '=', request.bot_id),
);

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
    fileName: row.file_name,
    clientFileName: row.client_file_name,
    size: row.size,
    failure: parseFailure(row.failure),
  };
}
