import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';
import { explodeArchive } from '../../src/exploded/explode.ts';
import { packFolder } from '../../src/exploded/pack.ts';
import { exportToBuffer } from '../../src/transfer/fetch-export.ts';
import { openLocalSource } from '../../src/transfer/local-source.ts';
import { sendImport, uploadArchive } from '../../src/transfer/send-import.ts';
import { membersOf } from '../support/archive.ts';
import { lacking } from '../support/pages.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { callerOf, importedBot, startServer, type TestServer } from '../support/server.ts';
import { botport } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-round-'));
const limits = { maxUnpacked: 1e10 };
const whole = { exportType: 'latest' } as const;

/** The host a bot leaves, and another one that has never seen it. */
interface Host {
  server: TestServer;
  app: AppCredentials;
  client: Client;
}
let home: Host;
let away: Host;

async function startHost(): Promise<Host> {
  const server = await startServer();
  const app = await server.createApp();
  return { server, app, client: createClient({ host: server.url, token: appTokens(app) }) };
}

beforeAll(async () => {
  [home, away] = [await startHost(), await startHost()];
});
afterAll(async () => {
  await home.server.close();
  await away.server.close();
  rmSync(folder, { recursive: true });
});

/** Some reference bots are there several times. */
const bots = [...sampleBots(), ...referenceBots()].filter(
  ({ definition }, index, all) => all.findIndex((other) => other.definition.equals(definition)) === index,
);

describe.each(bots.map((bot, index) => ({ ...bot, index })))('$name', ({ index, ...bot }) => {
  test('comes out as it went in, through a folder, into itself and to another host', async () => {
    const botId = await importedBot(home.server, await callerOf(home.server, home.app), bot);
    const { archive } = await exportToBuffer(home.client, { botId, body: whole });
    const file = path.join(folder, `${index}.zip`);
    const exploded = path.join(folder, String(index));
    writeFileSync(file, archive);
    await explodeArchive(file, exploded, limits);
    const source = await openLocalSource(exploded, limits);

    await sendImport(home.client, await uploadArchive(home.client, source.archive), { into: botId });
    const again = await exportToBuffer(home.client, { botId, body: whole });
    expect(again.archive.equals(archive)).toBe(true);

    const arrived = await sendImport(away.client, await uploadArchive(away.client, source.archive), {
      keepId: true,
    });
    expect(arrived.streamId).toBe(botId);
    const there = await exportToBuffer(away.client, { botId, body: whole });
    expect(there.archive.equals(archive)).toBe(true);

    const packed = path.join(folder, `${index}-packed.zip`);
    await packFolder(exploded, packed, limits);
    expect(await membersOf(readFileSync(packed))).toEqual(await membersOf(archive));
    rmSync(exploded, { recursive: true });
  }, 120_000);
});

test('the commands bring a bot through git to another host and back, and nothing of it changes', async ({
  skip,
}) => {
  const missing = lacking('git');
  skip(missing.length > 0, `needs ${missing.join(', ')}`);
  const bank = sampleBots().find(({ name }) => name.includes('bank'));
  if (!bank) throw new Error('the samples are missing');
  const botId = await importedBot(home.server, await callerOf(home.server, home.app), bank);
  const place = mkdtempSync(path.join(folder, 'git-'));
  const at = (name: string) => path.join(place, name);
  const git = (...args: string[]) => {
    const named = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'core.autocrlf=true'];
    execFileSync('git', [...named, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const run = async ({ server, app }: Host, ...args: string[]) => {
    const variables = { BOTPORT_CLIENT_ID: app.clientId, BOTPORT_CLIENT_SECRET: app.clientSecret };
    const { code, stdout, stderr } = await botport([...args, '--host', server.url], variables);
    expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
    return stdout.trim();
  };

  await run(home, 'export', botId, '--out', at('home.zip'));
  await botport(['explode', at('home.zip'), at('work/bank')]);
  git('init', '--quiet', at('work'));
  git('-C', at('work'), 'add', '--all');
  git('-C', at('work'), 'commit', '--quiet', '--message', 'The bot');
  git('clone', '--quiet', at('work'), at('clone'));
  await botport(['pack', at('clone/bank'), at('packed.zip')]);
  expect(await run(away, 'import', at('packed.zip'), '--keep-id')).toBe(botId);
  await run(away, 'export', botId, '--out', at('away.zip'));
  expect(readFileSync(at('away.zip')).equals(readFileSync(at('home.zip')))).toBe(true);

  await run(away, 'export', botId, '--exploded', at('clone/bank'));
  git('-C', at('clone'), 'add', '--all');
  git('-C', at('clone'), 'diff', '--cached', '--exit-code');
}, 60_000);
