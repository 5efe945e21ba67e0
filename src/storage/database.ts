import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, type Transaction } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { BotportError } from '../errors.ts';
import * as initial from './migrations/0001-initial.ts';
import * as ingests from './migrations/0002-ingests.ts';
import * as recipes from './migrations/0003-recipes.ts';
import * as retention from './migrations/0004-retention.ts';
import * as history from './migrations/0005-history.ts';
import * as ordinals from './migrations/0006-ordinals.ts';
import * as appBots from './migrations/0007-app-bots.ts';
import * as importsIntoBots from './migrations/0008-imports-into-bots.ts';
import * as webhooks from './migrations/0009-webhooks.ts';
import * as mlExports from './migrations/0010-ml-exports.ts';
import * as versions from './migrations/0011-versions.ts';
import type { Database } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';

export type Db = Kysely<Database>;
/** Writes that belong together take the transaction they belong to. */
export type Tx = Transaction<Database>;

/** In order. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-ingests': ingests,
  '0003-recipes': recipes,
  '0004-retention': retention,
  '0005-history': history,
  '0006-ordinals': ordinals,
  '0007-app-bots': appBots,
  '0008-imports-into-bots': importsIntoBots,
  '0009-webhooks': webhooks,
  '0010-ml-exports': mlExports,
  '0011-versions': versions,
};

/** The SQLite file inside a data folder. */
export function databaseFile(dataFolder: string): string {
  return path.join(dataFolder, 'botport.sqlite');
}

/**
 * Opens the database of a data folder, making both where they are missing and bringing the tables up to date.
 * Several processes may have it open, and may open it at once; which of them may run jobs is decided by lock.ts.
 */
export async function openDatabase(
  dataFolder: string,
  known: Record<string, Migration> = migrations,
): Promise<Db> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const file = databaseFile(dataFolder);
  // A migration may put a new table in the place of one that others refer to.
  const unchecked = new Kysely<Database>({ dialect: sqliteDialect(file, { foreignKeys: false }) });
  try {
    await unchecked.transaction().execute((tx) => migrate(tx, known));
  } finally {
    await unchecked.destroy();
  }
  return new Kysely<Database>({ dialect: sqliteDialect(file) });
}

/** As {@link openDatabase}, but throws `data_folder_missing` instead of making anything new. */
export async function openExistingDatabase(dataFolder: string): Promise<Db> {
  if (!existsSync(databaseFile(dataFolder))) throw new BotportError('data_folder_missing', dataFolder);
  return openDatabase(dataFolder);
}

/** All of it in one transaction: whole or not at all, and one process after the other. */
async function migrate(tx: Tx, known: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({ db: tx, provider: { getMigrations: async () => known } });
  const foreign = (await appliedMigrations(tx)).find((name) => !Object.hasOwn(known, name));
  if (foreign !== undefined) throw new BotportError('data_folder_newer', foreign);
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function appliedMigrations(tx: Tx): Promise<string[]> {
  const tables = await tx.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const untyped = tx as unknown as Kysely<{ kysely_migration: { name: string } }>;
  return (await untyped.selectFrom('kysely_migration').select('name').execute()).map((row) => row.name);
}
