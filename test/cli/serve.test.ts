import { once } from 'node:events';
import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  createApp,
  exportBot,
  importedBot,
  pixel,
  smallDefinition,
  untilEnded,
  upload,
} from '../support/server.ts';
import { botport } from './run.ts';
import { launcher, type Serving, servers } from './serving.ts';

const { folder, start } = servers();
const off = { BOTPORT_RATE_LIMIT: 'off' };

/** Ends a server as a service manager does, and says how it ended and after how many milliseconds. */
async function terminate({ child, ended }: Serving): Promise<{ code: number | null; ms: number }> {
  const begin = performance.now();
  child.kill('SIGTERM');
  const code = await ended;
  return { code, ms: performance.now() - begin };
}

async function adminOf(server: { url: string }, dataFolder: string): Promise<Caller> {
  return callerOf(server, await createApp(dataFolder));
}

const bank = () => {
  const bot = sampleBots().find(({ name }) => name.includes('bank'));
  if (!bot) throw new Error('the sample bot is missing');
  return bot;
};

/** A bot that takes a while to import. */
function largeDefinition(): string {
  const sentences = Array.from({ length: 60_000 }, (_, n) => ({
    _id: `s-${n}`,
    taskId: 'dg-1',
    sentence: `What is ${Math.sin(n)} times ${Math.cos(n)}, and what of ${Math.tan(n)}? `.repeat(4),
  }));
  return JSON.stringify(smallDefinition({ sentences }));
}

/** Starts the import of a bot and gives the id of the request. */
async function startImport(server: { url: string }, admin: Caller, definition: string | Uint8Array) {
  const send = (content: string | Uint8Array, name: string) => upload(server, admin.token, content, name);
  const { body } = await admin.post('/api/public/bot/import', {
    botDefinition: await send(definition, 'botDefinition.json'),
    configInfo: await send('{"name":"A bot","envVariables":[]}', 'config.json'),
    icon: await send(pixel, 'icon.png'),
  });
  return body._id as string;
}

/** Waits until a worker has taken a request up. */
async function untilTaken(dataFolder: string, requestId: string): Promise<void> {
  const db = new DatabaseSync(path.join(dataFolder, 'botport.sqlite'), { readOnly: true, timeout: 5000 });
  const look = db.prepare('select lease from jobs where request_id = ?');
  await vi.waitFor(() => expect(look.get(requestId)?.lease).toBeTruthy(), { timeout: 20_000, interval: 2 });
  db.close();
}

test('it prints one line to standard output: where it listens', async () => {
  const server = await start({ BOTPORT_DATA: folder() });
  await fetch(`${server.url}/healthz`);
  expect((await terminate(server)).code).toBe(0);
  expect(server.stdout()).toMatch(/^Botport listening on http:\/\/127\.0\.0\.1:\d+\n$/);
});

test('it is healthy as soon as it says that it listens', async () => {
  const { url } = await start({ BOTPORT_DATA: folder() });
  const reply = await fetch(`${url}/healthz`);
  expect(reply.status).toBe(200);
  expect(await reply.json()).toEqual({ status: 'ok' });
});

test('an IPv6 address is printed as a URL that works', async () => {
  const { url } = await start({ BOTPORT_DATA: folder(), BOTPORT_HOST: '::1' });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('port 0 takes a free port, so two servers run side by side', async () => {
  const [one, two] = await Promise.all([
    start({ BOTPORT_DATA: folder() }),
    start({ BOTPORT_DATA: folder() }),
  ]);
  expect(one.url).not.toBe(two.url);
});

test('a second server on the same folder is refused at once, and the first one runs on', async () => {
  const data = folder();
  const { url } = await start({ BOTPORT_DATA: data });
  const begin = performance.now();
  const second = await botport(['serve'], { BOTPORT_DATA: data, BOTPORT_PORT: '0' });
  expect(performance.now() - begin).toBeLessThan(5000);
  expect(second).toMatchObject({ code: 3, stdout: '' });
  expect(second.stderr).toBe(
    `botport: Another Botport server is running on this data folder: ${data}\n` +
      'Stop the other server, or give this one its own folder with `BOTPORT_DATA`.\n',
  );
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a port that is taken ends it with a line, and the folder is free again', async () => {
  const data = folder();
  const { url } = await start({ BOTPORT_DATA: folder() });
  const taken = await botport(['serve'], { BOTPORT_DATA: data, BOTPORT_PORT: new URL(url).port });
  expect(taken).toMatchObject({ code: 3, stdout: '' });
  expect(taken.stderr).toMatch(/^botport: listen EADDRINUSE: .*\n$/m);
  expect(taken.stderr).not.toMatch(/^ +at /m);
  await start({ BOTPORT_DATA: data });
});

test.each([
  ['BOTPORT_PORT', '70000'],
  ['BOTPORT_PUBLIC_URL', 'ftp://files.example'],
  ['BOTPORT_RATE_LIMIT', '60'],
  ['BOTPORT_MAX_UPLOAD', 'much'],
  ['BOTPORT_LOG', 'loud'],
])('a bad %s is refused by its name, and nothing is made', async (variable, value) => {
  const data = path.join(folder(), 'data');
  const { code, stdout, stderr } = await botport(['serve'], { BOTPORT_DATA: data, [variable]: value });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^botport: A setting is not valid: ${variable}: expected .+\n.+\n$`));
  expect(() => statSync(data)).toThrow('ENOENT');
});

test('SIGTERM ends it with 0, though clients keep connections open', async () => {
  const server = await start({ BOTPORT_DATA: folder() });
  const agent = new Agent({ keepAlive: true });
  try {
    const [response] = await once(get(`${server.url}/healthz`, { agent }), 'response');
    await buffer(response);
    const { code, ms } = await terminate(server);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5000);
  } finally {
    agent.destroy();
  }
});

test('SIGTERM ends it within 10 s, though a client says nothing, an upload never ends and a reader never reads', async () => {
  const data = folder();
  const server = await start({ BOTPORT_DATA: data, ...off });
  const admin = await adminOf(server, data);
  const botId = await importedBot(server, admin, { definition: largeDefinition() });
  const { status } = await exportBot(admin, botId);
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(silent, 'connect');
  const download = get(status.downloadURL as string);
  const [response] = await once(download, 'response');
  const sending = request(`${server.url}/api/public/uploadfile`, {
    method: 'POST',
    headers: { auth: admin.token, 'content-type': 'multipart/form-data; boundary=x' },
  });
  sending.on('error', () => {});
  response.on('error', () => {});
  sending.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\nPK');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { code, ms } = await terminate(server);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  silent.destroy();
  download.destroy();
  sending.destroy();
});

test('SIGTERM while an import and an export run ends it within 10 s, and nothing accepted is lost', async () => {
  const data = folder();
  const first = await start({ BOTPORT_DATA: data, ...off });
  const app = await createApp(data);
  const admin = await callerOf(first, app);
  const botId = await importedBot(first, admin, bank());
  const imported = await startImport(first, admin, largeDefinition());
  await untilTaken(data, imported);
  const { body } = await admin.post(`/api/public/bot/${botId}/export`, {
    exportType: 'latest',
    subTasks: { dialogs: ['Block Card'] },
  });
  const { code, ms } = await terminate(first);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);

  const again = await callerOf(await start({ BOTPORT_DATA: data, ...off }), app);
  const status = await untilEnded(again, `/api/public/bot/import/status/${imported}`);
  expect(status).toMatchObject({ _id: imported, status: 'success' });
  const exported = await untilEnded(again, `/api/public/bot/${botId}/export/status`);
  expect(exported).toMatchObject({ _id: body._id, status: 'success' });
});

test('a second signal ends it at once, and what ran is taken up at the next start', async () => {
  const data = folder();
  const first = await start({ BOTPORT_DATA: data, ...off });
  const app = await createApp(data);
  const admin = await callerOf(first, app);
  const imported = await startImport(first, admin, largeDefinition());
  await untilTaken(data, imported);
  // A request that is never finished, so that the first signal alone would not end the server yet.
  const open = connect(Number(new URL(first.url).port), '127.0.0.1');
  open.on('error', () => {});
  await once(open, 'connect');
  open.write('POST /api/public/bot/import HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n');
  open.write(`auth: ${admin.token}\r\nContent-Type: application/json\r\n\r\n{`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  first.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(first.child.exitCode).toBeNull();
  const { code, ms } = await terminate(first);
  expect(code).toBe(1);
  expect(ms).toBeLessThan(1000);
  open.destroy();

  const again = await callerOf(await start({ BOTPORT_DATA: data, ...off }), app);
  const status = await untilEnded(again, `/api/public/bot/import/status/${imported}`);
  expect(status).toMatchObject({ _id: imported, status: 'success' });
});

test('SIGINT ends it with 0, too', async () => {
  const server = await start({ BOTPORT_DATA: folder() });
  server.child.kill('SIGINT');
  expect(await server.ended).toBe(0);
});

test('links begin with BOTPORT_PUBLIC_URL', async () => {
  const data = folder();
  const base = 'https://bots.example/botport';
  const server = await start({ BOTPORT_DATA: data, BOTPORT_PUBLIC_URL: `${base}/`, ...off });
  const admin = await adminOf(server, data);
  const botId = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
  await admin.post(`/api/public/bot/${botId}/export`, { exportType: 'latest' });
  const status = await untilEnded(admin, `/api/public/bot/${botId}/export/status`);
  const link = status.downloadURL as string;
  expect(link.startsWith(`${base}/api/getMediaStream/market/f-`)).toBe(true);
  const archive = await fetch(link.replace(base, server.url));
  expect(archive.headers.get('content-type')).toBe('application/zip');
});

test('BOTPORT_RATE_LIMIT=2/100 refuses a third request in a minute in the documented words', async () => {
  const data = folder();
  const server = await start({ BOTPORT_DATA: data, BOTPORT_RATE_LIMIT: '2/100' });
  const admin = await adminOf(server, data);
  expect((await admin.get('/api/public/bots')).status).toBe(200);
  expect((await admin.get('/api/public/bots')).status).toBe(200);
  const { status, headers, body } = await admin.get('/api/public/bots');
  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(body).toMatchObject({
    errors: [
      {
        msg: "You've exceeded the per-minute rate limit. Please wait for sometime before retrying.",
        code: 429,
      },
    ],
  });
});

test('BOTPORT_RATE_LIMIT=off refuses nobody', async () => {
  const data = folder();
  const server = await start({ BOTPORT_DATA: data, ...off });
  const admin = await adminOf(server, data);
  const replies = await Promise.all(Array.from({ length: 150 }, () => admin.get('/api/public/bots')));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
});

test('the log goes to standard error as JSON, a line a request, and holds no secret', async () => {
  const data = folder();
  const server = await start({ BOTPORT_DATA: data, BOTPORT_LOG: 'info', ...off });
  const app = await createApp(data);
  const admin = await callerOf(server, app);
  const botId = await importedBot(server, admin, { definition: JSON.stringify(smallDefinition()) });
  const { status } = await exportBot(admin, botId);
  await terminate(server);
  const lines = server
    .stderr()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(
    expect.objectContaining({ path: `/api/public/bot/${botId}/export`, method: 'POST', status: 200 }),
  );
  const link = new URL(status.downloadURL as string);
  expect(lines.map((line) => line.path)).toContain(link.pathname);
  for (const secret of [admin.token, app.clientSecret, link.searchParams.get('s'), link.search.slice(1)]) {
    expect(server.stderr()).not.toContain(secret);
  }
});

test('the data folder and all that is in it can be read by its owner only', async () => {
  const data = path.join(folder(), 'new', 'data');
  const server = await start({ BOTPORT_DATA: data });
  await createApp(data);
  const mode = (...names: string[]) => (statSync(path.join(data, ...names)).mode & 0o777).toString(8);
  expect(mode()).toBe('700');
  const files = readdirSync(data);
  expect(files).toEqual(expect.arrayContaining(['botport.sqlite', 'botport.key', 'server.lock']));
  expect(files.map((name) => [name, mode(name)])).toEqual(files.map((name) => [name, '600']));
  await terminate(server);
});

test('it starts through a link in a folder of programs, as npx has it, on ./botport-data', async () => {
  const place = folder();
  const link = path.join(place, 'botport');
  symlinkSync(launcher, link);
  const server = await start({ PATH: path.dirname(process.execPath) }, { command: [link], cwd: place });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(readdirSync(place).sort()).toEqual(['botport', 'botport-data']);
  expect((await terminate(server)).code).toBe(0);
});

test('an argument it does not know is wrong use', async () => {
  expect(await botport(['serve', '--port', '80'], { BOTPORT_DATA: folder() })).toMatchObject({
    code: 2,
    stdout: '',
  });
});
