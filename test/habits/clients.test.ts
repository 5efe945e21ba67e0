import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { withoutRewritten } from '../support/archive.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { readFromTheFront } from './archive-readers.ts';
import { handMadeToken, hasTool, run, sample, sampleFolder } from './support.ts';

/*
 * Whole runs of clients in four languages, each a process of its own, against a server that counts requests as it does
 * unless told otherwise.
 */

let server: TestServer;
let app: AppCredentials;
const folder = mkdtempSync(path.join(tmpdir(), 'botport-clients-'));
const script = (name: string) => fileURLToPath(new URL(`clients/${name}`, import.meta.url));

beforeAll(async () => {
  server = await startServer({ rateLimit: { perMinute: 60, perHour: 1800 } });
  app = await server.createApp();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function settings(name: string): { out: string; env: Record<string, string> } {
  const out = mkdtempSync(path.join(folder, 'out-'));
  const { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET } = app;
  return {
    out,
    env: {
      SERVER: server.url,
      CLIENT_ID,
      CLIENT_SECRET,
      BOT: sampleFolder('bank-assistant'),
      NAME: name,
      OUT: out,
    },
  };
}

const names = ['botDefinition.json', 'config.json', 'icon.png', 'bot_functions.js'];

/** The files are those of the bot that went in, as far as an export leaves them alone. */
function compare(found: Map<string, Buffer>) {
  const text = (bytes: Buffer | undefined) => withoutRewritten(String(bytes));
  return {
    names: [...found.keys()].sort(),
    same: names.every((name) =>
      name === 'botDefinition.json'
        ? text(found.get(name)) === text(sample('bank-assistant', name))
        : found.get(name)?.equals(sample('bank-assistant', name)),
    ),
  };
}

const whole = { names: [...names].sort(), same: true };

function filesIn(place: string): Map<string, Buffer> {
  return new Map(readdirSync(place).map((name) => [name, readFileSync(path.join(place, name))]));
}

describe.concurrent('a client', () => {
  test('of the Python standard library deploys a bot and exports it', async ({ expect, skip }) => {
    if (!hasTool('python3')) skip('there is no Python 3 on this machine');
    const { out, env } = settings('From Python');
    const printed = await run('python3', [script('deploy.py')], { env });
    const exporting = { ...env, BOT_ID: printed.trim(), TOKEN: handMadeToken(app, { sub: '1234567890' }) };
    await run('python3', [script('export.py')], { env: exporting });
    expect(compare(filesIn(out))).toEqual(whole);
  });

  test('of the Java class library imports a bot and exports it four times', async ({ expect, skip }) => {
    if (!hasTool('javac')) skip('there is no JDK on this machine');
    const { out, env } = settings('From Java');
    const classes = mkdtempSync(path.join(folder, 'classes-'));
    await run('javac', ['-encoding', 'UTF-8', '-d', classes, script('RoundTrip.java')]);
    await run('java', ['-cp', classes, 'RoundTrip'], { env });
    expect(compare(filesIn(out))).toEqual(whole);
  });

  test('of bash, curl and unzip imports a bot, publishes and exports it', async ({ expect, skip }) => {
    for (const [tool, ...args] of [['bash'], ['curl'], ['unzip', '-v']] as const) {
      if (!hasTool(tool, ...args)) skip(`there is no ${tool} on this machine`);
    }
    const { out, env } = settings('From bash');
    const TOKEN_FILE = path.join(folder, 'token.txt');
    writeFileSync(TOKEN_FILE, `${handMadeToken(app)}\n`);
    await run('bash', [script('round-trip.sh')], { env: { ...env, TOKEN_FILE } });
    expect(compare(filesIn(out))).toEqual(whole);
  });

  test('of Node’s fetch and FormData imports a bot, publishes and exports it', async ({ expect }) => {
    const { out, env } = settings('From Node');
    await run(process.execPath, [script('round-trip.mjs')], { env });
    expect(readdirSync(out)).toEqual(['From Node.zip']);
    expect(compare(readFromTheFront(readFileSync(path.join(out, 'From Node.zip'))))).toEqual(whole);
  });
});
