import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import type { BotOutcome } from '../../src/backup/backup.ts';
import type { Copy } from '../../src/backup/copies.ts';
import { openFolder, type Place } from '../../src/backup/places.ts';
import { runBackup, wantedBots } from '../../src/backup/run-backup.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

/** A server, an app, and a client of it. */
export interface Host {
  server: TestServer;
  app: AppCredentials;
  admin: Caller;
  client: Client;
  /** Makes a bot of one dialog that says this. */
  add(name: string, says?: string): Promise<string>;
  edit(botId: string, name: string, says: string): Promise<void>;
  publish(botId: string): Promise<void>;
}

export async function startHost(settings: Parameters<typeof startServer>[0] = {}): Promise<Host> {
  const server = await startServer(settings);
  const app = await server.createApp();
  const admin = await callerOf(server, app);
  return {
    server,
    app,
    admin,
    client: createClient({ host: server.url, token: appTokens(app) }),
    add: (name, says = 'hello') => importedBot(server, admin, botThatSays(name, says)),
    async edit(botId, name, says) {
      const status = await replaceDraft(server, admin, botId, botThatSays(name, says));
      if (status.status !== 'success') throw new Error(JSON.stringify(status));
    },
    publish: (botId) => publishBot(admin, botId),
  };
}

export function botThatSays(name: string, says: string, config: Json = { name, envVariables: [] }) {
  const definition = smallDefinition({
    localeData: { en: { name } },
    dialogs: [
      {
        _id: 'dg-00000000-0000-5000-8000-000000000003',
        refId: '00000000-0000-5000-8000-000000000004',
        name: 'Welcome',
        lname: 'welcome',
        localeData: { en: { name: 'Welcome', desc: says } },
        nodes: [],
      },
    ],
  });
  return { definition: JSON.stringify(definition, null, 4), config: JSON.stringify(config, null, 4) };
}

/** Folders that go after the tests of a file. */
export function folders(): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'botport-backup-test-'));
    made.push(folder);
    return folder;
  };
}

export const usual = { form: 'exploded', redacted: false, maxUnpacked: 1024 ** 3 } as const;

/** Runs a backup to its end. */
export async function backupInto(
  host: Host,
  open: () => Promise<Place>,
  {
    copies = ['latest', 'published'],
    wanted = [],
    prune = false,
  }: { copies?: Copy[]; wanted?: string[]; prune?: boolean } = {},
): Promise<BotOutcome[]> {
  const bots = await wantedBots(host.client, wanted);
  const place = await open();
  try {
    const outcomes = await runBackup({ client: host.client, place, copies, bots, prune });
    await place.finish();
    return outcomes;
  } finally {
    place.close();
  }
}

export function backupFolder(
  host: Host,
  root: string,
  options: {
    copies?: Copy[];
    wanted?: string[];
    prune?: boolean;
    form?: 'exploded' | 'zip';
    redacted?: boolean;
  } = {},
): Promise<BotOutcome[]> {
  const { form = 'exploded', redacted = false, ...run } = options;
  return backupInto(host, () => openFolder(root, { ...usual, form, redacted, host: host.server.url }), run);
}

/** Every file below a folder, with what is in it and when it was written. */
export function tree(root: string, { times = true } = {}): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = path.join(root, name);
    const stat = lstatSync(file);
    if (!stat.isFile()) continue;
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    found[name] = times ? `${digest} ${stat.mtimeMs}` : digest;
  }
  return found;
}

export const changesOf = (outcomes: readonly BotOutcome[]) =>
  Object.fromEntries(outcomes.map(({ name, change }) => [name, change]));
