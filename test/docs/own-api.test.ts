import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateBot } from '../../bench/generate-bot.ts';
import type { Progress } from '../../src/jobs/progress.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  type Json,
  startServer,
  type TestServer,
  upload,
} from '../support/server.ts';

const page = readFileSync(new URL('../../docs/own-api.md', import.meta.url), 'utf8');

type Ended = (url: string, token: string, onProgress: (progress: Progress) => void) => Promise<Json>;
/** The example of the page, as it stands there. */
const [, example = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
const ended: Ended = new Function(`${example}; return ended;`)();

let server: TestServer;
let admin: Caller;
beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

test('the example follows an import, then an export, to their ends', async () => {
  const definition = [...generateBot(4e6, 'example')].join('');
  const send = (content: string, name: string) => upload(server, admin.token, content, name);
  const started = await admin.post('/api/v1/imports', {
    botDefinition: await send(definition, 'botDefinition.json'),
    configInfo: await send('{"envVariables":[]}', 'config.json'),
    icon: await send('icon', 'icon.png'),
  });
  const seen: Progress[] = [];
  const url = `${server.url}/api/v1/imports/${started.body._id}/events`;
  const end = await ended(url, admin.token, (progress) => seen.push(progress));
  expect(end).toMatchObject({ _id: started.body._id, status: 'success' });
  expect(seen.length).toBeGreaterThan(0);

  const { status } = await exportBot(admin, end.streamId as string);
  const exported = await ended(`${server.url}/api/v1/exports/${status._id}/events`, admin.token, () => {});
  expect(exported).toMatchObject({ id: status._id, status: 'success', progress: expect.anything() });
});

test('the example tells of a refusal', async () => {
  const url = `${server.url}/api/v1/imports/bir-unknown/events`;
  await expect(ended(url, admin.token, () => {})).rejects.toThrow('invalid_request_id');
});
