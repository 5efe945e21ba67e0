import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { callerOf, createApp, exportBot, publishBot } from '../support/server.ts';
import { newBot } from './support.ts';

const dataFolder = mkdtempSync(path.join(tmpdir(), 'botport-logs-'));
let app: AppCredentials;
let token: string;
let link: URL;
let printed = '';

/** A server as `botport serve` runs it, made to say all it can, through a run and some refusals. */
beforeAll(async () => {
  const launcher = fileURLToPath(new URL('../../bin/botport.js', import.meta.url));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('BOTPORT_'));
  const own = {
    BOTPORT_DATA: dataFolder,
    BOTPORT_PORT: '0',
    BOTPORT_LOG: 'trace',
    BOTPORT_RATE_LIMIT: 'off',
  };
  const env = { ...Object.fromEntries(inherited), ...own };
  const child = spawn(process.execPath, [launcher, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const ended = once(child, 'close');
  try {
    await vi.waitFor(() => expect(printed).toContain('listening on'), { timeout: 30_000 });
    const server = { url: /listening on (\S+)/.exec(printed)?.[1] ?? '' };
    app = await createApp(dataFolder);
    const admin = await callerOf(server, app);
    token = admin.token;
    const botId = await newBot(server, admin);
    await publishBot(admin, botId);
    const { status } = await exportBot(admin, botId);
    link = new URL(status.downloadURL as string);
    await admin.post(`/api/public/bot/${botId}/export`, '{');
    await admin.get(`/api/public/nothing?token=${token}`);
    await fetch(`${link}1`);
    await fetch(`${server.url}/api/public/bots`, { headers: { auth: `${token}x`, Authorization: token } });
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});
afterAll(() => rmSync(dataFolder, { recursive: true }));

test('a server asked to log everything logs its requests', () => {
  expect(printed).toContain('/api/public/uploadfile');
  expect(printed).toContain(link.pathname);
});

test('it never prints a token, the secret of an app or what opens a download link', () => {
  const signature = token.split('.')[2] ?? '';
  for (const secret of [token, signature, app.clientSecret, link.searchParams.get('s') ?? '', link.search]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(printed).not.toContain(secret);
  }
});
