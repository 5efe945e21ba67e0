import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, callerOf, type Json, startServer, type TestServer } from '../support/server.ts';
import { newBot, send } from './support.ts';

let server: TestServer;
let admin: Caller;
const names = Array.from({ length: 7 }, (_, number) => `Bot ${number}`);
const ids = new Map<string, string>();

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
  for (const name of names) ids.set(name, await newBot(server, admin, name));
});
afterAll(() => server.close());

const botsOf = (body: Json) => body.bots as { _id: string; name: string }[];

test('a client that reads the first page of 50 finds a bot by its name', async () => {
  const { body } = await admin.get('/api/public/bots?offset=0&limit=50');
  expect(body).toMatchObject({ total: 7, availableMore: false });
  expect(botsOf(body).find(({ name }) => name === 'Bot 3')?._id).toBe(ids.get('Bot 3'));
});

test('a client that adds 1 to offset until availableMore is false sees every bot once', async () => {
  const seen: string[] = [];
  for (let offset = 0, more: unknown = true; more; offset += 1) {
    const { body } = await admin.get(`/api/public/bots?limit=3&offset=${offset}`);
    expect(body.availableMore).toBeTypeOf('boolean');
    more = body.availableMore;
    seen.push(...botsOf(body).map(({ name }) => name));
  }
  expect(seen).toEqual(names);
});

test('the last full page says that there is no more', async () => {
  const { body } = await admin.get('/api/public/bots?limit=7&offset=0');
  expect([body.availableMore, botsOf(body).length]).toEqual([false, 7]);
});

test('a page behind the last is empty, and not refused', async () => {
  expect((await admin.get('/api/public/bots?limit=3&offset=9')).body).toMatchObject({
    availableMore: false,
    bots: [],
  });
});

test.each([[''], ['?'], ['?offset=&limit='], ['?limit=1000'], ['?search=Bot&offset=0'], ['?&=&']])(
  'the query "%s" is taken',
  async (query) => {
    expect((await admin.get(`/api/public/bots${query}`)).body).toMatchObject({
      total: 7,
      availableMore: false,
    });
  },
);

test('the list is answered under the version segment, with doubled slashes and a slash at the end', async () => {
  for (const path of ['/api/1.1/public/bots', '//api/public/bots', '/api/public/bots/?offset=0&limit=50']) {
    const headers = [`auth: ${admin.token}`, 'Content-Type: application/json'];
    expect((await send(server, { path, headers })).json).toMatchObject({ total: 7 });
  }
});
