import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
  type TransactionSettings,
} from 'kysely';

import { Kept } from '../kept.ts';

/** How long a writer waits for another process (say `botport apps create`) to finish its transaction. */
const busyTimeout = 10_000;
/** How long it waits between two tries. */
const busyPause = 5;

/**
 * Kysely's SQLite dialect over `node:sqlite`.
 *
 * Write-ahead log with `synchronous=FULL`: a transaction is on the disk when its commit returns
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function sqliteDialect(file: string): SqliteDialect {
  // SQLite's own waiting would hold up the whole process: see PatientConnection.
  const database = openSqlite(file, 0);
  try {
    insist(() => database.exec('pragma journal_mode = wal'));
    database.exec('pragma synchronous = full; pragma foreign_keys = on');
  } catch (error) {
    database.close();
    throw error;
  }
  return new NodeSqliteDialect(database);
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

/** Switching to the write-ahead log happens before there is anything to hold up, so this waits in place. */
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

/** Whether SQLite gave up waiting for a lock. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === sqliteBusy;
}

/** The failure of the registry behind an error of SQLite that is nobody's fault in the program. */
export function storageError(error: unknown): 'storage_full' | 'storage_busy' | undefined {
  const code = resultCode(error);
  return code === sqliteFull ? 'storage_full' : code === sqliteBusy ? 'storage_busy' : undefined;
}

const sqliteBusy = 5;
const sqliteFull = 13;

/** The primary result code in any of its extended forms (https://www.sqlite.org/rescode.html). */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    const config = { database: adapt(database) };
    super(config);
    this.#config = config;
    this.#database = database;
  }

  override createAdapter() {
    return new NodeSqliteAdapter();
  }

  override createDriver() {
    return new QueueingDriver(this.#config, this.#database);
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
  readonly #database: DatabaseSync;
  readonly #line: (() => void)[] = [];
  #taken = false;

  constructor(config: SqliteDialectConfig, database: DatabaseSync) {
    super(config);
    this.#database = database;
  }

  override async acquireConnection() {
    if (this.#taken) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#taken = true;
    return new PatientConnection(await super.acquireConnection());
  }

  /** One that only reads sees the state of its first read, and neither waits for a writer nor holds one up. */
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings = {}) {
    if (settings.accessMode !== 'read only') await super.beginTransaction(connection);
    else await connection.executeQuery(CompiledQuery.raw('begin deferred'));
  }

  /**
   * A full disk, say, makes SQLite roll back by itself; to roll back once more would fail and hide what went wrong
   * (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
   */
  override async rollbackTransaction(connection: DatabaseConnection) {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }

  override async releaseConnection() {
    const next = this.#line.shift();
    if (next) next();
    else this.#taken = false;
  }
}

/**
 * Waits where another process writes, without holding up the event loop: while SQLite itself waits for the lock,
 * nothing else runs in this process.
 */
class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection;

  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery) {
    const giveUp = performance.now() + busyTimeout;
    for (;;) {
      try {
        return await this.#connection.executeQuery<R>(query);
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUp) throw error;
        await sleep(busyPause);
      }
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number) {
    return this.#connection.streamQuery<R>(query, chunkSize);
  }
}

/** Statements are prepared once each; those used last are kept. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Kept<SqliteStatement>(500);
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const known = prepared.get(sql);
      if (known) return known;
      const statement = adaptStatement(database.prepare(sql === 'begin' ? beginWriting : sql));
      prepared.set(sql, statement);
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
