import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { bot, failureOf, type Running, run } from './fake.ts';

const exportPath = `/api/public/bot/${bot}/export`;
const importPath = '/api/public/bot/import';

const send = ({ ask }: Running, path: string, body: RequestInit['body'], type?: string) =>
  ask(path, {
    method: 'POST',
    body: body ?? null,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  });

/** What the use case got. */
async function taken(running: Running, path: string, body: unknown): Promise<unknown> {
  const reply = await running.post(path, body);
  expect([reply.status, await reply.text()]).toEqual([200, expect.anything()]);
  return running.botport.bodies.at(-1);
}

/** Why it was refused. */
async function detail(running: Running, path: string, body: unknown): Promise<string | undefined> {
  const failure = await failureOf(await running.post(path, body));
  expect(failure).toMatchObject({ status: 412, type: 'invalid_arguments' });
  return failure.detail;
}

test('JSON is JSON under any content type, or none', async () => {
  const running = await run();
  for (const type of [
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'json',
    '*/*;;',
  ]) {
    expect([type, (await send(running, exportPath, '{"exportType":"latest"}', type)).status]).toEqual([
      type,
      200,
    ]);
  }
  const bytes = new TextEncoder().encode('{"exportType":"latest"}');
  expect((await send(running, exportPath, bytes)).status).toBe(200);
  const nameless = '{"botDefinition":"d","configInfo":"c","icon":"i"}';
  expect((await send(running, importPath, nameless, 'application/x-www-form-urlencoded')).status).toBe(200);
});

test('a byte order mark is tolerated', async () => {
  const running = await run();
  expect((await send(running, exportPath, '\ufeff{"exportType":"latest"}')).status).toBe(200);
});

test('an empty body where one is needed is refused', async () => {
  const running = await run();
  for (const path of [exportPath, importPath, `/api/public/bot/${bot}/publish`, '/api/v1/imports']) {
    for (const reply of [
      await running.ask(path, { method: 'POST' }),
      await send(running, path, '', 'application/json'),
      await send(running, path, ' ', 'application/x-www-form-urlencoded'),
    ]) {
      expect(await failureOf(reply)).toMatchObject({
        status: 412,
        code: 412,
        detail: expect.stringContaining('body: expected a JSON object'),
      });
    }
  }
});

test('malformed JSON is refused, saying where', async () => {
  const running = await run();
  for (const [body, where] of [
    ['{"exportType":"latest",}', 'met "}" at position 23 (line 1, column 24)'],
    ['{"exportType":\n latest}', 'met "l" at position 16 (line 2, column 2)'],
    ['{"exportType":"latest"', 'ends too early, at position 22'],
    ['{"exportType":"latest"} x', 'met "x" at position 24'],
    ['{\'exportType\':"latest"}', 'met "\'" at position 1'],
    ['{"exportType":"la\ntest"}', 'met "\\"" at position 14'],
    ['[1,]', 'met "]" at position 3'],
    ['[1 2]', 'met "2" at position 3'],
    ['{"a" 1}', 'met "1" at position 5'],
    ['{"a":01}', 'met "1" at position 6'],
    ['{]', 'met "]" at position 1'],
    ['nul', 'met "n" at position 0'],
  ] as const) {
    const failure = await failureOf(await send(running, exportPath, body));
    expect(failure).toMatchObject({ status: 412, detail: expect.stringContaining(where) });
  }
});

test('text that is not UTF-8 is refused', async () => {
  const running = await run();
  for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
    const reply = await send(running, importPath, Buffer.from('7b22ff227d', 'hex'), type);
    expect(await failureOf(reply)).toMatchObject({ status: 412, detail: 'body: expected UTF-8 text' });
  }
});

test('JSON nested deeper than 64 levels is refused', async () => {
  const running = await run();
  const nested = (depth: number) =>
    `{"exportType":"latest","x":${'['.repeat(depth)}"[\\"["${']'.repeat(depth)}}`;
  expect((await send(running, exportPath, nested(63))).status).toBe(200);
  expect(await failureOf(await send(running, exportPath, nested(64)))).toMatchObject({ status: 412 });
  expect((await send(running, exportPath, '['.repeat(500_000))).status).toBe(412);
});

test('no text takes long to refuse', async () => {
  const running = await run();
  const begin = performance.now();
  for (const body of [
    `"${'\\"'.repeat(500_000)}\\`,
    `"${'x'.repeat(1_000_000)}`,
    `${' '.repeat(1_000_000)}x`,
    `[${'1,'.repeat(400_000)}`,
  ]) {
    expect((await send(running, exportPath, body)).status).toBe(412);
  }
  expect(performance.now() - begin).toBeLessThan(5000);
});

test('keys that could reach a prototype do nothing', async () => {
  const running = await run();
  const body =
    '{"exportType":"latest","__proto__":{"allTasks":true},"constructor":{"prototype":{"x":1}},' +
    '"exportOptions":{"tasks":["a"],"__proto__":{"settings":["b"]}},"subTasks":{"\\u005f_proto__":["c"]}}';
  expect((await send(running, exportPath, body)).status).toBe(200);
  const [got] = running.botport.bodies as [Record<string, unknown>];
  expect(got).toEqual({ exportType: 'latest', exportOptions: { tasks: ['a'] }, subTasks: {} });
  expect(Reflect.get({}, 'x')).toBeUndefined();
  await send(running, importPath, 'zipInfo=z&__proto__=x', 'application/x-www-form-urlencoded');
  expect(running.botport.bodies.at(-1)).toMatchObject({ zipInfo: 'z' });
});

test('a body beyond the limit is refused, announced or not', async () => {
  const running = await run({ BOTPORT_MAX_BODY: '1kB' });
  const body = JSON.stringify({ exportType: 'latest', x: 'x'.repeat(2_000_000) });
  expect(await failureOf(await send(running, exportPath, body))).toMatchObject({
    status: 413,
    type: 'body_too_large',
  });
  const stream = new Blob([body]).stream();
  const chunked = await running.ask(exportPath, {
    method: 'POST',
    body: stream,
    duplex: 'half',
  } as RequestInit);
  expect(chunked.status).toBe(413);
});

test('whoever may not call is answered without the body being read', async () => {
  const { base } = await run();
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.write(`POST ${exportPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{`);
  const [reply] = (await Promise.all([new Promise<Buffer>((resolve) => socket.once('data', resolve))])) as [
    Buffer,
  ];
  expect(reply.toString()).toMatch(/^HTTP\/1.1 401 /);
  socket.destroy();
});

test('a connection goes on after a refused body', async () => {
  const { base } = await run();
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  const body = 'x'.repeat(100_000);
  socket.write(`POST ${exportPath} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect((await text(socket)).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 200']);
});

test('an export body says what was expected where', async () => {
  const running = await run();
  for (const [body, expected] of [
    [{}, 'exportType: expected one of "latest", "published", but it is missing'],
    [{ exportType: 'inDevelopment' }, 'exportType: expected one of "latest", "published"'],
    [{ exportType: 'latest', exportOptions: 'all' }, 'exportOptions: expected an object of lists'],
    [{ exportType: 'latest', exportOptions: [] }, 'exportOptions: expected an object of lists'],
    [
      { exportType: 'latest', exportOptions: { tasks: 'botTask' } },
      'exportOptions.tasks: expected a list of text',
    ],
    [
      { exportType: 'latest', exportOptions: { nlpData: ['a', 1] } },
      'exportOptions.nlpData[1]: expected text',
    ],
    [
      { exportType: 'latest', exportOptions: { options: { botVariables: { ignore: {} } } } },
      'exportOptions.options.botVariables.ignore: expected a list of text',
    ],
    [{ exportType: 'latest', subTasks: { dialogs: [{}] } }, 'subTasks.dialogs[0]: expected text'],
    [{ exportType: 'latest', allTasks: 'yes' }, 'allTasks: expected true or false'],
    [['latest'], 'body: expected a JSON object'],
    ['latest', 'body: expected a JSON object'],
  ] as const) {
    expect(await detail(running, exportPath, body)).toBe(expected);
  }
});

test('an export body reaches the use case as it was sent', async () => {
  const running = await run();
  const body = {
    exportType: 'published',
    exportOptions: {
      nlpData: ['training_data', 'training_data'],
      tasks: ['bottask'],
      settings: [],
      AgentAssist: ['rules'],
      customDashboard: true,
    },
    subTasks: { dialogs: ['Book'], alerts: [] },
    allTasks: true,
    IncludeDependentTasks: false,
    customDashboards: true,
  };
  const got = await taken(running, exportPath, { ...body, unknown: 1 });
  expect(got).toEqual(body);
  // The archive echoes the lists in the order they came in.
  expect(JSON.stringify(got)).toBe(JSON.stringify(body));
});

test('flags may be text, and null counts as left out', async () => {
  const running = await run();
  expect(
    await taken(running, exportPath, {
      exportType: 'latest',
      exportOptions: {
        tasks: null,
        settings: ['a'],
        options: { botVariables: { ignoreEnvironmentVariables: 'true', ignore: null } },
      },
      subTasks: null,
      allTasks: 'true',
      IncludeDependentTasks: 'false',
      customDashboards: null,
    }),
  ).toEqual({
    exportType: 'latest',
    exportOptions: { settings: ['a'], options: { botVariables: { ignoreEnvironmentVariables: true } } },
    allTasks: true,
    IncludeDependentTasks: false,
  });
});

test('an import is taken as JSON or as a form', async () => {
  const running = await run();
  const expected = {
    uploadMode: 'JSON',
    botDefinition: 'd',
    configInfo: 'c',
    icon: 'i',
    botFunctions: ['f'],
    keepId: false,
  };
  expect(
    await taken(running, importPath, {
      botDefinition: 'd',
      configInfo: 'c',
      icon: 'i',
      botFunctions: 'f',
      color: '#fff',
    }),
  ).toEqual(expected);
  for (const form of [
    'botDefinition=d&configInfo=c&icon=i&botFunctions=f&zipInfo=&uploadMode=',
    'botDefinition=d&configInfo=c&icon=i&botFunctions[]=f',
  ]) {
    expect(
      (await send(running, importPath, form, 'application/x-www-form-urlencoded; charset=UTF-8')).status,
    ).toBe(200);
    expect(running.botport.bodies.at(-1)).toEqual(expected);
  }
  await send(
    running,
    importPath,
    new URLSearchParams('zipInfo=z&botFunctions=f&botFunctions=g&name=My+bot&purpose=Employee'),
  );
  expect(running.botport.bodies.at(-1)).toEqual({
    uploadMode: 'ZIP',
    zipInfo: 'z',
    botFunctions: ['f', 'g'],
    name: 'My bot',
    purpose: 'employee',
    keepId: false,
  });
});

test('the upload mode may be written in any case, and follows from the fields where it is left out', async () => {
  const running = await run();
  expect(await taken(running, importPath, { zipInfo: 'z' })).toMatchObject({ uploadMode: 'ZIP' });
  expect(await taken(running, importPath, { uploadMode: 'zip', zipInfo: 'z' })).toMatchObject({
    uploadMode: 'ZIP',
  });
  const files = { botDefinition: 'd', configInfo: 'c', icon: 'i' };
  expect(await taken(running, importPath, { uploadMode: 'Json', zipInfo: 'z', ...files })).toMatchObject({
    uploadMode: 'JSON',
  });
  expect(await detail(running, importPath, { uploadMode: 'tar' })).toContain(
    'uploadMode: expected one of "JSON", "ZIP"',
  );
});

test('functions may be one id, ids, or objects with ids', async () => {
  const running = await run();
  const body = { zipInfo: 'z', botFunctions: ['f', { fileId: 'g', fileName: 'x.js' }] };
  expect(await taken(running, importPath, body)).toMatchObject({ botFunctions: ['f', 'g'] });
  expect(await taken(running, importPath, { zipInfo: 'z', botFunctions: [] })).not.toHaveProperty(
    'botFunctions',
    expect.anything(),
  );
  expect(await detail(running, importPath, { zipInfo: 'z', botFunctions: { a: 1 } })).toBe(
    'botFunctions: expected a fileId or a list of them',
  );
});

test('an import names every file that is missing', async () => {
  const running = await run();
  const files = { botDefinition: 'd', configInfo: 'c', icon: 'i' };
  for (const name of ['botDefinition', 'configInfo', 'icon']) {
    for (const value of [undefined, null, '']) {
      expect(await detail(running, importPath, { ...files, [name]: value })).toContain(
        `${name}: expected the fileId of an uploaded file`,
      );
    }
  }
  expect(await detail(running, importPath, {})).toBe(
    ['botDefinition', 'configInfo', 'icon']
      .map((name) => `${name}: expected the fileId of an uploaded file, but it is missing`)
      .join('; '),
  );
  expect(await detail(running, importPath, { uploadMode: 'ZIP', ...files })).toMatch(/^zipInfo: /);
  expect(await detail(running, importPath, { ...files, icon: 7 })).toBe(
    'icon: expected the fileId of an uploaded file',
  );
});

test('our own import may keep the id, the public one never does', async () => {
  const running = await run();
  expect(await taken(running, '/api/v1/imports', { zipInfo: 'z', keepId: true })).toMatchObject({
    keepId: true,
  });
  expect(await taken(running, '/api/v1/imports', { zipInfo: 'z' })).toMatchObject({ keepId: false });
  expect(await taken(running, importPath, { zipInfo: 'z', keepId: true })).toMatchObject({ keepId: false });
  expect(await detail(running, '/api/v1/imports', { keepId: true })).toContain('botDefinition: ');
});

test('a publish needs a comment', async () => {
  const running = await run();
  const path = `/api/public/bot/${bot}/publish`;
  for (const body of [{}, { versionComment: '' }, { versionComment: 7 }, { versionComment: null }]) {
    expect(await detail(running, path, body)).toMatch(/^versionComment: expected text that is not empty/);
  }
  expect(
    await taken(running, path, { versionComment: ' 1/31/2025 ', initiateTraining: 'false', more: 1 }),
  ).toEqual({
    versionComment: ' 1/31/2025 ',
    initiateTraining: false,
  });
});

test('a form that repeats one field very often is read in time', async () => {
  const running = await run();
  const form = 'application/x-www-form-urlencoded';
  const start = performance.now();
  const reply = await send(running, importPath, 'botFunctions=a&'.repeat(60_000), form);
  expect(reply.status).toBe(412);
  expect(performance.now() - start).toBeLessThan(3000);
});
