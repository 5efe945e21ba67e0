import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { environment } from '../cli/serving.ts';
import { blocksOf, folderLikeTheRepository, lacking, root } from '../support/pages.ts';

const page = readFileSync(path.join(root, 'docs/tutorial.md'), 'utf8');
const folder = folderLikeTheRepository();
afterAll(() => rmSync(folder, { recursive: true }));

test('the tutorial runs as it stands, and prints what it says', async ({ skip }) => {
  const missing = lacking('bash', 'curl', 'jq');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const steps = blocksOf(page, 'sh tutorial');
  expect(steps.length).toBeGreaterThan(8);
  // The packages are there. The ports may not be free here.
  const script = steps
    .join('\n')
    .replace(/^npm ci$/m, '')
    .replaceAll('8081', await freePort())
    .replaceAll('8082', await freePort());
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: environment({}),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'exit');
  // Servers that a step left behind when it failed.
  if (code !== 0 && child.pid) process.kill(-child.pid, 'SIGKILL');
  expect(code, output).toBe(0);
  for (const line of blocksOf(page, 'text').flatMap((text) => text.trimEnd().split('\n'))) {
    expect(output).toContain(line);
  }
}, 120_000);

async function freePort(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? String(address.port) : '';
}
