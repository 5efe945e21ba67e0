import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
  upload,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

const definition = JSON.stringify(smallDefinition());

function importScripts(...names: string[]) {
  const scripts = names.map((name) => ({ name, content: '// nothing' }));
  return importBot(server, admin, { definition, scripts });
}

test('more scripts than an archive may hold are refused before anything is read', async () => {
  const script = await upload(server, admin.token, '// nothing', 'a.js');
  const { status, body } = await admin.post('/api/public/bot/import', {
    botDefinition: await upload(server, admin.token, definition),
    configInfo: await upload(server, admin.token, '{"envVariables":[]}'),
    icon: await upload(server, admin.token, 'icon'),
    botFunctions: Array(11).fill(script),
  });
  expect([status, body]).toEqual([
    412,
    { errors: [expect.objectContaining({ type: 'invalid_arguments', detail: expect.stringMatching(/10/) })] },
  ]);
});

test('what is imported with scripts comes out as an archive that can be imported again', async () => {
  const { streamId } = await importScripts('Größe.js', 'b c.txt', '関数.js');
  const { archive } = await exportBot(admin, streamId as string);
  const zipInfo = await upload(server, admin.token, archive, 'bot.zip');
  const { body } = await admin.post('/api/public/bot/import', { zipInfo });
  expect(await untilEnded(admin, `/api/public/bot/import/status/${body._id}`)).toMatchObject({
    status: 'success',
  });
});

test.each([
  ['a drive', ['c:evil.js']],
  ['a mark that turns the direction of the text', ['a\u202ejs.js']],
  ['a line separator', ['a\u2028b.js']],
  ['more than 255 characters', [`${'a'.repeat(254)}.js`]],
  ['one name in two Unicode forms', ['\u00e9.js', 'e\u0301.js']],
])('script names no archive may hold are refused: %s', async (_what, names) => {
  expect(await importScripts(...names)).toMatchObject({
    status: 'failed',
    errors: [{ type: 'script_invalid' }],
  });
});
