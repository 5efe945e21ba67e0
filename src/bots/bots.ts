import { covers } from '../auth/app-bots.ts';
import type { Caller } from '../auth/caller.ts';
import { BotportError } from '../errors.ts';
import { lookAgain } from '../snapshots/gone.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { BotTable } from '../storage/schema.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { type ChangePage, listChanges, type ShownChange } from './changes.ts';
import { type Draft, listDrafts } from './drafts.ts';
import { type LinkedApp, linkedApps } from './linked-apps.ts';
import { type Rollback, type RollbackTarget, rollBack } from './rollback.ts';
import { changeVersion, deleteVersion, listVersions, type Version, type VersionChange } from './versions.ts';

export interface Bot {
  id: string;
  accountId: string;
  name: string;
  purpose: string;
  type: string;
  defaultLanguage: string;
  description: string;
  /** Digest of the draft's snapshot. */
  draft: string;
  /** Number of the newest published version; `null` if the bot was never published. */
  published: number | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface Bots {
  /** The bot, or throws `invalid_stream_id` when it does not exist or the caller does not cover it. */
  get(caller: Caller, id: string): Promise<Bot>;
  /** One page (from 0) of the bots the caller covers, oldest first. */
  list(caller: Caller, page: Page): Promise<{ total: number; bots: Bot[] }>;
  /** The states the draft of a bot has had, newest first; those before `before`. Throws what `get` throws. */
  drafts(caller: Caller, id: string, page: { before?: number | undefined; limit: number }): Promise<Draft[]>;
  /** Goes back to an earlier draft or version: see {@link rollBack}. Throws also what `get` throws. */
  rollBack(caller: Caller, id: string, target: RollbackTarget): Promise<Rollback>;
  /** The apps a universal bot links, as its draft names them. Throws also what `get` throws. */
  linkedApps(caller: Caller, id: string, language: string | undefined): Promise<LinkedApp[]>;
  /** The published versions of a bot, newest first; those before `before`. Throws what `get` throws. */
  versions(
    caller: Caller,
    id: string,
    page: { before?: number | undefined; limit: number },
  ): Promise<Version[]>;
  /** Labels or pins a version: see {@link changeVersion}. Throws also what `get` throws. */
  changeVersion(caller: Caller, id: string, number: number, change: VersionChange): Promise<Version>;
  /** Removes a version: see {@link deleteVersion}. Throws also what `get` throws. */
  deleteVersion(caller: Caller, id: string, number: number): Promise<void>;
  /** What happened to a bot, newest first. Throws what `get` throws. */
  changes(caller: Caller, id: string, page: ChangePage): Promise<ShownChange[]>;
}

interface Page {
  offset: number;
  limit: number;
}

const botById = prepared((db, value: { id: string; accountId: string }) =>
  db.selectFrom('bots').selectAll().where('id', '=', value.id).where('account_id', '=', value.accountId),
);

export function openBots(db: Db, snapshots: Snapshots, segments: SegmentStore): Bots {
  async function get(caller: Caller, id: string): Promise<Bot> {
    const row = (await covers(db, caller, id))
      ? await botById.first(db, { id, accountId: caller.accountId })
      : undefined;
    if (!row) throw new BotportError('invalid_stream_id');
    return toBot(row);
  }

  return {
    get,

    async drafts(caller, id, page) {
      await get(caller, id);
      return listDrafts(db, id, page);
    },

    async rollBack(caller, id, target) {
      await get(caller, id);
      return lookAgain(() => rollBack({ db, snapshots }, id, target, caller.userId));
    },

    async versions(caller, id, page) {
      await get(caller, id);
      return listVersions(db, id, page);
    },

    async changeVersion(caller, id, number, change) {
      await get(caller, id);
      return changeVersion(db, id, number, change, caller.userId);
    },

    async deleteVersion(caller, id, number) {
      await get(caller, id);
      return deleteVersion(db, id, number, caller.userId);
    },

    async changes(caller, id, page) {
      await get(caller, id);
      return listChanges(db, id, page);
    },

    async linkedApps(caller, id, language) {
      const { draft } = await get(caller, id);
      return snapshots.use(draft, (manifest) => linkedApps(segments, manifest, language));
    },

    async list(caller, page) {
      const [total, rows] = caller.limited
        ? await pageOfListed(db, caller, page)
        : await pageOfAll(db, caller, page);
      return { total, bots: rows.map(toBot) };
    },
  };
}

/*
 * Bots are numbered without a gap, those of an account and those of an app: nothing has to be counted, and no page has
 * to be passed over to find another.
 */

async function pageOfAll(
  db: Db,
  { accountId }: Caller,
  { offset, limit }: Page,
): Promise<[number, BotTable[]]> {
  const { last } = await db
    .selectFrom('bots')
    .select((eb) => eb.fn.max('ordinal').as('last'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('bots')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('ordinal', '>=', offset * limit)
    .orderBy('ordinal')
    .limit(limit)
    .execute();
  return [total(last), rows];
}

async function pageOfListed(
  db: Db,
  { accountId, clientId }: Caller,
  { offset, limit }: Page,
): Promise<[number, BotTable[]]> {
  const { last } = await db
    .selectFrom('app_bots')
    .select((eb) => eb.fn.max('ordinal').as('last'))
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('app_bots')
    .innerJoin('bots', 'bots.id', 'app_bots.bot_id')
    .selectAll('bots')
    .where('client_id', '=', clientId)
    .where('app_bots.ordinal', '>=', offset * limit)
    .where('account_id', '=', accountId)
    .orderBy('app_bots.ordinal')
    .limit(limit)
    .execute();
  return [total(last), rows];
}

function total(last: number | null): number {
  return last === null ? 0 : last + 1;
}

function toBot(row: BotTable): Bot {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    purpose: row.purpose,
    type: row.type,
    defaultLanguage: row.default_language,
    description: row.description,
    draft: row.draft,
    published: row.published,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}
