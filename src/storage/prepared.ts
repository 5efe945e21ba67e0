import type { Compilable, CompiledQuery } from 'kysely';
import type { Db } from './database.ts';

/** Stands in a query for a value that is known when it runs. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A query whose text is built once: for those that run in every request, where building costs more than running. */
export interface Prepared<V, R> {
  /** Rows of the result. */
  all(db: Db, values: V): Promise<R[]>;
  /** The first row of the result, if there is one. */
  first(db: Db, values: V): Promise<R | undefined>;
  /** How many rows the query wrote. */
  run(db: Db, values: V): Promise<number>;
}

/**
 * Prepares a query. Its values are named in `build`, and given when it runs, in a transaction or outside.
 *
 * ```ts
 * const botById = prepared((db, value: { id: string }) =>
 *   db.selectFrom('bots').selectAll().where('id', '=', value.id),
 * );
 * const bot = await botById.first(db, { id });
 * ```
 */
export function prepared<V extends object, R>(build: (db: Db, value: V) => Compilable<R>): Prepared<V, R> {
  let template: CompiledQuery<R> | undefined;

  function fill(db: Db, values: V): CompiledQuery<R> {
    if (!template) {
      // Only ever a placeholder, whatever type the query takes it for.
      const named = new Proxy({} as V, { get: (_, name) => new Placeholder(String(name)) });
      template = build(db, named).compile();
    }
    const parameters = template.parameters.map((parameter) =>
      parameter instanceof Placeholder ? Reflect.get(values, parameter.name) : parameter,
    );
    return { ...template, parameters };
  }

  return {
    all: async (db, values) => (await db.executeQuery(fill(db, values))).rows,
    first: async (db, values) => (await db.executeQuery(fill(db, values))).rows[0],
    run: async (db, values) => Number((await db.executeQuery(fill(db, values))).numAffectedRows ?? 0),
  };
}
