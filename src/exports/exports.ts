import type { Readable } from 'node:stream';
import type { Caller } from '../auth/caller.ts';
import type { RequestFailure } from '../failure.ts';

/** The body of `POST /api/public/bot/{botId}/export`, as far as its types go; its values are checked by `request`. */
export interface ExportBody {
  exportType: 'latest' | 'published';
  exportOptions?: ExportOptions | undefined;
  subTasks?: Record<string, string[]> | undefined;
  allTasks?: boolean | undefined;
  IncludeDependentTasks?: boolean | undefined;
  customDashboards?: boolean | undefined;
}

/** Lists of component names by family (`settings`, `tasks`, `nlpData`, …), in the order they were sent. */
export type ExportOptions = Record<string, unknown>;

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

/** A link to an archive: path and query, to be put behind the public base URL. */
export interface ArchiveLink {
  path: string;
  /** The query as pairs, in their order. */
  query: [string, string][];
}

export interface Archive {
  fileName: string;
  size: number;
  /** Strong entity tag (RFC 9110, 8.8.3) with its quotes: the same bytes have the same tag. */
  etag: string;
  /** The archive's bytes, read as they are taken. */
  stream(): Readable;
}

export interface Exports {
  /** Takes an export request on; it is durable when this returns. */
  request(caller: Caller, botId: string, body: ExportBody): Promise<ExportRecord>;
  /**
   * The bot's newest export request. If it is pending, waits for it to finish, for `hold` milliseconds at most.
   * Throws `no_export`.
   */
  newest(botId: string, hold: number): Promise<ExportRecord>;
  /** A fresh signed link to the archive of a successful export, and its parts as the status reply shows them. */
  link(record: ExportRecord): Promise<ArchiveLink>;
  /** The archive behind a link. Throws `link_invalid` or `link_expired`. */
  open(fileName: string, query: Record<string, unknown>): Promise<Archive>;
}
