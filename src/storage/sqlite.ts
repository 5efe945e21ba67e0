import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';

/** How long a writer waits for another process (say `botport apps create`) to finish its transaction. */
const busyTimeout = 10_000;

/**
 * Kysely's SQLite dialect over `node:sqlite`.
 *
 * Write-ahead log with `synchronous=FULL`: a transaction is on the disk when its commit returns
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function sqliteDialect(file: string): SqliteDialect {
  const database = openSqlite(file, busyTimeout);
  try {
    insist(() => database.exec('pragma journal_mode = wal'));
    database.exec('pragma synchronous = full; pragma foreign_keys = on');
  } catch (error) {
    database.close();
    throw error;
  }
  return new NodeSqliteDialect({ database: adapt(database) });
}

/** Opens a SQLite file that only this user may read; SQLite gives the log beside it the same mode. */
export function openSqlite(file: string, timeout: number): DatabaseSync {
  try {
    // Only ever a new file: closing an open one would drop the locks this process has on it
    // (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return new DatabaseSync(file, { timeout });
}

/** Switching to the write-ahead log fails at once where other statements wait for the lock, so the waiting is here. */
function insist(action: () => void): void {
  const giveUp = performance.now() + busyTimeout;
  for (;;) {
    try {
      action();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUp) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Whether SQLite gave up waiting for a lock (SQLITE_BUSY, in any of its extended forms). */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === 5
  );
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createAdapter() {
    return new NodeSqliteAdapter();
  }

  override createDriver() {
    return new QueueingDriver(this.#config);
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** SQLite rolls `create table` back like any other write; Kysely leaves that out by default. */
  override get supportsTransactionalDdl() {
    return true;
  }

  /** There is one connection, but the driver does the queueing. */
  override get supportsMultipleConnections() {
    return true;
  }
}

/**
 * Hands the one connection from each user to the next in line. Kysely's own lock wakes all who wait at each
 * release, so that 10,000 queries at once took 4.3 s instead of 0.3 s.
 */
class QueueingDriver extends SqliteDriver {
  readonly #line: (() => void)[] = [];
  #taken = false;

  override async acquireConnection() {
    if (this.#taken) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#taken = true;
    return super.acquireConnection();
  }

  override async releaseConnection() {
    const next = this.#line.shift();
    if (next) next();
    else this.#taken = false;
  }
}

/** The few statements of the program are prepared once each and kept. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const known = prepared.get(sql);
      if (known) return known;
      const statement = adaptStatement(database.prepare(sql === 'begin' ? beginWriting : sql));
      if (prepared.size < 500) prepared.set(sql, statement);
      return statement;
    },
  };
}

/**
 * A transaction takes the write lock when it begins. A deferred one that reads first and writes later fails at
 * once, without waiting, when another process has written in between
 * (https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions).
 */
const beginWriting = 'begin immediate';

function adaptStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
