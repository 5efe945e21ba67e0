import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BotportError } from '../errors.ts';

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
  const database = new DatabaseSync(path.join(dataFolder, 'server.lock'), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Error && /database is locked/.test(error.message)) {
      throw new BotportError('data_folder_in_use', dataFolder);
    }
    throw error;
  }
  return { release: () => database.close() };
}
