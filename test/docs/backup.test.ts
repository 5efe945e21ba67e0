import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, folderLikeTheRepository, lacking, root, run } from '../support/pages.ts';
import { startServer, type TestServer } from '../support/server.ts';

const page = readFileSync(path.join(root, 'docs/backup.md'), 'utf8');
let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = folderLikeTheRepository();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('the commands of the page on backups run as they stand, and say what it prints', async ({ skip }) => {
  const missing = lacking('bash', 'git', 'jq');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const steps = blocksOf(page, 'sh backup');
  expect(steps).toHaveLength(5);
  const script = steps.join('\n').replaceAll('http://127.0.0.1:8080', server.url);
  const { code, output } = await run(['bash', '-euo', 'pipefail', '-c', script], folder, {
    BOTPORT_DATA: server.dataFolder,
  });
  expect(code, output).toBe(0);
  const [log = '', second = ''] = blocksOf(page, 'text');
  expect(output.replaceAll(/st-[0-9a-f-]{36}/g, 'st-…')).toContain(log);
  expect(output).toContain(second);
  expect(output).toMatch(/backup\/bots\/coin-flip-st-[0-9a-f-]+\/bot\.json/);
}, 60_000);
