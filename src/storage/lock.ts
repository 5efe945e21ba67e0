import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { BotportError } from '../errors.ts';
import { isBusy } from './busy.ts';
import { openSqlite } from './sqlite.ts';

export interface Lock {
  release(): void;
}

/** Makes this process the one server of a data folder, or throws `data_folder_in_use`. */
export function lockDataFolder(dataFolder: string): Lock {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const lock = lockFile(path.join(dataFolder, 'server.lock'));
  if (!lock) throw new BotportError('data_folder_in_use', dataFolder);
  return lock;
}

/**
 * Takes a lock that one process at a time can have; undefined where another has it.
 *
 * The lock is an open exclusive transaction on a SQLite file of its own: the operating system drops it the moment
 * the process ends, however it ends, so there is no stale lock to wait for after a crash.
 */
export function lockFile(file: string): Lock | undefined {
  const database = openSqlite(file, 0);
  try {
    // Nothing is ever written, so no journal has to come and go beside the file.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}
