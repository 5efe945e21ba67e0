import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { failureOf, type Running, run } from './fake.ts';

const path = '/api/public/uploadfile';
const boundary = '------------------------abcdef1234567890';

const file = (
  content: string,
  { name = 'file', fileName = 'botDefinition.json', type = 'application/json' } = {},
) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
const field = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const end = `--${boundary}--\r\n`;

const send = (
  { ask }: Running,
  body: string,
  type: string | null = `multipart/form-data; boundary=${boundary}`,
) =>
  ask(path, {
    method: 'POST',
    body: new TextEncoder().encode(body),
    headers: type === null ? {} : { 'content-type': type },
  });

async function refused(running: Running, body: string, type?: string | null) {
  const failure = await failureOf(await send(running, body, type));
  await sleep(20);
  expect(running.botport.stored).toEqual([]);
  return failure;
}

test('a file is stored under its base name and answered with id and hash', async () => {
  const { ask, botport } = await run();
  const form = new FormData();
  form.append('file', new Blob(['{"a":1}'], { type: 'image/png' }), 'C:\\bots\\Grüße.json');
  form.append('fileContext', 'bulkImport');
  const reply = await ask(path, { method: 'POST', body: form, token: 'builder' });
  expect(await reply.json()).toEqual({
    fileId: '0123456789abcdef01234567',
    hash: createHash('sha1').update('{"a":1}').digest('hex'),
    fileName: expect.stringMatching(/^f-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
  });
  expect(botport.stored).toEqual([{ name: 'Grüße.json', content: '{"a":1}' }]);
});

test('fields may stand before and behind the file, more than once, and be of any type', async () => {
  const running = await run();
  const before =
    field('fileContext', 'bulkImport') + field('fileExtension', '.json') + field('fileExtension', 'png');
  const typed = `--${boundary}\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/json\r\n\r\nnot JSON\r\n`;
  for (const body of [before + typed + file('A') + end, file('A') + typed + before + end, file('A') + end]) {
    expect((await send(running, body)).status).toBe(200);
  }
  expect(running.botport.stored.map(({ content }) => content)).toEqual(['A', 'A', 'A']);
});

test('the file may be called anything, have any type and name, or none', async () => {
  const running = await run();
  for (const body of [
    file('1', { name: 'upload' }),
    file('2', { type: 'application/octet-stream', fileName: '../../etc/icon.png' }),
    `--${boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\n3\r\n`,
  ]) {
    expect((await send(running, body + end)).status).toBe(200);
  }
  expect(running.botport.stored).toEqual([
    { name: 'botDefinition.json', content: '1' },
    { name: 'icon.png', content: '2' },
    { name: 'file', content: '3' },
  ]);
});

test('a boundary the header does not name is taken from the body', async () => {
  const running = await run();
  for (const type of [
    'multipart/form-data',
    'Multipart/Form-Data; charset=utf-8',
    'application/json',
    null,
  ]) {
    expect([type, (await send(running, file('A') + end, type)).status]).toEqual([type, 200]);
  }
  const long = 'x'.repeat(300_000);
  expect((await send(running, file(long) + end, 'multipart/form-data')).status).toBe(200);
  expect(running.botport.stored.at(-1)?.content).toBe(long);
});

test('such a boundary may arrive byte by byte', async () => {
  const { base, botport } = await run();
  const { hostname, port } = new URL(base);
  const socket = connect({ port: Number(port), host: hostname, noDelay: true });
  const body = file('A') + end;
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuth: admin\r\nContent-Type: multipart/form-data\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  for (const byte of body.slice(0, 60)) {
    await sleep(1);
    socket.write(byte);
  }
  socket.write(body.slice(60));
  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  expect(botport.stored).toEqual([{ name: 'botDefinition.json', content: 'A' }]);
});

test('an upload without a file, or with two, is refused and nothing is kept', async () => {
  const running = await run();
  for (const body of [
    end,
    field('a', 'b') + end,
    file('A') + file('B') + end,
    file('A') + file('B', { name: 'x' }) + end,
  ]) {
    expect(await refused(running, body)).toMatchObject({ status: 412, type: 'upload_malformed' });
  }
});

test('a body that is no form or ends too early is refused and nothing is kept', async () => {
  const running = await run();
  const whole = file('content') + end;
  for (const body of [
    '',
    'hello',
    '{"file":1}',
    whole.slice(0, 40),
    whole.slice(0, 150),
    file('content'),
    file('A') + field('a', 'b'),
  ]) {
    for (const type of [undefined, 'multipart/form-data', 'text/plain']) {
      expect([body, type, await refused(running, body, type)]).toMatchObject([
        body,
        type,
        { status: 412, type: 'upload_malformed' },
      ]);
    }
  }
});

test('a client that breaks off leaves nothing behind', async () => {
  const { base, botport } = await run();
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuth: admin\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: 100000\r\n\r\n${file('A')}`,
  );
  await expect.poll(() => botport.calls).toContain('store');
  socket.destroy();
  await sleep(50);
  expect(botport.stored).toEqual([]);
});

test('a file beyond the limit is refused, announced or not, and nothing is kept', async () => {
  const running = await run({ BOTPORT_MAX_UPLOAD: '100kB' });
  for (const size of [102_401, 5_000_000]) {
    expect(await refused(running, file('x'.repeat(size)) + end)).toMatchObject({
      status: 413,
      type: 'body_too_large',
    });
    const chunked = await running.ask(path, {
      method: 'POST',
      body: new Blob([file('x'.repeat(size)) + end]).stream(),
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  }
  expect(running.botport.stored).toEqual([]);
  expect((await send(running, file('x'.repeat(102_400)) + end)).status).toBe(200);
});

test('what is not the file may not be endless either', async () => {
  const running = await run({ BOTPORT_MAX_BODY: '1kB' });
  expect(await refused(running, field('a', 'x'.repeat(2000)) + file('A') + end)).toMatchObject({
    status: 413,
  });
  expect(await refused(running, file('A') + field('a', 'x'.repeat(2000)) + end)).toMatchObject({
    status: 413,
  });
  expect(await refused(running, field('a', 'x').repeat(1001) + file('A') + end)).toMatchObject({
    status: 413,
  });
});

test('only who has a token may upload', async () => {
  const { ask } = await run();
  const reply = await ask(path, { method: 'POST', body: file('A') + end, token: null });
  expect(await failureOf(reply)).toMatchObject({ status: 401, type: 'invalid_credentials' });
});
