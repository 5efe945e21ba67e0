import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { knownKeys } from '../../src/profiles/profile.ts';
import { readProfiles } from '../../src/profiles/read-profiles.ts';
import { environment, launcher } from '../cli/serving.ts';
import { callerOf, importedBot, smallDefinition, startServer, type TestServer } from '../support/server.ts';

const page = readFileSync(new URL('../../docs/profiles.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```([^\n]+)\n(.*?)^```$/gms)].map(([, kind = '', text = '']) => ({
  kind,
  text,
}));
const scripts = blocks.filter(({ kind }) => kind === 'sh run');

const folder = mkdtempSync(path.join(tmpdir(), 'botport-docs-'));
let server: TestServer;
let app: AppCredentials;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  await importedBot(server, await callerOf(server, app), { definition: JSON.stringify(smallDefinition()) });
  const [file] = blocks.filter(({ kind }) => kind === 'yaml config.yaml');
  writeFileSync(path.join(folder, 'config.yaml'), asHere(file?.text ?? ''), { mode: 0o600 });
  for (const name of ['staging', 'production']) {
    writeFileSync(path.join(folder, `${name}.secret`), `${app.clientSecret}\n`, { mode: 0o600 });
  }
  writeFileSync(path.join(folder, 'botport'), `#!/bin/sh\nexec ${process.execPath} ${launcher} "$@"\n`);
  chmodSync(path.join(folder, 'botport'), 0o755);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** With the host and the app of the test for those of the page. */
function asHere(text: string): string {
  return text.replaceAll('https://bots-staging.example', server.url).replaceAll('cs-…', app.clientId);
}

test('every file of the page is a valid one', () => {
  const files = blocks.filter(({ kind }) => kind.startsWith('yaml'));
  expect(files.length).toBeGreaterThan(1);
  for (const { text } of files) {
    const file = path.join(folder, 'one.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    expect(readProfiles({ BOTPORT_CONFIG: file }).hosts.size).toBeGreaterThan(0);
  }
});

test('the page lists the keys there are', () => {
  const listed = [...page.matchAll(/^\| `([a-z]\w*)` +\|/gm)].map(([, key]) => key);
  expect(listed).toEqual(knownKeys.profile);
});

test('there are scripts to run', () => {
  expect(scripts).toHaveLength(2);
});

test.each(scripts)('a script of the page runs as it stands: $text', async ({ text }) => {
  const own = { STAGING_SECRET: app.clientSecret, BOTPORT_CONFIG: path.join(folder, 'config.yaml') };
  const env = { ...environment(own), PATH: `${folder}:${process.env.PATH}` };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-ec', asHere(text)], { cwd: folder, env });
  expect(stderr).toBe('');
  expect(stdout).toContain('A bot');
  expect(stdout).not.toContain(app.clientSecret);
});
