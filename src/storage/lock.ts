import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { BotportError } from '../errors.ts';
import { isBusy } from './busy.ts';
import { openSqlite } from './sqlite.ts';

export interface Lock {
  release(): void;
}

/**
 * Makes this process the one server of a data folder, or throws `data_folder_in_use`.
 *
 * The lock is an open exclusive transaction on a SQLite file of its own: the operating system drops it the moment
 * the process ends, however it ends, so there is no stale lock to wait for after a crash.
 */
export function lockDataFolder(dataFolder: string): Lock {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const database = openSqlite(path.join(dataFolder, 'server.lock'), 0);
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    throw isBusy(error) ? new BotportError('data_folder_in_use', dataFolder) : error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}
