import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { notBegun } from '../../src/jobs/progress.ts';
import { bot, failureOf, otherBot, run } from './fake.ts';

const exportPath = `/api/public/bot/${bot}/export`;
const statusPath = `${exportPath}/status`;

/** Sends bytes as they are and collects the reply. */
async function raw(base: string, request: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  return text(socket);
}

test('the version segment, doubled slashes and a slash at the end lead to the same endpoint', async () => {
  const { ask, base } = await run();
  for (const path of [
    `/api/1.1/public/bot/${bot}/publish/status`,
    `/api/1.1/public/bot/${bot}/publish/status/`,
    `//api//public/bot/${bot}/publish/status`,
    `/api/public/bot/${bot}/publish/status/?a=//b/`,
  ]) {
    expect([path, (await ask(path)).status]).toEqual([path, 200]);
  }
  expect((await ask('/api/1.2/public/bots')).status).toBe(404);
  expect(await raw(base, 'GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 200 /,
  );
});

test('an unknown path is not found, whatever the method and the token', async () => {
  const { ask, base } = await run();
  const reply = await ask('/api/public/nothing', { method: 'POST', body: '{', token: null });
  expect(await failureOf(reply)).toMatchObject({ status: 404, type: 'not_found' });
  expect((await ask(`/api/public/bot/${bot}/nothing`, { method: 'POST' })).status).toBe(404);
  expect(await raw(base, 'GET /%ff%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 404 .*x-request-id.*"type":"not_found"/s,
  );
});

test('a wrong method is refused before the token is looked at, naming the right ones', async () => {
  const { ask, botport } = await run();
  for (const [method, path, allow] of [
    ['GET', exportPath, 'POST'],
    ['POST', statusPath, 'GET'],
    ['HEAD', statusPath, 'GET'],
    ['DELETE', '/api/public/uploadfile', 'POST'],
    ['PUT', '/api/public/bot/import', 'POST'],
    ['OPTIONS', '/api/public/bots', 'GET'],
    ['PROPFIND', '/api/public/bot/import/status/bir-1', 'GET'],
    ['POST', '/api/getMediaStream/market/f-1.zip', 'GET, HEAD'],
    ['PATCH', '/healthz', 'GET, HEAD'],
  ] as const) {
    const reply = await ask(path, { method, token: 'nonsense' });
    expect([method, path, reply.status, reply.headers.get('allow')]).toEqual([method, path, 405, allow]);
    if (method !== 'HEAD') {
      expect(await failureOf(reply)).toMatchObject({ msg: 'Method Not Allowed', code: 405 });
    }
  }
  expect(botport.calls).toEqual([]);
});

test('TRACE is a wrong method too', async () => {
  const { base } = await run();
  const reply = await raw(base, `TRACE ${statusPath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(reply).toMatch(/^HTTP\/1.1 405 /);
});

test('the checks run in order: token, bot of the app, scope, bot, body', async () => {
  const { ask } = await run();
  const start = (token: string | null, id: string, body = '{}') =>
    ask(`/api/public/bot/${id}/export`, { method: 'POST', body, token }).then(failureOf);
  expect(await start(null, 'st-none', '{')).toMatchObject({ status: 401, msg: 'Invalid SDK credentials' });
  expect(await start('nonsense', 'st-none', '{')).toMatchObject({ status: 401, msg: 'Invalid JWT token' });
  expect(await start('builder', otherBot, '{')).toMatchObject({
    status: 401,
    msg: 'Invalid SDK credentials',
  });
  expect(await start('powerless', 'st-none', '{')).toMatchObject({
    status: 401,
    msg: 'Permission denied. Scope is incorrect!',
  });
  expect(await start('admin', 'st-none', '{')).toMatchObject({ status: 400, msg: 'Invalid StreamId' });
  expect(await start('admin', bot, '{')).toMatchObject({
    status: 412,
    msg: 'Validation errors/ Invalid arguments',
  });
});

test('token and scope of an import status come before the request id', async () => {
  const { ask } = await run();
  const status = (token: string | null) =>
    ask('/api/public/bot/import/status/bir-none', { token }).then(failureOf);
  expect(await status(null)).toMatchObject({ status: 401 });
  expect(await status('powerless')).toMatchObject({ status: 401, type: 'scope_missing' });
  expect(await status('admin')).toMatchObject({ status: 400, msg: 'Invalid request ID' });
});

test('headers meant for others and unknown query keys are ignored', async () => {
  const { ask } = await run();
  const reply = await ask(`/api/public/bot/${bot}/publish/status?exportId=1&=&`, {
    headers: { 'bot-language': 'en', AccountId: 'x', 'content-type': 'application/json' },
  });
  expect(reply.status).toBe(200);
});

test('a GET may carry a body, which is ignored', async () => {
  const { base } = await run();
  const path = `/api/public/bot/${bot}/publish/status`;
  const body = '{"exportType":';
  const reply = await raw(
    base,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuth: admin\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}` +
      'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  expect(reply.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
});

test('the start reply of an export is as documented', async () => {
  const { post } = await run();
  const reply = await post(exportPath, { exportType: 'latest' });
  expect(await reply.json()).toEqual({
    _id: 'ber-1',
    streamId: bot,
    status: 'pending',
    createdBy: 'u-1',
    exportType: 'latest',
    requestType: 'Botexport',
    createdOn: '2025-01-31T09:26:53.589Z',
    __v: 0,
  });
});

test('a finished export has its link, behind the origin the client used', async () => {
  const { ask, base, botport } = await run();
  botport.exportRecord = { ...botport.exportRecord, status: 'success', size: 11 };
  const reply = (await (await ask(statusPath)).json()) as Record<string, unknown>;
  const query = '?e=17&s=a%24%24&clientfilename=Tra%20vel.zip';
  expect(reply).toMatchObject({
    botId: bot,
    streamId: bot,
    status: 'success',
    downloadURL: `${base}/api/getMediaStream/market/f-1.zip${query}`,
    fileId: '0123456789abcdef01234567',
    store: { urlParams: query },
    fileSize: '11',
  });
  const archive = await fetch(String(reply.downloadURL), { headers: { auth: 'nonsense' } });
  expect(await archive.text()).toBe('archive it!');
});

test('links go behind the public URL where one is set', async () => {
  const { ask, botport } = await run({ BOTPORT_PUBLIC_URL: 'https://bots.example:8081/' });
  botport.exportRecord = { ...botport.exportRecord, status: 'success', size: 11 };
  const reply = (await (await ask(statusPath)).json()) as { downloadURL: string };
  expect(reply.downloadURL).toMatch(/^https:\/\/bots\.example:8081\/api\/getMediaStream\//);
});

test('a Host header that is no host is answered with the address of the connection', async () => {
  const { base, botport } = await run();
  botport.exportRecord = { ...botport.exportRecord, status: 'success', size: 11 };
  const reply = await raw(
    base,
    `GET ${statusPath} HTTP/1.1\r\nHost: <calculated when request is sent>\r\nAuth: admin\r\nConnection: close\r\n\r\n`,
  );
  expect(reply).toContain(`"downloadURL":"${base}/api/getMediaStream/`);
});

test('a failed export tells why in the words of a refusal', async () => {
  const { ask, botport } = await run();
  botport.exportRecord = {
    ...botport.exportRecord,
    status: 'failed',
    failure: { type: 'export_interrupted' },
  };
  expect(await (await ask(statusPath)).json()).toMatchObject({
    status: 'failed',
    errors: [{ code: 500, type: 'export_interrupted' }],
  });
});

test('a pending export has nothing to download yet', async () => {
  const { ask } = await run({ BOTPORT_STATUS_HOLD: '0' });
  const reply = await (await ask(statusPath)).json();
  expect(Object.keys(reply as object).sort()).toEqual(
    [
      '__v',
      '_id',
      'botId',
      'createdBy',
      'createdOn',
      'exportType',
      'requestType',
      'status',
      'streamId',
    ].sort(),
  );
});

test('a held status reply does not keep the server from stopping', async () => {
  const { ask, server, botport } = await run({ BOTPORT_STATUS_HOLD: '10000' });
  const reply = ask(statusPath);
  await expect.poll(() => botport.calls).toContain('export status 10000');
  const begin = performance.now();
  await server.close();
  expect(performance.now() - begin).toBeLessThan(2000);
  expect((await reply).status).toBe(200);
  expect(botport.calls).toContain('export status 0');
});

test('import replies are as documented', async () => {
  const { ask, post, botport } = await run();
  const started = {
    _id: 'bir-1',
    streamRefId: 'ref',
    status: 'pending',
    statusLogs: [{ taskType: 'importRequest', taskName: 'Travel', status: 'success' }],
    requestType: 'Botimport',
    createdBy: 'u-1',
    createdOn: '2025-01-31T09:26:53.589Z',
    __v: 0,
  };
  expect(await (await post('/api/public/bot/import', { zipInfo: 'z' })).json()).toEqual(started);
  botport.importRecord = { ...botport.importRecord, status: 'success', botId: bot };
  const ended = { ...started, status: 'success', streamId: bot };
  expect(await (await ask('/api/public/bot/import/status/bir-1')).json()).toEqual(ended);
  expect(await (await ask('/api/v1/imports/bir-1')).json()).toEqual({ ...ended, progress: notBegun });
});

test('publish replies are as documented', async () => {
  const { ask, post, botport } = await run();
  expect(await (await post(`/api/public/bot/${bot}/publish`, { versionComment: 'first' })).json()).toEqual([
    {
      resourceType: 'dialog',
      resourceId: 'dg-1',
      sbResourceId: 'dg-1',
      status: 'SUCCESS',
      result: {
        state: 'awaitingApproval',
        approvalRequestedLanguages: ['en'],
        versionComment: 'first',
        publishedOn: '2025-01-31T09:26:53.589Z',
        name: 'Book',
      },
    },
    {
      resourceType: 'NL',
      resourceId: 'NL',
      status: 'SUCCESS',
      result: { resourceId: 'NL', resourceType: 'NL', modules: [], name: 'Natural Language' },
    },
  ]);
  const path = `/api/public/bot/${bot}/publish/status`;
  expect(await (await ask(path)).json()).toMatchObject({
    _id: 'ds-1',
    jobType: 'PUBLISH_BOT',
    status: 'successful',
    percentageComplete: 100,
    lastModifiedOn: '2025-01-31T09:26:54.589Z',
    statusSummary: [
      { resourceId: 'dg-1' },
      {},
      { resourceType: 'AUTOVERSIONING', name: 'Creating New Version' },
    ],
  });
  botport.publishRecord = { ...botport.publishRecord, status: 'pending' };
  expect(await (await ask(path)).json()).toMatchObject({ status: 'inprogress', percentageComplete: 0 });
});

test('Get Bots pages by number, fifty at most, and says whether more is to come', async () => {
  const { ask, botport } = await run();
  botport.totalBots = 101;
  const list = async (query: string) =>
    (await (await ask(`/api/public/bots${query}`)).json()) as {
      total: number;
      availableMore: boolean;
      bots: Record<string, unknown>[];
    };
  const first = await list('');
  expect(first).toMatchObject({ total: 101, availableMore: true });
  expect(first.bots).toHaveLength(50);
  expect(first.bots[0]).toMatchObject({ _id: bot, name: 'Travel', resourceid: 'btstreams' });
  expect((await list('?limit=1000')).bots).toHaveLength(50);
  expect((await list('?offset=1&limit=')).availableMore).toBe(true);
  expect((await list('?offset=2&limit=50')).availableMore).toBe(false);
  for (const query of ['?limit=0', '?limit=-1', '?limit=ten', '?offset=-1', '?offset=1&offset=2']) {
    expect((await ask(`/api/public/bots${query}`)).status).toBe(412);
  }
});

test('a download has length, tag, type and name, and answers HEAD and If-None-Match', async () => {
  const { base, botport } = await run();
  botport.archive = { ...botport.archive, fileName: 'Reisebüro "1".zip' };
  const url = `${base}/api/getMediaStream/market/f-1.zip?s=a$$`;
  const head = await fetch(url, { method: 'HEAD' });
  expect(Object.fromEntries(head.headers)).toMatchObject({
    'content-type': 'application/zip',
    'content-length': '11',
    etag: '"tag"',
    'cache-control': expect.stringContaining('private'),
    'content-disposition': `attachment; filename="Reiseb_ro _1_.zip"; filename*=UTF-8''Reiseb%C3%BCro%20%221%22.zip`,
  });
  const whole = await fetch(url);
  expect([whole.status, whole.headers.get('content-length'), await whole.text()]).toEqual([
    200,
    '11',
    'archive it!',
  ]);
  const known = await fetch(url, { headers: { 'if-none-match': '"other", W/"tag"' } });
  expect([known.status, await known.text()]).toEqual([304, '']);
  expect(await failureOf(await fetch(`${base}/api/getMediaStream/market/f-1.zip`))).toMatchObject({
    status: 403,
  });
});

test('a file name or query beyond all measure is for the link check to refuse', async () => {
  const { base } = await run();
  const reply = await fetch(`${base}/api/getMediaStream/market/${'f'.repeat(5000)}?s=1&s=2`);
  expect(await failureOf(reply)).toMatchObject({ status: 403, type: 'link_invalid' });
});
