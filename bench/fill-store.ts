import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How much a store is to hold. */
export interface StoreSize {
  bots: number;
  /** Each bot has as many as any other, or one more. */
  exports: number;
}

/** What is in a store, as far as it is measured. */
export interface FilledStore {
  /** Ids of all bots, oldest first. */
  bots: string[];
}

const day = 86_400_000;
/** Over how many milliseconds the requests are spread. */
const history = 30 * day;

/**
 * Fills a store that has one bot and one finished export of it with copies of both, under ids of their own. Copies
 * share the snapshot, as bots with the same content do; every export has its own row with the recipe in it. No server
 * may run on the folder.
 */
export function fillStore(dataFolder: string, { bots, exports }: StoreSize): FilledStore {
  const db = new DatabaseSync(path.join(dataFolder, 'botport.sqlite'));
  try {
    // Made in one go, and worth nothing if that fails; the cache holds the indexes, whose keys come in no order.
    db.exec('pragma journal_mode = off; pragma synchronous = off');
    db.exec('pragma cache_size = -1000000; pragma temp_store = memory; begin immediate');
    const begin = Date.now() - history;
    db.exec(`update bots set created_at = ${begin}`);
    copyRows(db, 'bots', bots - 1, {
      id: `'st-' || ${uuid}`,
      name: `'Bot ' || n`,
      // Strictly later from bot to bot, as imports make them.
      created_at: `${begin} + n`,
      ordinal: 'n',
      newest_export: 'null',
    });
    db.exec(`create temp table bot_of (n integer primary key, id text not null);
      insert into bot_of select ordinal, id from bots`);
    copyRows(db, 'export_requests', exports - 1, {
      id: `'ber-' || ${uuid}`,
      bot_id: `(select id from bot_of where bot_of.n = source.n % ${bots})`,
      file_id: 'lower(hex(randomblob(12)))',
      file_name: `'f-' || ${uuid} || '.zip'`,
      created_at: `${begin} + source.n * ${history} / ${exports}`,
      finished_at: `${begin} + source.n * ${history} / ${exports} + 5`,
    });
    db.exec(`create temp table newest as
        select bot_id, id, max(created_at) from export_requests group by bot_id;
      create unique index temp.newest_of on newest (bot_id);
      update bots set newest_export = (select newest.id from newest where newest.bot_id = bots.id);
      commit`);
    const rows = db.prepare('select id from bots order by ordinal').all();
    return { bots: rows.map(({ id }) => String(id)) };
  } finally {
    db.close();
  }
}

const uuid = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-5' || substr(hex(randomblob(2)), 2) ||
  '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`;

/** Adds copies of a table's one row, with some columns made anew; `n` counts the copies from 1. */
function copyRows(db: DatabaseSync, table: string, copies: number, changed: Record<string, string>): void {
  const columns = db
    .prepare('select name from pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name));
  const values = columns.map((name) => changed[name] ?? name);
  db.exec(`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${copies}),
      source as (select n, original.* from counted, (select * from ${table} limit 1) as original)
    insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from source where ${copies} > 0`);
}
