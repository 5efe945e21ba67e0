import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
  upload,
} from '../support/server.ts';

/*
 * The platform's error table: for every endpoint, who is refused how, and in which order the checks come.
 */

let server: TestServer;
let admin: AppCredentials;
let adminCaller: Caller;
let powerless: AppCredentials;
let builder: AppCredentials;
let otherBuilder: AppCredentials;
let botId: string;

beforeAll(async () => {
  server = await startServer();
  admin = await server.createApp();
  adminCaller = await callerOf(server, admin);
  botId = await importedBot(server, adminCaller, { definition: JSON.stringify(smallDefinition()) });
  powerless = await server.createApp({ scopes: ['batchtest:management'] });
  builder = await server.createApp({ kind: 'builder', bots: [botId] });
  otherBuilder = await server.createApp({
    kind: 'builder',
    bots: ['st-11111111-1111-5111-8111-111111111111'],
  });
});
afterAll(() => server.close());

const unknownBot = 'st-99999999-9999-5999-8999-999999999999';

interface Endpoint {
  name: string;
  method: 'GET' | 'POST';
  path: (bot: string) => string;
  body?: Json;
  /** Whether a builder app can have the scope. */
  builders: boolean;
  ofBot: boolean;
  scoped: boolean;
}

const endpoints: Endpoint[] = [
  {
    name: 'export',
    method: 'POST',
    path: (bot) => `/api/public/bot/${bot}/export`,
    body: { exportType: 'latest' },
    builders: true,
    ofBot: true,
    scoped: true,
  },
  {
    name: 'export status',
    method: 'GET',
    path: (bot) => `/api/public/bot/${bot}/export/status`,
    builders: true,
    ofBot: true,
    scoped: true,
  },
  {
    name: 'publish',
    method: 'POST',
    path: (bot) => `/api/public/bot/${bot}/publish`,
    body: { versionComment: 'x' },
    builders: false,
    ofBot: true,
    scoped: true,
  },
  {
    name: 'publish status',
    method: 'GET',
    path: (bot) => `/api/public/bot/${bot}/publish/status`,
    builders: false,
    ofBot: true,
    scoped: true,
  },
  {
    name: 'change logs',
    method: 'GET',
    path: (bot) => `/api/public/bot/${bot}/changelogs`,
    builders: true,
    ofBot: true,
    scoped: true,
  },
  {
    name: 'import',
    method: 'POST',
    path: () => '/api/public/bot/import',
    body: { botDefinition: 'x', configInfo: 'x', icon: 'x' },
    builders: false,
    ofBot: false,
    scoped: true,
  },
  {
    name: 'import status',
    method: 'GET',
    path: () => '/api/public/bot/import/status/bir-00000000-0000-5000-8000-000000000000',
    builders: false,
    ofBot: false,
    scoped: true,
  },
  {
    name: 'bots',
    method: 'GET',
    path: () => '/api/public/bots',
    builders: false,
    ofBot: false,
    scoped: true,
  },
  {
    name: 'upload',
    method: 'POST',
    path: () => '/api/public/uploadfile',
    body: {},
    builders: true,
    ofBot: false,
    scoped: false,
  },
];

interface Refusal {
  status: number;
  code: number;
  msg: string;
}

async function ask(
  endpoint: Endpoint,
  auth: string | undefined,
  bot = botId,
  method = endpoint.method as string,
) {
  const response = await fetch(`${server.url}${endpoint.path(bot)}`, {
    method,
    headers: { 'content-type': 'application/json', ...(auth === undefined ? {} : { auth }) },
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(endpoint.body ?? {}) }),
  });
  return response;
}

async function refusal(response: Response): Promise<Refusal> {
  const { errors } = (await response.json()) as { errors: [{ msg: string; code: number }] };
  expect(errors).toHaveLength(1);
  return { status: response.status, code: errors[0].code, msg: errors[0].msg };
}

const invalidCredentials = { status: 401, code: 4002, msg: 'Invalid SDK credentials' };
const invalidToken = { status: 401, code: 4002, msg: 'Invalid JWT token' };
const scopeMissing = { status: 401, code: 4002, msg: 'Permission denied. Scope is incorrect!' };
const invalidStreamId = { status: 400, code: 400, msg: 'Invalid StreamId' };
const methodNotAllowed = { status: 405, code: 405, msg: 'Method Not Allowed' };
const invalidArguments = { status: 412, code: 412, msg: 'Validation errors/ Invalid arguments' };

describe.each(endpoints)('$name', (endpoint) => {
  test('without the header auth is refused as invalid credentials', async () => {
    expect(await refusal(await ask(endpoint, undefined))).toEqual(invalidCredentials);
  });

  test('with a header that is no token is refused as invalid token', async () => {
    expect(await refusal(await ask(endpoint, 'JWTToken'))).toEqual(invalidToken);
  });

  test('with a token signed with another secret is refused as invalid credentials', async () => {
    const forged = await makeToken({ clientId: admin.clientId, clientSecret: powerless.clientSecret });
    expect(await refusal(await ask(endpoint, forged))).toEqual(invalidCredentials);
  });

  test('with another method is refused before the token is judged', async () => {
    for (const method of [endpoint.method === 'GET' ? 'POST' : 'GET', 'PUT', 'DELETE', 'PATCH']) {
      for (const auth of [undefined, 'JWTToken', await makeToken(admin)]) {
        expect(await refusal(await ask(endpoint, auth, botId, method))).toEqual(methodNotAllowed);
      }
    }
  });

  if (endpoint.scoped)
    test('with an app that lacks the scope is refused as permission denied', async () => {
      expect(await refusal(await ask(endpoint, await makeToken(powerless)))).toEqual(scopeMissing);
    });

  if (!endpoint.builders)
    test('with a builder app, which cannot have the scope, is refused', async () => {
      expect(await refusal(await ask(endpoint, await makeToken(builder)))).toEqual(scopeMissing);
    });

  if (endpoint.ofBot)
    test('of an unknown bot is an invalid stream id for an admin app', async () => {
      expect(await refusal(await ask(endpoint, await makeToken(admin), unknownBot))).toEqual(invalidStreamId);
      expect(await refusal(await ask(endpoint, await makeToken(admin), 'nonsense'))).toEqual(invalidStreamId);
    });

  if (endpoint.ofBot)
    test('of another or an unknown bot is invalid credentials for a builder app', async () => {
      expect(await refusal(await ask(endpoint, await makeToken(otherBuilder)))).toEqual(invalidCredentials);
      expect(await refusal(await ask(endpoint, await makeToken(builder), unknownBot))).toEqual(
        invalidCredentials,
      );
    });

  if (endpoint.ofBot)
    test('of a bot that an admin app does not cover is an invalid stream id', async () => {
      const limited = await server.createApp({ bots: [unknownBot] });
      expect(await refusal(await ask(endpoint, await makeToken(limited)))).toEqual(invalidStreamId);
    });

  if (endpoint.ofBot)
    test('judges the scope before the bot', async () => {
      expect(await refusal(await ask(endpoint, await makeToken(powerless), unknownBot))).toEqual(
        scopeMissing,
      );
    });
});

async function post(path: string, body?: string): Promise<Refusal> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', auth: await makeToken(admin) },
    ...(body === undefined ? {} : { body }),
  });
  return refusal(response);
}

describe('a body', () => {
  test.each([
    ['without exportType', '{}'],
    ['that is empty', ''],
    ['that is missing', undefined],
    ['that is not JSON', '{"exportType": "latest",}'],
    ['that is no object', '["latest"]'],
    ['with another exportType', '{"exportType": "newest"}'],
    ['with exportOptions of a wrong type', '{"exportType": "latest", "exportOptions": "all"}'],
    ['with a list of a wrong type', '{"exportType": "latest", "exportOptions": {"tasks": {"a": 1}}}'],
    ['with subTasks of a wrong type', '{"exportType": "latest", "subTasks": {"dialogs": 1}}'],
    ['nested too deeply', `{"exportType": "latest", "x": ${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('of an export %s is refused with 412', async (_what, body) => {
    expect(await post(`/api/public/bot/${botId}/export`, body)).toEqual(invalidArguments);
  });

  test.each([
    ['botDefinition', { configInfo: 'x', icon: 'x' }],
    ['configInfo', { botDefinition: 'x', icon: 'x' }],
    ['icon', { botDefinition: 'x', configInfo: 'x' }],
    ['zipInfo', { uploadMode: 'ZIP' }],
  ])('of an import without %s is refused with 412', async (_field, body) => {
    expect(await post('/api/public/bot/import', JSON.stringify(body))).toEqual(invalidArguments);
  });

  test('of a publish that is missing or lacks the comment is refused with 412', async () => {
    expect(await post(`/api/public/bot/${botId}/publish`)).toEqual(invalidArguments);
    expect(await post(`/api/public/bot/${botId}/publish`, '{}')).toEqual(invalidArguments);
  });

  test('that is too large is refused with 413', async () => {
    const body = JSON.stringify({ exportType: 'latest', x: 'x'.repeat(2 * 1024 ** 2) });
    expect((await post(`/api/public/bot/${botId}/export`, body)).status).toBe(413);
  });

  test('says which field is wrong', async () => {
    const response = await adminCaller.post(`/api/public/bot/${botId}/export`, { exportType: 7 });
    expect(JSON.stringify(response.body)).toContain('exportType');
  });
});

describe('a value', () => {
  test.each([{ tasks: [] }, { tasks: [], settings: [], nlpData: [] }, {}])(
    'of exportOptions with every list empty, %j, asks to select a component',
    async (exportOptions) => {
      const body = JSON.stringify({ exportType: 'latest', exportOptions });
      expect(await post(`/api/public/bot/${botId}/export`, body)).toEqual({
        status: 400,
        code: 400,
        msg: 'Please select at least one component',
      });
    },
  );

  test.each(['botDefinition', 'configInfo', 'icon', 'botFunctions'])(
    'of %s that is no file id, or an unknown one, is an invalid file id',
    async (field) => {
      const fileId = await upload(server, adminCaller.token, '{}');
      const good = { botDefinition: fileId, configInfo: fileId, icon: fileId };
      for (const bad of ['nonsense', '0123456789abcdef01234567']) {
        const body = JSON.stringify({ ...good, [field]: field === 'botFunctions' ? [bad] : bad });
        expect(await post('/api/public/bot/import', body)).toEqual({
          status: 400,
          code: 400,
          msg: 'Invalid file id',
        });
      }
    },
  );

  test('of zipInfo that is unknown is an invalid file id', async () => {
    const body = JSON.stringify({ uploadMode: 'ZIP', zipInfo: '0123456789abcdef01234567' });
    expect((await post('/api/public/bot/import', body)).msg).toBe('Invalid file id');
  });

  test('of an import request id that is unknown is an invalid request ID', async () => {
    for (const id of ['bir-00000000-0000-5000-8000-000000000000', 'nonsense']) {
      const { status, body } = await adminCaller.get(`/api/public/bot/import/status/${id}`);
      expect([status, body]).toMatchObject([400, { errors: [{ code: 400, msg: 'Invalid request ID' }] }]);
    }
  });
});

test('an unknown path is not found', async () => {
  const { status, body } = await adminCaller.get('/api/public/nothing');
  expect([status, body]).toMatchObject([404, { errors: [{ code: 404, msg: 'Not Found' }] }]);
});

test('no refusal holds an _id', async () => {
  const { body } = await adminCaller.post('/api/public/bot/import', {});
  expect(JSON.stringify(body)).not.toContain('_id');
});
