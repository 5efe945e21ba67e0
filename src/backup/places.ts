import path from 'node:path';
import type { Client } from '../client/client.ts';
import type { Bot } from '../client/replies.ts';
import { BotportError } from '../errors.ts';
import { lockFile } from '../storage/lock.ts';
import type { BackupTarget, BotOutcome } from './backup.ts';
import { FolderBackup, type FolderOptions, makeOwnFolder } from './folder.ts';
import { GitBackup } from './git.ts';
import { openRepository } from './repository.ts';
import { ServerBackup } from './server.ts';

/** Where a backup goes, open for one run. */
export interface Place {
  target: BackupTarget;
  /** Marks the bots that the host has no more, or removes them from the backup. */
  settle(there: readonly Bot[], how: { prune: boolean }): Promise<BotOutcome[]>;
  /** What is to be done when all bots are done. */
  finish(): Promise<void>;
  close(): void;
}

/** Opens a folder. Throws `backup_running`, `backup_foreign`, `backup_damaged`. */
export async function openFolder(root: string, options: FolderOptions): Promise<Place> {
  return locked(path.join(makeOwnFolder(root), '.backup.lock'), root, async () => {
    const folder = new FolderBackup(root, options);
    return {
      target: folder,
      settle: async (there, { prune }) => settleFolder(folder, there, prune),
      finish: async () => {},
    };
  });
}

export interface GitOptions extends FolderOptions {
  /** `Name <address>`, in place of the one git knows. */
  author: string | undefined;
  push: boolean;
  env: Record<string, string | undefined>;
}

/** Opens a folder of a git repository. Throws the same, and what `openRepository` throws. */
export async function openGit(root: string, { author, push, env, ...options }: GitOptions): Promise<Place> {
  const repository = await openRepository(root, { author, env });
  return locked(path.join(repository.gitFolder, 'botport-backup.lock'), root, async () => {
    makeOwnFolder(root);
    const folder = new FolderBackup(root, options);
    const git = await GitBackup.open(folder, repository);
    return {
      target: git,
      async settle(there, { prune }) {
        const outcomes = settleFolder(folder, there, prune);
        await git.commitEnds();
        return outcomes;
      },
      finish: async () => {
        if (push) await repository.push();
      },
    };
  });
}

/** Opens a Botport server. */
export async function openServer(client: Client): Promise<Place> {
  return {
    target: await ServerBackup.open(client),
    // A server keeps what it has: nothing there says which bots are of this backup.
    settle: async () => [],
    finish: async () => {},
    close: () => {},
  };
}

async function locked(file: string, root: string, open: () => Promise<Omit<Place, 'close'>>): Promise<Place> {
  const lock = lockFile(file);
  if (!lock) throw new BotportError('backup_running', root);
  try {
    return { ...(await open()), close: () => lock.release() };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function settleFolder(folder: FolderBackup, there: readonly Bot[], prune: boolean): BotOutcome[] {
  const ids = new Set(there.map(({ _id }) => _id));
  const change = prune ? 'removed' : 'gone';
  const ended = prune ? folder.prune(ids) : folder.markGone(ids);
  return ended.map(({ id, name }) => ({ id, name, change, words: [] }));
}
