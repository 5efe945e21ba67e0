import type { Caller } from '../auth/caller.ts';
import type { RequestFailure } from '../failure.ts';

/** The body of `POST /api/public/bot/import`. */
export interface ImportBody {
  /** `ZIP`: `zipInfo` is read; `JSON`: the single files. Left out, the fields that are there decide. */
  uploadMode?: 'JSON' | 'ZIP' | undefined;
  zipInfo?: string | undefined;
  botDefinition?: string | undefined;
  configInfo?: string | undefined;
  icon?: string | undefined;
  botFunctions?: string[] | undefined;
  name?: string | undefined;
  purpose?: 'customer' | 'employee' | undefined;
}

export interface StatusLog {
  taskType: string;
  taskName: string;
  status: 'success' | 'failed';
}

export interface ImportRecord {
  id: string;
  /** The new bot, once it is there. */
  botId: string | null;
  streamRefId: string;
  status: 'pending' | 'success' | 'failed';
  logs: StatusLog[];
  failure: RequestFailure | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface Imports {
  /**
   * Takes the import of a new bot on; it is durable when this returns. With `keepId` the bot gets the id in the
   * file if it is free (own API only), else a new one. Throws `invalid_file_id`.
   */
  request(caller: Caller, body: ImportBody, options: { keepId: boolean }): Promise<ImportRecord>;
  /** Throws `invalid_request_id`. */
  get(caller: Caller, id: string): Promise<ImportRecord>;
}
