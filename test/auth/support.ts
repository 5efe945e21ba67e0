import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AppCredentials, type Apps, type NewApp, openApps } from '../../src/auth/apps.ts';
import { BotportError, type ErrorName } from '../../src/errors.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { openSecretBox, type SecretBox } from '../../src/storage/secret-box.ts';

export const botA = 'st-11111111-1111-5111-8111-111111111111';
export const botB = 'st-22222222-2222-5222-8222-222222222222';

export interface Fixture {
  folder: string;
  db: Db;
  secretBox: SecretBox;
  apps: Apps;
  /** An admin app for every bot, changed as told. */
  makeApp(changes?: Partial<NewApp>): Promise<AppCredentials>;
  close(): Promise<void>;
}

/** Apps on a database and a key file of their own. */
export async function openFixture(): Promise<Fixture> {
  const folder = makeFolder();
  const db = await openDatabase(folder);
  const secretBox = openSecretBox(folder);
  const apps = openApps(db, secretBox);
  return {
    folder,
    db,
    secretBox,
    apps,
    makeApp: (changes) =>
      apps.create({
        name: 'test',
        kind: 'admin',
        algorithm: 'HS256',
        scopes: ['bot_definition:bot_export'],
        bots: [],
        ...changes,
      }),
    async close() {
      await db.destroy();
      removeFolder(folder);
    },
  };
}

export function makeFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'botport-auth-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Every byte of every file of a folder, write-ahead log and all. */
export function bytesOf(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Buffer.concat(files.map((entry) => readFileSync(path.join(entry.parentPath, entry.name))));
}

/** The registry failure the call ends with. */
export async function failureOf(
  call: () => unknown,
): Promise<{ type: ErrorName; detail: string | undefined }> {
  try {
    await call();
  } catch (error) {
    if (error instanceof BotportError) return { type: error.type, detail: error.detail };
    throw error;
  }
  throw new Error('it did not fail');
}
