import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { newBot, sample, send } from './support.ts';

let server: TestServer;
let admin: Caller;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  botId = await importedBot(server, admin, {
    definition: sample('tiny', 'botDefinition.json'),
    config: sample('tiny', 'config.json'),
  });
  await publishBot(admin, botId);
});
afterAll(() => server.close());

const startPath = () => `/api/public/bot/${botId}/export`;
const statusPath = () => `${startPath()}/status`;
const start = (body: Json = { exportType: 'latest' }) => admin.post(startPath(), body);
const status = async (query = '') => (await admin.get(statusPath() + query)).body;

/** All of a bot, in the names of the old documentation and of the new. */
const oldNames = {
  settings: ['botSettings', 'botVariables', 'ivrSettings'],
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk'],
  nlpData: [
    'training_data',
    'bot_synonyms',
    'defaultDialog',
    'nlpSettings',
    'utterances',
    'patterns',
    'standardResponses',
  ],
};
const newNames = {
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
  nlpData: [
    'nlpSettings',
    'utterances',
    'patterns',
    'traits',
    'rules',
    'concepts',
    'synonyms',
    'standardResponses',
  ],
};

async function echoOf(body: Json): Promise<Json> {
  const { archive } = await exportBot(admin, botId, body);
  const definition = JSON.parse(String((await membersOf(archive)).get('botDefinition.json')));
  return definition.exportOptions;
}

describe('a client that reads the status once', () => {
  test('and does not wait at all finds the export done', async () => {
    const { body } = await start();
    expect(await status()).toMatchObject({ _id: body._id, status: 'success' });
  });

  test('and is one of many that start at the same moment finds its own done as well', async () => {
    const bots = await Promise.all(
      Array.from({ length: 40 }, (_, number) => newBot(server, admin, `${number}`)),
    );
    const statuses = await Promise.all(
      bots.map(async (bot) => {
        await admin.post(`/api/public/bot/${bot}/export`, { exportType: 'latest' });
        return (await admin.get(`/api/public/bot/${bot}/export/status`)).body;
      }),
    );
    expect(statuses.map(({ streamId, status }) => [streamId, status])).toEqual(
      bots.map((bot) => [bot, 'success']),
    );
  });

  test('after a second finds the export done, also of a larger bot', async () => {
    const definition = sample('bank-assistant', 'botDefinition.json');
    const large = await importedBot(server, admin, { definition });
    await admin.post(`/api/public/bot/${large}/export`, { exportType: 'latest' });
    await sleep(1000);
    expect((await admin.get(`/api/public/bot/${large}/export/status`)).body.status).toBe('success');
  });

  test.each([
    ['the whole bot', { settings: oldNames.settings, tasks: oldNames.tasks, nlpData: oldNames.nlpData }],
    ['parts of the bot', {}],
  ])('finds its export done each time, four times in a row with %s', async (_what, more) => {
    const none = { dialogs: [], alerts: [], actions: [] };
    for (const body of [
      { exportOptions: { settings: oldNames.settings, ...more } },
      { exportOptions: { tasks: oldNames.tasks, ...more }, subTasks: none, allTasks: true },
      { exportOptions: { nlpData: oldNames.nlpData, settings: [], tasks: [], ...more }, subTasks: none },
      { exportOptions: { ...oldNames, ...more }, IncludeDependentTasks: true, customDashboards: true },
    ]) {
      const started = await start({ exportType: 'published', ...body });
      const ended = await status();
      expect(ended).toMatchObject({ _id: started.body._id, exportType: 'published', status: 'success' });
      const archive = Buffer.from(await (await fetch(String(ended.downloadURL))).arrayBuffer());
      const definition = JSON.parse(String((await membersOf(archive)).get('botDefinition.json')));
      expect(definition.exportOptions).toMatchObject(body.exportOptions);
    }
  });
});

describe('a client that is patient', () => {
  test('can read a finished export again and again, for ten minutes and more', async () => {
    const { body } = await start();
    await status();
    await newBot(server, admin);
    for (let round = 0; round < 3; round += 1) {
      const again = await status();
      expect(again).toMatchObject({ _id: body._id, status: 'success' });
      const expires = Number(new URL(again.downloadURL as string).searchParams.get('e'));
      expect(expires - Date.now()).toBeGreaterThan(11 * 60_000);
      expect((await fetch(again.downloadURL as string)).status).toBe(200);
    }
  });

  test('meets no words but pending and success while it asks', async () => {
    const hasty = await startServer({ statusHold: 0 });
    try {
      const caller = await callerOf(hasty, await hasty.createApp());
      const bot = await newBot(hasty, caller);
      const seen: unknown[] = [];
      const first = await caller.post(`/api/public/bot/${bot}/export`, { exportType: 'latest' });
      seen.push(first.body.status);
      while (seen.at(-1) !== 'success') {
        const { body } = await caller.get(`/api/public/bot/${bot}/export/status`);
        seen.push(body.status);
        if (body.status === 'pending') expect(body).not.toHaveProperty('downloadURL');
      }
      expect(new Set(seen)).toEqual(new Set(['pending', 'success']));
    } finally {
      await hasty.close();
    }
  });
});

describe('an export started while another runs', () => {
  test('is taken, and the status is of the newest', async () => {
    const replies = await Promise.all([start(), start(), start()]);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]);
    const last = await start({ exportType: 'published' });
    expect(await status()).toMatchObject({ _id: last.body._id, exportType: 'published', status: 'success' });
  });
});

describe('the status call', () => {
  test('does not mind the request id, or anything else, in the query', async () => {
    const { body } = await start();
    for (const query of [
      `?exportId=${body._id}`,
      `?id=${body._id}`,
      '?exportId=',
      '?&=&',
      '?exportId=1&exportId=2',
    ]) {
      expect(await status(query)).toMatchObject({ _id: body._id, status: 'success' });
    }
  });

  test.each([
    ['a content type and no body', ['Content-Type: application/json'], undefined],
    ['a content type and a length of 0', ['Content-Type: application/json'], ''],
    ['no content type', [], undefined],
    ['a JSON body', ['Content-Type: application/json'], '{"exportType":"latest"}'],
    ['a form as a body', ['Content-Type: application/x-www-form-urlencoded'], 'exportType=latest'],
    ['a body that is nothing', ['Content-Type: application/json'], '{'],
  ])('may come with %s', async (_what, headers, body) => {
    const request = { path: statusPath(), headers: [`auth: ${admin.token}`, ...headers] };
    for (const chunked of body ? [false, true] : [false]) {
      const reply = await send(server, { ...request, ...(body === undefined ? {} : { body }), chunked });
      expect([reply.status, reply.json]).toMatchObject([200, { streamId: botId }]);
    }
  });

  test('is answered under the version segment, with doubled slashes and a slash at the end', async () => {
    const path = `//api/1.1//public/bot/${botId}//export/status/`;
    expect(await admin.get(path)).toMatchObject({ status: 200, body: { streamId: botId } });
  });
});

describe('the replies', () => {
  test('to start and status agree in _id, streamId and exportType, and name the bot in both ways', async () => {
    const { body } = await start();
    const { _id, streamId, exportType } = body;
    expect(await status()).toMatchObject({ _id, streamId, exportType, botId: streamId });
  });

  test('call the request _id and nothing else, and the link downloadURL and nothing else', async () => {
    const { body } = await start();
    const ended = await status();
    const names = [...Object.keys(body), ...Object.keys(ended)];
    expect(names.filter((name) => /^export_?id$/i.test(name))).toEqual([]);
    expect(names.filter((name) => /^download_?url$/i.test(name))).toEqual(['downloadURL']);
    expect(ended.downloadURL).toEqual(expect.any(String));
    expect(ended.fileSize).toMatch(/^\d+$/);
  });
});

describe('the start call', () => {
  test.each([
    ['application/json; charset=utf-8'],
    ['application/x-www-form-urlencoded'],
    ['text/plain'],
    [null],
  ])('takes JSON under the content type %s, with a length or in chunks', async (type) => {
    const headers = [`auth: ${admin.token}`, ...(type === null ? [] : [`Content-Type: ${type}`])];
    const request = { method: 'POST', path: startPath(), headers, body: '{"exportType": "latest"}' };
    for (const chunked of [false, true]) {
      expect((await send(server, { ...request, chunked })).status).toBe(200);
    }
  });

  test('echoes the old names as they were sent', async () => {
    expect(await echoOf({ exportType: 'latest', exportOptions: oldNames })).toMatchObject(oldNames);
  });

  test('takes names in any case, and echoes them as they were sent', async () => {
    const exportOptions = { ...newNames, tasks: ['bottask', 'KnowledgeGraph', 'SMALLTALK', 'forms'] };
    expect(await echoOf({ exportType: 'latest', exportOptions })).toMatchObject(exportOptions);
  });

  test.each([
    ['lists', { dialogs: [], alerts: [], actions: [] }],
    ['lists of later versions', { dialogs: [], alerts: [], actions: [], forms: [], experienceFlows: [] }],
    ['lists at all', {}],
  ])('takes empty subTasks %s for no restriction', async (_what, subTasks) => {
    const { archive } = await exportBot(admin, botId, {
      exportType: 'latest',
      exportOptions: newNames,
      subTasks,
      allTasks: true,
      customDashboards: true,
      IncludeDependentTasks: true,
    });
    const whole = await exportBot(admin, botId);
    const dialogs = async (zip: Buffer) =>
      JSON.parse(String((await membersOf(zip)).get('botDefinition.json'))).dialogs;
    expect(await dialogs(archive)).toEqual(await dialogs(whole.archive));
  });

  test('takes the same flags inside exportOptions, too', async () => {
    const flags = {
      subTasks: { dialogs: [] },
      allTasks: true,
      IncludeDependentTasks: true,
      customDashboard: true,
    };
    const { status } = await start({ exportType: 'latest', exportOptions: { ...newNames, ...flags } });
    expect(status).toBe(200);
  });
});
