import { execFileSync, execFile as execFileWithCallback, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/*
 * What somebody does who keeps the nightly files of a bot in git.
 */

const execFile = promisify(execFileWithCallback);

export function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface GitHistory {
  /** Commits these files, by their names. A file that is not named stays as it is. */
  commit(files: Record<string, Uint8Array>): Promise<void>;
  /** Packs all there is as tightly as git does, and gives the bytes of its objects: packs with their indexes. */
  pack(): Promise<number>;
}

/** A new repository in an empty folder. */
export function openGit(folder: string): GitHistory {
  execFileSync('git', ['init', '--quiet', '--bare', folder], { stdio: 'ignore' });
  // https://git-scm.com/docs/git-fast-import: the same objects as commits one by one, without a process for each.
  const importer = spawn('git', ['-C', folder, 'fast-import', '--quiet'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(importer, 'exit');
  let commits = 0;

  async function write(bytes: string | Uint8Array): Promise<void> {
    if (!importer.stdin.write(bytes)) await once(importer.stdin, 'drain');
  }

  return {
    async commit(files) {
      commits += 1;
      const message = `Night ${commits}`;
      const who = `Somebody <somebody@example.com> ${1_704_067_200 + commits * 86_400} +0000`;
      await write(`commit refs/heads/main\ncommitter ${who}\ndata ${message.length}\n${message}\n`);
      for (const [name, bytes] of Object.entries(files)) {
        await write(`M 100644 inline ${name}\ndata ${bytes.length}\n`);
        await write(bytes);
        await write('\n');
      }
    },

    async pack() {
      importer.stdin.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`git fast-import ended with code ${code}`);
      await execFile('git', ['-C', folder, 'gc', '--quiet', '--aggressive', '--prune=now']);
      return bytesIn(path.join(folder, 'objects'));
    },
  };
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}
