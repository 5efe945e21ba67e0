import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { servers } from '../cli/serving.ts';
import { isKilled } from '../support/killed.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type Caller, callerOf, createApp, importedBot, smallDefinition } from '../support/server.ts';

const serving = servers();
let receiver: Receiver | undefined;
afterEach(() => receiver?.close());

const kills = 10;

test(`a server that is killed ${kills} times tells of every end that was written, at least once`, async () => {
  const dataFolder = serving.folder();
  const variables = {
    BOTPORT_DATA: dataFolder,
    BOTPORT_PORT: '0',
    BOTPORT_RATE_LIMIT: 'off',
    BOTPORT_LOG: 'fatal',
    BOTPORT_WEBHOOK_PRIVATE: 'allow',
  };
  const target = await startReceiver();
  receiver = target;
  // Some are on their way when the server is killed.
  target.answer = async (response) => {
    await sleep(Math.random() * 20);
    response.writeHead(204).end();
  };
  const app = await createApp(dataFolder);
  let botId = '';
  for (let kill = 0; kill < kills; kill += 1) {
    const { child, url, ended } = await serving.start(variables);
    const admin = await callerOf({ url }, app);
    if (kill === 0) {
      botId = await importedBot({ url }, admin, { definition: JSON.stringify(smallDefinition()) });
      await admin.post('/api/v1/webhooks', { url: target.url, events: ['export.succeeded'] });
    }
    const busy = [exporting(admin, botId), exporting(admin, botId)];
    await sleep(50 + Math.random() * 150);
    child.kill('SIGKILL');
    await Promise.all(busy);
    await ended;
  }

  const { child, ended } = await serving.start(variables);
  const db = await openDatabase(dataFolder);
  try {
    const pending = async (table: 'export_requests' | 'webhook_deliveries') =>
      (await db.selectFrom(table).select('status').where('status', '=', 'pending').execute()).length;
    await expect.poll(() => pending('export_requests'), { timeout: 20_000 }).toBe(0);
    await expect.poll(() => pending('webhook_deliveries'), { timeout: 20_000 }).toBe(0);
    const exports = await db
      .selectFrom('export_requests')
      .select('id')
      .where('status', '=', 'success')
      .execute();
    const told = new Set(target.received.map(({ json }) => json.data.id));
    expect(exports.length).toBeGreaterThan(kills);
    expect([...told].sort()).toEqual(exports.map(({ id }) => id).sort());
    const messages = new Set(target.received.map(({ headers }) => headers['webhook-id']));
    expect(messages.size).toBe(exports.length);
  } finally {
    await db.destroy();
  }
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
}, 120_000);

async function exporting(admin: Caller, botId: string): Promise<void> {
  try {
    for (;;) await admin.post(`/api/public/bot/${botId}/export`, { exportType: 'latest' });
  } catch (error) {
    if (!isKilled(error)) throw error;
  }
}

test('a server that is told to stop does not wait for a receiver, and sends again when it is back', async () => {
  const dataFolder = serving.folder();
  const variables = {
    BOTPORT_DATA: dataFolder,
    BOTPORT_PORT: '0',
    BOTPORT_LOG: 'fatal',
    BOTPORT_WEBHOOK_PRIVATE: 'allow',
  };
  const target = await startReceiver();
  receiver = target;
  target.answer = () => undefined;
  const app = await createApp(dataFolder);
  const first = await serving.start(variables);
  const admin = await callerOf(first, app);
  const { body } = await admin.post('/api/v1/webhooks', { url: target.url, events: ['export.succeeded'] });
  await admin.post(`/api/v1/webhooks/${body.id}/test`);
  await target.first(1);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  target.answer = 204;
  const second = await serving.start(variables);
  await target.first(2);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(new Set(target.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
}, 60_000);
