import type { DatabaseSync } from 'node:sqlite';
import { patiently } from './busy.ts';

/*
 * Write transactions that come close together share one commit: one wait for the disk serves them all.
 *
 * They still run one after the other, in the order they came. The first opens a transaction of SQLite's, a `group`;
 * those behind it are savepoints in it. Each caller's promise resolves only when the group is committed, so whatever
 * a caller says of its transaction is on the disk (`synchronous=FULL`). One that fails is rolled back to its
 * savepoint, and nothing else is; it too is told only once the group is committed, as it may have failed because of
 * what it saw of the others. A commit that fails, or an error upon which SQLite rolls everything back by itself,
 * fails all of the group.
 *
 * A group ends when the event loop has handled whatever else came in with its first member (`setImmediate`), or with
 * the transaction that runs at that moment. So a lone transaction hardly waits, and the longer the disk takes the
 * more share a commit.
 *
 * Nobody but the group's own transactions may read through this connection while it is `dirty`: see sqlite.ts.
 */

/** Most transactions in a group: bounds what is lost with it, and how long its first member waits. */
const mostMembers = 200;

interface Group {
  /** Transactions that ended well and wait for the commit. */
  members: number;
  /** To be committed before another transaction begins. */
  due: boolean;
  readonly settled: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Where a transaction stands in its group: the first can be undone without a savepoint. */
export type Place = 'first' | 'savepoint';

export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #onCommit: () => void;
  readonly #run: Record<'begin' | 'savepoint' | 'release' | 'rollbackTo' | 'commit' | 'rollback', () => void>;
  readonly #line: (() => void)[] = [];
  #taken = false;
  #group: Group | undefined;

  /** `onCommit` is called after each commit. */
  constructor(database: DatabaseSync, onCommit: () => void) {
    const prepare = (sql: string) => {
      const statement = database.prepare(sql);
      return () => void statement.run();
    };
    this.#database = database;
    this.#onCommit = onCommit;
    this.#run = {
      // Takes the write lock at once. A deferred transaction that reads first and writes later fails, without waiting,
      // when another process has written in between
      // (https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions).
      begin: prepare('begin immediate'),
      savepoint: prepare('savepoint member'),
      release: prepare('release member'),
      rollbackTo: prepare('rollback to member'),
      commit: prepare('commit'),
      rollback: prepare('rollback'),
    };
  }

  /** Whether the connection holds what is not committed yet. */
  get dirty(): boolean {
    return this.#group !== undefined;
  }

  /** Waits for its turn and opens a transaction, which {@link end} or {@link undo} has to follow. */
  async begin(): Promise<Place> {
    if (this.#taken) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#taken = true;
    if (this.#group && this.#group.members > 0) {
      this.#run.savepoint();
      return 'savepoint';
    }
    try {
      await patiently(this.#run.begin);
    } catch (error) {
      this.#passOn();
      throw error;
    }
    this.#group = newGroup();
    return 'first';
  }

  /** Ends a transaction well. Resolves when it is on the disk. */
  end(place: Place): Promise<void> {
    const group = this.#group;
    if (!group || !this.#database.isTransaction) return this.#lost(new Error('the transaction is gone'));
    if (place === 'savepoint') this.#run.release();
    this.#join(group);
    this.#passOn();
    return group.settled;
  }

  /** Undoes a transaction, and nothing of the others. `error` is what broke it. */
  async undo(place: Place, error: unknown): Promise<void> {
    const group = this.#group;
    // A full disk, say, makes SQLite roll back by itself, and all of the group with it
    // (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
    if (!group || !this.#database.isTransaction) {
      await this.#lost(error).catch(() => undefined);
      return;
    }
    if (place === 'first') {
      this.#group = undefined;
      this.#run.rollback();
      this.#passOn();
      return;
    }
    this.#run.rollbackTo();
    this.#run.release();
    this.#passOn();
    await group.settled;
  }

  /** Commits what has ended, and closes the connection. A transaction under way is lost, and its group with it. */
  async close(): Promise<void> {
    if (!this.#taken) await this.#commit();
    this.#database.close();
    this.#group?.reject(new Error('the database was closed'));
  }

  #join(group: Group): void {
    group.members += 1;
    if (group.members === 1) {
      setImmediate(() => {
        group.due = true;
        if (!this.#taken && this.#group === group) void this.#commit();
      });
    } else if (group.members >= mostMembers) {
      group.due = true;
    }
  }

  /** Gives the turn to the next in line; before that a group that is due is committed. */
  #passOn(): void {
    if (this.#group?.due) {
      void this.#commit();
      return;
    }
    const next = this.#line.shift();
    if (next) next();
    else this.#taken = false;
  }

  /** Keeps the turn to itself until it is done. Never throws: the members are told. */
  async #commit(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    this.#taken = true;
    try {
      await patiently(this.#run.commit);
      this.#group = undefined;
      group.resolve();
      this.#onCommit();
    } catch (error) {
      if (this.#database.isTransaction) this.#run.rollback();
      this.#group = undefined;
      group.reject(error);
    }
    this.#passOn();
  }

  /** The group has been rolled back beneath its members. */
  #lost(error: unknown): Promise<void> {
    const group = this.#group ?? newGroup();
    this.#group = undefined;
    group.reject(error);
    this.#passOn();
    return group.settled;
  }
}

function newGroup(): Group {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Each member hears of it; a group may have none.
  promise.catch(() => undefined);
  return { members: 0, due: false, settled: promise, resolve, reject };
}
