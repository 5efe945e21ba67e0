import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/* Pages whose commands are run as they stand there. */

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder that looks like the repository, so that what commands leave behind does not land there. */
export function folderLikeTheRepository(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-pages-'));
  for (const name of ['bin', 'node_modules', 'package.json', 'samples', 'src']) {
    symlinkSync(path.join(root, name), path.join(folder, name));
  }
  return folder;
}

/** The texts of the fenced blocks of a page whose info string is `info`. */
export function blocksOf(page: string, info: string): string[] {
  return [...page.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === info)
    .map(([, , text = '']) => text);
}

/** Which of these programs the machine lacks. */
export function lacking(...programs: string[]): string[] {
  return programs.filter((program) => {
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

export interface Outcome {
  code: number | null;
  output: string;
}

/** Runs a command, and gives what it printed and how it ended. */
export function run(command: string[], folder: string, env: Record<string, string>): Promise<Outcome> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
