import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteDialect,
  type TransactionSettings,
} from 'kysely';
import { Kept } from '../kept.ts';
import { insist, patiently } from './busy.ts';
import { Checkpoints, longLog } from './checkpoints.ts';
import { GroupCommit, type Place } from './group-commit.ts';

/*
 * Kysely's SQLite dialect over `node:sqlite`: one connection that writes, and others that only read.
 *
 * Write-ahead log with `synchronous=FULL`: a transaction is on the disk when its commit returns
 * (https://www.sqlite.org/pragma.html#pragma_synchronous). Transactions share commits (group-commit.ts), so between
 * the end of a transaction and its commit the writing connection holds a state that a crash would undo, and of which
 * nobody may hear:
 *
 * - The transaction's own caller waits for the commit.
 * - A read outside of transactions goes to the writing connection only while that holds nothing uncommitted. Else it
 *   goes to a second connection, which sees the last committed state and waits for nobody
 *   (https://www.sqlite.org/isolation.html). SQLite shows a commit to other connections after it has synced the log,
 *   so what is read is on the disk. A caller that has awaited its write finds it in either.
 * - A transaction that only reads has a connection of its own, which keeps to the state of its first read and neither
 *   waits for a writer nor holds one up.
 */

/** Foreign keys can be left unchecked, for migrations: SQLite takes that only where no transaction is open. */
export function sqliteDialect(file: string, { foreignKeys = true } = {}): SqliteDialect {
  // SQLite's own waiting would hold up the whole process: see busy.ts.
  const database = openSqlite(file, 0);
  try {
    insist(() => database.exec('pragma journal_mode = wal'));
    database.exec(
      `pragma synchronous = full; pragma foreign_keys = ${foreignKeys ? 'on' : 'off'}; pragma temp_store = memory;
      pragma wal_autocheckpoint = ${longLog}`,
    );
  } catch (error) {
    database.close();
    throw error;
  }
  return new NodeSqliteDialect(file, database);
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

class NodeSqliteDialect extends SqliteDialect {
  readonly #file: string;
  readonly #database: DatabaseSync;

  constructor(file: string, database: DatabaseSync) {
    super({
      database: () => {
        throw new Error('the driver holds the connections');
      },
    });
    this.#file = file;
    this.#database = database;
  }

  override createAdapter() {
    return new NodeSqliteAdapter();
  }

  override createDriver() {
    return new NodeSqliteDriver(this.#file, this.#database);
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** SQLite rolls `create table` back like any other write; Kysely leaves that out by default. */
  override get supportsTransactionalDdl() {
    return true;
  }

  /** The driver does the queueing. */
  override get supportsMultipleConnections() {
    return true;
  }
}

class NodeSqliteDriver implements Driver {
  readonly #file: string;
  readonly #writer: Statements;
  readonly #commits: GroupCommit;
  readonly #checkpoints: Checkpoints;
  #reader: Statements | undefined;

  constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#writer = new Statements(database);
    this.#checkpoints = new Checkpoints(file);
    this.#commits = new GroupCommit(database, () => this.#checkpoints.noteCommit());
  }

  async init() {}

  async acquireConnection() {
    return new Session(this.#writer, this.#commits, () => {
      this.#reader ??= this.#openReader();
      return this.#reader;
    });
  }

  async releaseConnection() {}

  async beginTransaction(connection: DatabaseConnection, { accessMode }: TransactionSettings = {}) {
    const session = asSession(connection);
    if (accessMode === 'read only') session.beginReading(this.#openReader());
    else await session.begin();
  }

  commitTransaction(connection: DatabaseConnection) {
    return asSession(connection).end();
  }

  rollbackTransaction(connection: DatabaseConnection) {
    return asSession(connection).undo();
  }

  async destroy() {
    // The last connection to close writes the log back, and one that only reads cannot.
    this.#reader?.close();
    await this.#checkpoints.close();
    await this.#commits.close();
  }

  #openReader(): Statements {
    return new Statements(new DatabaseSync(this.#file, { readOnly: true, timeout: 0 }));
  }
}

function asSession(connection: DatabaseConnection): Session {
  if (connection instanceof Session) return connection;
  throw new Error('a connection of another driver');
}

/** What Kysely takes for a connection: one query, or one transaction. */
class Session implements DatabaseConnection {
  readonly #writer: Statements;
  readonly #commits: GroupCommit;
  readonly #reader: () => Statements;
  #transaction: { place: Place } | { reader: Statements } | undefined;
  /** What broke the transaction, should SQLite have rolled it back. */
  #error: unknown;

  constructor(writer: Statements, commits: GroupCommit, reader: () => Statements) {
    this.#writer = writer;
    this.#commits = commits;
    this.#reader = reader;
  }

  async begin(): Promise<void> {
    this.#transaction = { place: await this.#commits.begin() };
  }

  beginReading(reader: Statements): void {
    reader.exec('begin deferred');
    this.#transaction = { reader };
  }

  async end(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (!transaction) throw new Error('no transaction');
    if ('reader' in transaction) transaction.reader.close();
    else await this.#commits.end(transaction.place);
  }

  /** Also where the end failed: then there is nothing left to undo. */
  async undo(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (!transaction) return;
    if ('reader' in transaction) transaction.reader.close();
    else await this.#commits.undo(transaction.place, this.#error);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const transaction = this.#transaction;
    if (transaction) {
      const statements = 'reader' in transaction ? transaction.reader : this.#writer;
      try {
        return await patiently(() => statements.run<R>(query));
      } catch (error) {
        this.#error = error;
        throw error;
      }
    }
    if (SelectQueryNode.is(query.query)) {
      const statements = this.#commits.dirty ? this.#reader() : this.#writer;
      return patiently(() => statements.run<R>(query));
    }
    return this.#write(query);
  }

  /** A statement by itself is a transaction, too. */
  async #write<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const place = await this.#commits.begin();
    let result: QueryResult<R>;
    try {
      result = this.#writer.run(query);
    } catch (error) {
      await this.#commits.undo(place, error);
      throw error;
    }
    await this.#commits.end(place);
    return result;
  }

  /** Row by row, in a transaction: a read that takes its time would keep others on its connection to its state. */
  async *streamQuery<R>(query: CompiledQuery): AsyncGenerator<QueryResult<R>> {
    const transaction = this.#transaction;
    if (!transaction) throw new Error('queries are streamed in transactions only');
    const statements = 'reader' in transaction ? transaction.reader : this.#writer;
    for (const row of statements.iterate<R>(query)) yield { rows: [row] };
  }
}

/** A connection whose statements are prepared once each; those used last are kept. */
class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Kept<{ statement: StatementSync; gives: boolean }>(500);

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const { statement, gives } = this.#prepared.get(sql) ?? this.#prepare(sql);
    const values = parameters as readonly SQLInputValue[];
    if (gives) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** With a statement of its own: one that others use meanwhile would begin anew. */
  iterate<R>({ sql, parameters }: CompiledQuery): Iterable<R> {
    const values = parameters as readonly SQLInputValue[];
    return this.#database.prepare(sql).iterate(...values) as Iterable<R>;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string) {
    const statement = this.#database.prepare(sql);
    const prepared = { statement, gives: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}
