import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

export const launcher = fileURLToPath(new URL('../../bin/botport.js', import.meta.url));

/** A `botport serve` as a process of its own. */
export interface Serving {
  child: ChildProcess;
  url: string;
  stdout(): string;
  stderr(): string;
  /** The exit code, once it has ended and all it printed is here. */
  ended: Promise<number | null>;
}

/** The environment of the tests with no BOTPORT_ variable but those given. */
export function environment(variables: Record<string, string>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('BOTPORT_'));
  return { ...Object.fromEntries(inherited), ...variables };
}

export interface Servers {
  /** A folder that goes after the test. */
  folder(): string;
  /** Starts a server and resolves when it says that it listens; it is killed after the test at the latest. */
  start(variables: Record<string, string>, how?: { command?: string[]; cwd?: string }): Promise<Serving>;
}

/** Servers and folders for one test each. */
export function servers(): Servers {
  const running: Serving[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  return {
    folder() {
      const folder = mkdtempSync(path.join(tmpdir(), 'botport-serve-'));
      folders.push(folder);
      return folder;
    },
    async start(variables, { command = [process.execPath, launcher], cwd = process.cwd() } = {}) {
      const env = environment({ BOTPORT_PORT: '0', BOTPORT_LOG: 'warn', ...variables });
      const [program = '', ...args] = command;
      const child = spawn(program, [...args, 'serve'], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      const printed = { stdout: '', stderr: '' };
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const serving = { child, url: '', stdout: () => printed.stdout, stderr: () => printed.stderr, ended };
      running.push(serving);
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        printed.stderr += text;
      });
      const listening = new Promise<string>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          printed.stdout += text;
          const url = /^Botport listening on (http:\S+)$/m.exec(printed.stdout)?.[1];
          if (url) resolve(url);
        });
      });
      const tooEarly = ended.then((code): string => {
        throw new Error(`the server ended with ${code}: ${printed.stderr}`);
      });
      serving.url = await Promise.race([listening, tooEarly]);
      tooEarly.catch(() => {});
      return serving;
    },
  };
}
