import type { ExpressionBuilder } from 'kysely';
import { type Caller, covers } from '../auth/caller.ts';
import { BotportError } from '../errors.ts';
import type { Db } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { BotTable, Database } from '../storage/schema.ts';

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
  list(caller: Caller, page: { offset: number; limit: number }): Promise<{ total: number; bots: Bot[] }>;
}

const botById = prepared((db, value: { id: string; accountId: string }) =>
  db.selectFrom('bots').selectAll().where('id', '=', value.id).where('account_id', '=', value.accountId),
);

export function openBots(db: Db): Bots {
  return {
    async get(caller, id) {
      const row = covers(caller, id)
        ? await botById.first(db, { id, accountId: caller.accountId })
        : undefined;
      if (!row) throw new BotportError('invalid_stream_id');
      return toBot(row);
    },

    async list(caller, { offset, limit }) {
      const covered = (eb: ExpressionBuilder<Database, 'bots'>) =>
        eb.and([
          eb('account_id', '=', caller.accountId),
          ...(caller.bots === null ? [] : [eb('id', 'in', [...caller.bots])]),
        ]);
      const { total } = await db
        .selectFrom('bots')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where(covered)
        .executeTakeFirstOrThrow();
      const rows = await db
        .selectFrom('bots')
        .selectAll()
        .where(covered)
        .orderBy('created_at')
        .orderBy('id')
        .offset(offset * limit)
        .limit(limit)
        .execute();
      return { total, bots: rows.map(toBot) };
    },
  };
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
