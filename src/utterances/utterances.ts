import { sql } from 'kysely';
import type { Caller } from '../auth/caller.ts';
import type { UtteranceFileType } from '../definition/utterance-file.ts';
import { BotportError } from '../errors.ts';
import type { Archive } from '../exports/exports.ts';
import { type ArchiveLink, clientFileName, type LinkSigner, newFileName } from '../exports/links.ts';
import { parseFailure, type RequestFailure } from '../failure.ts';
import { newId } from '../ids.ts';
import { bytesOfChunks } from '../imports/upload-bytes.ts';
import type { Jobs } from '../jobs/interfaces.ts';
import type { Db } from '../storage/database.ts';
import type { MlExportTable } from '../storage/schema.ts';

export interface UtteranceExport {
  /** `configured`: of the draft; `published`: of the newest published version. */
  state: 'configured' | 'published';
  type: UtteranceFileType;
}

export interface UtteranceRecord {
  id: string;
  botId: string;
  status: 'pending' | 'success' | 'failed';
  type: UtteranceFileType;
  /** Name of the file in its link. */
  fileName: string;
  /** Name clients are to give the file. */
  clientFileName: string;
  failure: RequestFailure | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
  finishedAt: number | null;
}

export interface Utterances {
  /**
   * Takes an export of a bot's utterances on; it is durable when this returns, and pinned to the content of this moment. Throws
   * `no_published_version`.
   */
  request(caller: Caller, botId: string, asked: UtteranceExport): Promise<UtteranceRecord>;
  /**
   * The bot's newest export of utterances. If it is pending, waits for it to finish, for `hold` milliseconds at most. Throws
   * `no_ml_export`.
   */
  newest(botId: string, hold: number): Promise<UtteranceRecord>;
  /** A fresh signed link to the file of a successful export. */
  link(record: UtteranceRecord): ArchiveLink;
  /** The file behind a link. Throws `link_invalid` or `link_expired`. */
  open(fileName: string, query: Record<string, unknown>): Promise<Archive>;
}

const mediaTypes: Record<UtteranceFileType, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** Whether a name in a link is that of a file of utterances. */
export function isUtteranceFile(fileName: string): boolean {
  return /\.(?:csv|json)$/.test(fileName);
}

export function openUtterances({ db, jobs, links }: { db: Db; jobs: Jobs; links: LinkSigner }): Utterances {
  const bytes = bytesOfChunks({
    async size(content) {
      const row = await db
        .selectFrom('ml_exports')
        .select('size')
        .where('content', '=', content)
        .executeTakeFirst();
      if (!row) throw new BotportError('link_expired');
      return row.size ?? 0;
    },
    async slice(content, ordinal, offset, length) {
      const row = await db
        .selectFrom('ml_export_chunks')
        // The same in SQLite and PostgreSQL; counts from 1.
        .select(sql<Uint8Array>`substr(bytes, ${offset + 1}, ${length})`.as('bytes'))
        .where('content', '=', content)
        .where('ordinal', '=', ordinal)
        .executeTakeFirst();
      return row?.bytes;
    },
  });

  async function newest(botId: string): Promise<UtteranceRecord> {
    const row = await db
      .selectFrom('ml_exports')
      .selectAll()
      .where('bot_id', '=', botId)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!row) throw new BotportError('no_ml_export');
    return toRecord(row);
  }

  return {
    async request(caller, botId, { state, type }) {
      const bot = await db
        .selectFrom('bots')
        .leftJoin('versions', (join) =>
          join.onRef('versions.bot_id', '=', 'bots.id').onRef('versions.number', '=', 'bots.published'),
        )
        .select(['bots.name', 'bots.draft as configured', 'versions.snapshot as published'])
        .where('bots.id', '=', botId)
        .executeTakeFirstOrThrow();
      const snapshot = bot[state];
      if (snapshot === null) throw new BotportError('no_published_version');
      const row = {
        id: newId('ds'),
        bot_id: botId,
        status: 'pending' as const,
        file_type: type,
        snapshot,
        file_name: newFileName(type),
        client_file_name: clientFileName(bot.name, ` utterances.${type}`),
        content: null,
        size: null,
        sha256: null,
        failure: null,
        created_by: caller.userId,
        created_at: Date.now(),
        finished_at: null,
      };
      const added = await db.transaction().execute(async (tx) => {
        await tx.insertInto('ml_exports').values(row).execute();
        return jobs.add(tx, 'utterances', row.id);
      });
      jobs.wake(added);
      return toRecord(row);
    },

    async newest(botId, hold) {
      const record = await newest(botId);
      if (record.status !== 'pending' || hold === 0) return record;
      await jobs.settled(record.id, hold);
      return newest(botId);
    },

    link: ({ fileName, clientFileName }) => links.sign(fileName, clientFileName),

    async open(fileName, query) {
      links.verify(fileName, query);
      const row = await db
        .selectFrom('ml_exports')
        .select(['file_type', 'client_file_name', 'content', 'size', 'sha256'])
        .where('file_name', '=', fileName)
        .executeTakeFirst();
      // The signature is ours: the export was there, and has been removed for its age.
      if (!row) throw new BotportError('link_expired');
      const { content, size, sha256 } = row;
      if (content === null || size === null || sha256 === null) throw new BotportError('link_invalid');
      const digest = Buffer.from(sha256, 'hex');
      return {
        fileName: row.client_file_name,
        mediaType: mediaTypes[row.file_type],
        size,
        etag: `"${sha256}"`,
        stream: (range) => bytes.stream(content, range),
        sha256: digest,
        makeSha256: async () => digest,
      };
    },
  };
}

function toRecord(row: Omit<MlExportTable, 'number'>): UtteranceRecord {
  return {
    id: row.id,
    botId: row.bot_id,
    status: row.status,
    type: row.file_type,
    fileName: row.file_name,
    clientFileName: row.client_file_name,
    failure: parseFailure(row.failure),
    createdBy: row.created_by,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
