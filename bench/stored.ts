import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Tables that hold no history: files on their way in, and what was asked for. */
const passing = /^(?:uploads|upload_chunks|jobs|.*_requests)$/;

export interface StoredBytes {
  /** Pages of all tables with their indexes, but for uploads and what was asked for. */
  history: number;
  /** Of these, by table, the largest first. */
  tables: [name: string, bytes: number][];
  /** The file, with the pages that are free again. */
  file: number;
}

/** What a store has on the disk, by the pages of its tables (https://www.sqlite.org/dbstat.html). */
export function storedBytes(file: string): StoredBytes {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database
      .prepare(
        `select coalesce(tbl_name, dbstat.name) as name, sum(pgsize) as bytes
         from dbstat left join sqlite_schema on sqlite_schema.name = dbstat.name group by 1 order by 2 desc`,
      )
      .all() as { name: string; bytes: number }[];
    const tables = rows.filter(({ name }) => !passing.test(name));
    return {
      history: tables.reduce((sum, { bytes }) => sum + bytes, 0),
      tables: tables.map(({ name, bytes }) => [name, bytes]),
      file: statSync(file).size,
    };
  } finally {
    database.close();
  }
}
