import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { isKilled } from '../support/killed.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  createApp,
  importedBot,
  pixel,
  publishBot,
  type Reply,
  untilEnded,
  upload,
} from '../support/server.ts';
import { startServing } from '../support/serving-process.ts';

/*
 * A server that is killed again and again in the middle of its work. Each round starts it on the same data folder,
 * keeps it busy with uploads, imports, publishes and exports, and kills it at a random moment. In the end every
 * request whose start was answered must have ended, and the store must be sound all the time.
 */

const rounds = 50;
const dataFolder = mkdtempSync(path.join(tmpdir(), 'botport-crash-'));
afterAll(() => rmSync(dataFolder, { recursive: true }));

/**
 * Keeps a server busy from several clients at once until it is gone.
 *
 * @returns ids of the requests whose start was answered
 */
async function keepBusy(server: { url: string }, admin: Caller, bots: string[]): Promise<string[]> {
  const accepted: string[] = [];
  const note = ({ status, body }: Reply, id: unknown = body._id) => {
    if (status === 200 && typeof id === 'string') accepted.push(id);
  };
  const imports = async () => {
    for (const bot of sampleBots()) {
      const send = (content: Uint8Array, name: string) => upload(server, admin.token, content, name);
      note(
        await admin.post('/api/public/bot/import', {
          botDefinition: await send(bot.definition, 'botDefinition.json'),
          configInfo: await send(bot.config, 'config.json'),
          icon: await send(pixel, 'icon.png'),
        }),
      );
    }
  };
  const exports = (botId: string) => async () =>
    note(await admin.post(`/api/public/bot/${botId}/export`, { exportType: 'latest' }));
  const publishes = (botId: string) => async () => {
    note(await admin.post(`/api/public/bot/${botId}/publish`, { versionComment: 'x' }), null);
    const { status, body } = await admin.get(`/api/public/bot/${botId}/publish/status`);
    note({ status, body, headers: new Headers() });
  };
  const untilKilled = async (work: () => Promise<void>) => {
    try {
      for (;;) await work();
    } catch (error) {
      if (!isKilled(error)) throw error;
    }
  };
  await Promise.all(
    [imports, ...bots.flatMap((botId) => [exports(botId), exports(botId), publishes(botId)])].map(
      untilKilled,
    ),
  );
  return accepted;
}

describe('a server killed in the middle of its work', () => {
  test(
    `${rounds} times loses no accepted request and keeps its store sound`,
    async () => {
      const app = await createApp(dataFolder);
      const accepted = new Set<string>();
      // Two bots are there before the first kill: on a busy machine no import of the rounds might come to its end.
      const bots = await importBots(app);
      for (let round = 0; round < rounds; round += 1) {
        const { child, url } = await startServing(dataFolder);
        const admin = await callerOf({ url }, app);
        const work = keepBusy({ url }, admin, bots);
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 500));
        child.kill('SIGKILL');
        for (const id of await work) accepted.add(id);
        if (child.signalCode === null) await once(child, 'exit');
        expect((await inspect()).faults).toEqual([]);
      }

      const { child, url } = await startServing(dataFolder);
      const admin = await callerOf({ url }, app);
      await untilNothingIsPending();
      await checkBots(admin, bots);
      child.kill('SIGTERM');
      expect((await once(child, 'exit'))[0]).toBe(0);

      const { faults, requests } = await inspect();
      expect(faults).toEqual([]);
      const endings = [...accepted].map((id) => requests.get(id));
      for (const ending of endings) expect(ending).toMatch(/^success$|^failed with a cause$/);
      const failed = endings.filter((ending) => ending !== 'success').length;
      console.log(`${accepted.size} accepted requests, ${failed} of them failed with a cause`);
      expect(accepted.size).toBeGreaterThan(rounds);
    },
    10 * 60_000,
  );
});

async function importBots(app: AppCredentials): Promise<string[]> {
  const { child, url } = await startServing(dataFolder);
  const admin = await callerOf({ url }, app);
  const bots: string[] = [];
  for (const bot of sampleBots()) bots.push(await importedBot({ url }, admin, { ...bot, icon: pixel }));
  child.kill('SIGTERM');
  await once(child, 'exit');
  return bots;
}

/** The store as it lies on the disk: what is wrong with it, and how each request stands. */
async function inspect(): Promise<{ faults: string[]; requests: Map<string, string> }> {
  const db = await openDatabase(dataFolder);
  try {
    const requests = new Map<string, string>();
    for (const table of ['import_requests', 'export_requests', 'publish_requests'] as const) {
      for (const { id, status, failure } of await db
        .selectFrom(table)
        .select(['id', 'status', 'failure'])
        .execute()) {
        requests.set(id, status === 'failed' && failure !== null ? 'failed with a cause' : status);
      }
    }
    const { faults } = await verifyStore(db);
    return { faults, requests };
  } finally {
    await db.destroy();
  }
}

async function untilNothingIsPending(): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { requests } = await inspect();
    if (![...requests.values()].includes('pending')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('requests stay pending');
}

/** What came in before the crashes comes out after them, byte for byte. */
async function checkBots(admin: Caller, bots: string[]): Promise<void> {
  const originals = sampleBots().map(({ definition }) => withoutRewritten(definition.toString()));
  expect(bots.length).toBeGreaterThan(0);
  for (const botId of bots) {
    await publishBot(admin, botId);
    await admin.post(`/api/public/bot/${botId}/export`, { exportType: 'published' });
    const { downloadURL } = await untilEnded(admin, `/api/public/bot/${botId}/export/status`);
    const archive = Buffer.from(await (await fetch(downloadURL as string)).arrayBuffer());
    const text = String((await membersOf(archive)).get('botDefinition.json'));
    expect(originals).toContain(withoutRewritten(text));
  }
}
