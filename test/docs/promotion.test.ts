import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, folderLikeTheRepository, lacking, root, run } from '../support/pages.ts';
import { startServer, type TestServer } from '../support/server.ts';

const page = readFileSync(path.join(root, 'docs/promotion.md'), 'utf8');
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

test('the guide from development to production runs as it stands, and says what it prints', async ({
  skip,
}) => {
  const missing = lacking('bash', 'curl', 'jq');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const steps = blocksOf(page, 'sh promotion');
  expect(steps).toHaveLength(7);
  const script = steps.join('\n').replaceAll('http://127.0.0.1:8080', server.url);
  const { code, output } = await run(['bash', '-euo', 'pipefail', '-c', script], folder, {
    BOTPORT_DATA: server.dataFolder,
  });
  expect(code, output).toBe(0);
  const [plan = ''] = blocksOf(page, 'json');
  expect(JSON.parse(/^\{\n[\s\S]*?^\}$/m.exec(output)?.[0] ?? '')).toEqual(JSON.parse(plan));
  const texts = blocksOf(page, 'text');
  expect(texts).toHaveLength(2);
  for (const text of texts) expect(output).toContain(text);
  expect(output.match(/"status":"successful"/g)).toHaveLength(2);
  expect(output).toContain('{"status":"success","errors":null}');
}, 60_000);
