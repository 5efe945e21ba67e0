import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerOf, importedBot, smallDefinition, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ rateLimit: { perMinute: 50, perHour: 1000 } });
});
afterAll(() => server.close());

test('looks at one export do not count towards another', async () => {
  const admin = await callerOf(server, await server.createApp());
  const bot = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
  const start = () => admin.post(`/api/public/bot/${bot}/export`, { exportType: 'latest' });
  const [first, second] = [(await start()).body._id, (await start()).body._id];
  const look = async (id: unknown) => (await admin.get(`/api/v1/exports/${id}`)).status;
  for (let count = 0; count < 50; count += 1) expect(await look(first)).toBe(200);
  expect(await look(first)).toBe(429);
  expect(await look(second)).toBe(200);
});
