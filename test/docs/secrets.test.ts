import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secretKinds } from '../../src/definition/secrets/kinds.ts';
import { readEnvironment } from '../../src/environment/read-environment.ts';
import { makeZip } from '../archives/zip-kit.ts';
import { botport } from '../cli/run.ts';
import { base64 } from '../secrets/seeded.ts';
import { blocksOf, root } from '../support/pages.ts';

const page = readFileSync(path.join(root, 'docs/secrets.md'), 'utf8');
const environmentPage = readFileSync(path.join(root, 'docs/environment-file.md'), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'botport-docs-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  const read = (name: string) =>
    JSON.parse(readFileSync(path.join(root, 'samples/bank-assistant', name), 'utf8'));
  const [definition, config] = [read('botDefinition.json'), read('config.json')];
  const node = definition.dialogComponents.find(({ name }: { name: string }) => name === 'getLoanQuote');
  node.headers.value = JSON.stringify({ Authorization: `Basic ${base64('svc:harbour-2041')}` });
  config.envVariables.push({ key: 'dbPassword', value: `Tide-${'low'}-17`, isSecured: false });
  const member = (name: string, value: unknown) => ({ name, content: JSON.stringify(value, null, 4) });
  const members = [member('botDefinition.json', definition), member('config.json', config)];
  writeFileSync(path.join(folder, 'bot.zip'), makeZip(members));
});

test('the commands of the page run as they stand, and print what it shows', async () => {
  const launcher = path.join(root, 'bin/botport.js');
  const steps = blocksOf(page, 'sh secrets');
  expect(steps).toHaveLength(4);
  const outputs = steps.map((step) => {
    // Without -e: a scan with findings ends with 1.
    const script = `botport() { "${process.execPath}" "${launcher}" "$@"; }\n${step}`;
    return execFileSync('bash', ['-c', `${script}\ntrue`], { cwd: folder, encoding: 'utf8' });
  });
  const texts = blocksOf(page, 'text');
  expect(texts).toEqual([outputs[0], outputs[3]]);
  expect(outputs[2]).toContain('no secrets found; 2 accepted by the baseline');
  expect(readFileSync(path.join(folder, 'findings.sarif'), 'utf8')).toContain('"2.1.0"');
  expect((await botport(['scan', path.join(folder, 'redacted.zip')])).code).toBe(0);
});

test('the table of kinds is that of the scanner', () => {
  const rows = [...page.matchAll(/^\| `([\w-]+)` +\| ([^|]+?) +\|$/gm)].map(([, id = '', what]) => [
    id,
    what,
  ]);
  expect(Object.fromEntries(rows.filter(([id = '']) => !id.startsWith('--')))).toEqual(secretKinds);
});

test('the environment file of the page is one', () => {
  const file = path.join(folder, 'production.yaml');
  writeFileSync(file, blocksOf(environmentPage, 'yaml environment')[0] ?? '');
  writeFileSync(path.join(folder, 'certificate.pem'), 'a certificate\n', { mode: 0o600 });
  const { variables, urls, secrets } = readEnvironment(file, { PROD_API_KEY: 'p', SENDGRID_KEY: 's' });
  expect([...variables.keys()]).toEqual(['host', 'apiKey', 'certificate']);
  expect([...urls]).toEqual([['https://staging.example', 'https://service.example']]);
  expect([...secrets]).toEqual([['SENDGRID_KEY', 's']]);
});
