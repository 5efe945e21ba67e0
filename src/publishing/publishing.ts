import { covers } from '../auth/app-bots.ts';
import type { Caller } from '../auth/caller.ts';
import { BotportError } from '../errors.ts';
import { parseFailure, type RequestFailure } from '../failure.ts';
import { newId } from '../ids.ts';
import { follow, type Standing } from '../jobs/follow.ts';
import type { Jobs } from '../jobs/interfaces.ts';
import { notBegun } from '../jobs/progress.ts';
import { lookAgain } from '../snapshots/gone.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import type { PublishRequestTable } from '../storage/schema.ts';
import { type PublishedResource, resourcesOf } from './resources.ts';

export interface PublishBody {
  versionComment: string;
  /** Taken, and without effect: Botport keeps bots, it does not train them. */
  initiateTraining?: boolean | undefined;
}

export interface PublishRecord {
  id: string;
  botId: string;
  status: 'pending' | 'success' | 'failed';
  comment: string;
  /** The version it made, once it is there. */
  version: number | null;
  resources: PublishedResource[];
  languages: string[];
  failure: RequestFailure | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
  finishedAt: number | null;
}

export interface Publishing {
  /** Takes the publishing of the draft on; it is durable when this returns. */
  request(caller: Caller, botId: string, body: PublishBody): Promise<PublishRecord>;
  /** The bot's newest publish request. Throws `no_publish`. */
  newest(botId: string): Promise<PublishRecord>;
  /** How a publish stands. Throws `invalid_request_id`. */
  get(caller: Caller, id: string): Promise<PublishRecord>;
  /** How a publish stands now, and when it has ended, until `signal`. Throws `invalid_request_id`. */
  follow(caller: Caller, id: string, signal: AbortSignal): AsyncGenerator<Standing<PublishRecord>>;
}

export interface PublishingDeps {
  db: Db;
  jobs: Jobs;
  snapshots: Snapshots;
}

export function openPublishing({ db, jobs, snapshots }: PublishingDeps): Publishing {
  async function toRecord(row: PublishRequestTable): Promise<PublishRecord> {
    const manifest = await snapshots.manifest(row.snapshot);
    return {
      id: row.id,
      botId: row.bot_id,
      status: row.status,
      comment: row.comment,
      version: row.version,
      resources: resourcesOf(manifest),
      languages: manifest.profile.languages,
      failure: parseFailure(row.failure),
      createdBy: row.created_by,
      createdAt: row.created_at,
      finishedAt: row.finished_at,
    };
  }

  async function get(caller: Caller, id: string): Promise<PublishRecord> {
    const row = await db
      .selectFrom('publish_requests')
      .innerJoin('bots', 'bots.id', 'publish_requests.bot_id')
      .selectAll('publish_requests')
      .where('publish_requests.id', '=', id)
      .where('bots.account_id', '=', caller.accountId)
      .executeTakeFirst();
    // A publish of a bot the caller does not cover is as unknown as one that does not exist.
    if (!row || !(await covers(db, caller, row.bot_id))) throw new BotportError('invalid_request_id');
    return toRecord(row);
  }

  /** Publishing is one write: there is nothing between its beginning and its end. */
  async function standing(caller: Caller, id: string): Promise<Standing<PublishRecord>> {
    const record = await get(caller, id);
    return { record, progress: record.status === 'pending' ? notBegun : null };
  }

  return {
    async request(caller, botId, { versionComment }) {
      const { row, added } = await db.transaction().execute(async (tx) => {
        const { draft } = await tx
          .selectFrom('bots')
          .select('draft')
          .where('id', '=', botId)
          .executeTakeFirstOrThrow();
        const row: PublishRequestTable = {
          id: newId('ds'),
          bot_id: botId,
          status: 'pending',
          comment: versionComment,
          snapshot: draft,
          version: null,
          failure: null,
          created_by: caller.userId,
          created_at: Date.now(),
          finished_at: null,
        };
        await tx.insertInto('publish_requests').values(row).execute();
        await tx.updateTable('bots').set({ newest_publish: row.id }).where('id', '=', botId).execute();
        return { row, added: await jobs.add(tx, 'publish', row.id) };
      });
      jobs.wake(added);
      return toRecord(row);
    },

    async newest(botId) {
      return lookAgain(async () => {
        const row = await db
          .selectFrom('bots')
          .innerJoin('publish_requests', 'publish_requests.id', 'bots.newest_publish')
          .selectAll('publish_requests')
          .where('bots.id', '=', botId)
          .executeTakeFirst();
        if (!row) throw new BotportError('no_publish');
        return toRecord(row);
      });
    },

    get,

    follow: (caller, id, signal) =>
      follow({ requestId: id, board: jobs.progress, read: () => standing(caller, id), signal }),
  };
}
