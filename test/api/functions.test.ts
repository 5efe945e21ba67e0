import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import {
  type BotSource,
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  pixel,
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

const source: BotSource = {
  definition: JSON.stringify(smallDefinition()),
  scripts: [
    { name: 'one.js', content: 'one()' },
    { name: 'two.js', content: 'two()' },
  ],
};
const path = (bot: string) => `/api/public/bot/${bot}/import/botfunctions`;
const send = (content: string, name: string) => upload(server, admin.token, content, name);

async function scripts(bot: string): Promise<[string, string][]> {
  const members = await membersOf((await exportBot(admin, bot)).archive);
  return [...members].filter(([name]) => name.endsWith('.js')).map(([name, bytes]) => [name, String(bytes)]);
}

const draftsOf = async (bot: string) => (await admin.get(`/api/v1/bots/${bot}/drafts`)).body.drafts as Json[];

describe('an import of bot functions', () => {
  test('puts a script in the place of the one of its name, and others behind', async () => {
    const bot = await importedBot(server, admin, source);
    const fileId = await send('other()', 'x.js');
    const { status, body } = await admin.post(path(bot), [
      { fileName: 'one.js', fileId },
      { fileName: 'three.js', fileId: await send('three()', 'x.js') },
    ]);
    expect(status).toBe(200);
    expect(body).toEqual({
      requestType: 'BotImport',
      status: 'Success',
      createdOn: expect.stringMatching(/^\d{4}-.*Z$/),
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      createdBy: expect.stringMatching(/^u-/),
      __v: 0,
      fileId,
      fileName: 'one.js',
    });
    expect(await scripts(bot)).toEqual([
      ['one.js', 'other()'],
      ['two.js', 'two()'],
      ['three.js', 'three()'],
    ]);
    expect(await draftsOf(bot)).toHaveLength(2);
  });

  test('takes a single file without a list, under the name it was uploaded by', async () => {
    const bot = await importedBot(server, admin, source);
    const reply = await admin.post(path(bot), { fileId: await send('four()', 'four.txt') });
    expect(reply).toMatchObject({ status: 200, body: { fileName: 'four.txt' } });
    expect((await scripts(bot)).at(-1)).toEqual(['four.js', 'four()']);
  });

  test('that changes nothing adds no draft', async () => {
    const bot = await importedBot(server, admin, source);
    await admin.post(path(bot), [{ fileName: 'one.js', fileId: await send('one()', 'x.js') }]);
    expect(await draftsOf(bot)).toHaveLength(1);
  });

  test('can be gone back from', async () => {
    const bot = await importedBot(server, admin, source);
    await admin.post(path(bot), [{ fileName: 'one.js', fileId: await send('other()', 'x.js') }]);
    await admin.post(`/api/v1/bots/${bot}/rollback`, { draft: 1 });
    expect((await scripts(bot))[0]).toEqual(['one.js', 'one()']);
  });

  test('keeps what several at once bring', async () => {
    const bot = await importedBot(server, admin, source);
    const names = ['a.js', 'b.js', 'c.js', 'd.js', 'e.js'];
    const files = await Promise.all(
      names.map(async (fileName) => ({ fileName, fileId: await send(fileName, 'x.js') })),
    );
    const replies = await Promise.all(files.map((file) => admin.post(path(bot), [file])));
    expect(replies.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect((await scripts(bot)).map(([name]) => name).sort()).toEqual([...names, 'one.js', 'two.js']);
    expect(await draftsOf(bot)).toHaveLength(6);
  });

  test.each([
    [undefined, 412, 'invalid_arguments'],
    [[], 412, 'invalid_arguments'],
    [[{ fileName: 'x.js' }], 412, 'invalid_arguments'],
    [[{ fileName: 'x.js', fileId: 'nonsense' }], 400, 'invalid_file_id'],
    [[{ fileName: 'x.js', fileId: '0123456789abcdef01234567' }], 400, 'invalid_file_id'],
  ])('of %j is refused with %i %s', async (body, status, type) => {
    const bot = await importedBot(server, admin, source);
    expect(await admin.post(path(bot), body)).toMatchObject({ status, body: { errors: [{ type }] } });
    expect(await draftsOf(bot)).toHaveLength(1);
  });

  test('of names that no archive can hold together is refused whole', async () => {
    const bot = await importedBot(server, admin, source);
    const fileId = await send('x', 'x.js');
    const many = Array.from({ length: 9 }, (_, n) => ({ fileName: `${n}.js`, fileId }));
    const twice = [
      { fileName: 'x.js', fileId },
      { fileName: 'x.js', fileId },
    ];
    for (const files of [many, twice]) {
      expect(await admin.post(path(bot), files)).toMatchObject({
        status: 400,
        body: { errors: [{ type: 'script_invalid' }] },
      });
    }
    expect(await scripts(bot)).toHaveLength(2);
  });

  test('is refused while an import into the bot runs', async () => {
    const bot = await importedBot(server, admin, source);
    const definition = JSON.stringify(
      smallDefinition({
        sentences: Array.from({ length: 60_000 }, (_, n) => ({ _id: `${n}`, sentence: `say ${n}` })),
      }),
    );
    const fileId = await send('x', 'x.js');
    const files = {
      botDefinition: await send(definition, 'botDefinition.json'),
      configInfo: await send('{"envVariables":[]}', 'config.json'),
    };
    const { body } = await admin.post(`/api/public/bot/${bot}/import`, files);
    expect(await admin.post(path(bot), [{ fileName: 'x.js', fileId }])).toMatchObject({
      status: 409,
      body: { errors: [{ type: 'import_running' }] },
    });
    await untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
    expect(await admin.post(path(bot), [{ fileName: 'x.js', fileId }])).toMatchObject({ status: 200 });
  });
});

test('a builder app may not import functions', async () => {
  const bot = await importedBot(server, admin, { ...source, icon: pixel });
  const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] }));
  expect(await builder.post(path(bot), [])).toMatchObject({
    status: 401,
    body: { errors: [{ msg: 'Permission denied. Scope is incorrect!', code: 4002 }] },
  });
});
