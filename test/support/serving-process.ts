import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/botport.js', import.meta.url));

/** Starts `botport serve` on a data folder, in a process that can be killed. */
export async function startServing(
  dataFolder: string,
  settings: Record<string, string> = {},
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [launcher, 'serve'], {
    env: {
      ...process.env,
      BOTPORT_DATA: dataFolder,
      BOTPORT_PORT: '0',
      BOTPORT_RATE_LIMIT: 'off',
      BOTPORT_LOG: 'fatal',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const url = /^Botport listening on (http:\S+)$/.exec(line)?.[1];
    if (url) return { child, url };
  }
  throw new Error('the server ended before it listened');
}
