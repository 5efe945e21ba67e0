import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, folderLikeTheRepository, lacking, root, run } from '../support/pages.ts';
import { startServer, type TestServer } from '../support/server.ts';

const page = readFileSync(path.join(root, 'docs/promoting.md'), 'utf8');
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

test('the commands of the page on promoting run as they stand, and say what it prints', async ({ skip }) => {
  const missing = lacking('bash', 'jq');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const steps = blocksOf(page, 'sh promoting');
  expect(steps).toHaveLength(4);
  const script = steps.join('\n').replaceAll('http://127.0.0.1:8080', server.url);
  const { code, output } = await run(['bash', '-euo', 'pipefail', '-c', script], folder, {
    BOTPORT_DATA: server.dataFolder,
  });
  expect(code, output).toBe(0);
  for (const line of blocksOf(page, 'text').flatMap((text) => text.trimEnd().split('\n'))) {
    expect(output).toContain(line);
  }
  expect(output).toContain('something to do');
}, 60_000);
