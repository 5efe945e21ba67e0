import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { eventStream, type ServerEvent } from '../../src/http/events/event-stream.ts';
import { allOf, notBegun, type Progress } from '../../src/jobs/progress.ts';
import { all } from '../support/all.ts';
import { openEvents } from '../support/events.ts';
import { failureOf, type Running, run } from './fake.ts';

const exportEvents = '/api/v1/exports/ber-1/events';
const importEvents = '/api/v1/imports/bir-1/events';
const half: Progress = { bytes: { done: 50, total: 100 }, items: { done: 1, total: 2 } };

const open = ({ base }: Running, path: string, headers: Record<string, string> = {}) =>
  openEvents(base + path, { auth: 'admin', ...headers });

describe.each([
  ['an export', exportEvents, 'ber-1'],
  ['an import', importEvents, 'bir-1'],
])('the events of %s', (_what, path, id) => {
  const end = ({ botport }: Running, status: 'success' | 'failed') => {
    botport.exportRecord = { ...botport.exportRecord, status };
    botport.importRecord = { ...botport.importRecord, status };
    botport.board.ended(id);
  };

  test('are the present state, each progress, one end, and no more', async () => {
    const server = await run();
    const events = await open(server, path);
    expect(events.status).toBe(200);
    expect(events.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(events.headers.get('cache-control')).toBe('no-store');
    expect(await events.next()).toEqual({ id: '1', event: 'progress', data: notBegun });
    const work = server.botport.board.open(id);
    work.report(half);
    expect(await events.next()).toEqual({ id: '2', event: 'progress', data: half });
    end(server, 'success');
    work.close();
    const [last, ...more] = await events.rest();
    expect(last).toMatchObject({ id: 'success', event: 'success', data: { status: 'success' } });
    expect(more).toEqual([]);
    expect(events.asides).toEqual(['retry: 2000']);
  });

  test('are the end alone for who comes late', async () => {
    const server = await run();
    end(server, 'success');
    const heard = await (await open(server, path)).rest();
    expect(heard.map(({ event }) => event)).toEqual(['success']);
  });

  test('say why a request failed', async () => {
    const server = await run();
    const failure = { type: 'export_interrupted' as const, detail: 'far too large' };
    server.botport.exportRecord.failure = failure;
    server.botport.importRecord.failure = failure;
    end(server, 'failed');
    const [heard] = await (await open(server, path)).rest();
    expect(heard).toMatchObject({ id: 'failed', event: 'failed' });
    expect(heard?.data).toMatchObject({ status: 'failed', errors: [failure] });
  });

  test('start with the present state for a client that comes again', async () => {
    const server = await run();
    server.botport.board.open(id).report(half);
    const events = await open(server, path, { 'last-event-id': '7' });
    expect(await events.next()).toMatchObject({ event: 'progress', data: half });
    events.leave();
  });

  test('are not repeated to a client that has heard the end', async () => {
    const server = await run();
    end(server, 'success');
    const again = await server.ask(path, { headers: { 'last-event-id': 'success' } });
    expect([again.status, await again.text()]).toEqual([204, '']);
    const other = await open(server, path, { 'last-event-id': 'failed' });
    expect((await other.rest()).map(({ event }) => event)).toEqual(['success']);
  });

  test('need a token in the header, the scope, and a request that is there', async () => {
    const server = await run();
    const refusals = [
      await server.ask(path, { token: null }),
      await server.ask(`${path}?auth=admin&token=admin`, { token: null }),
      await server.ask(path, { token: 'powerless' }),
      await server.ask(path.replace('-1', '-2')),
    ];
    const failures = await Promise.all(refusals.map(failureOf));
    expect(failures.map(({ status, type }) => [status, type])).toEqual([
      [401, 'invalid_credentials'],
      [401, 'invalid_credentials'],
      [401, 'scope_missing'],
      [400, 'invalid_request_id'],
    ]);
  });

  test('end without a last one when the server stops', async () => {
    const server = await run();
    const events = await open(server, path);
    await events.next();
    await server.server.close();
    expect(await events.rest()).toEqual([]);
  });

  test('leave nothing behind when the client goes away', async () => {
    const server = await run();
    const { board } = server.botport;
    const subscribe = vi.spyOn(board, 'subscribe');
    const left = vi.fn();
    subscribe.mockImplementation(() => left);
    const events = await open(server, path);
    await events.next();
    expect(left).not.toHaveBeenCalled();
    events.leave();
    await vi.waitFor(() => expect(left).toHaveBeenCalledTimes(1));
  });

  test('count once towards the rate limit, however long they are listened to', async () => {
    const server = await run({ BOTPORT_RATE_LIMIT: '1/100' });
    const events = await open(server, path);
    const work = server.botport.board.open(id);
    await events.next();
    work.report(half);
    expect(await events.next()).toMatchObject({ data: half });
    expect(await failureOf(await server.ask(path))).toMatchObject({ type: 'rate_limited_minute' });
    events.leave();
  });
});

test('an app has at most a hundred streams open, and a place is free again once a client has left', async () => {
  const server = await run();
  const streams = await Promise.all(Array.from({ length: 100 }, () => open(server, exportEvents)));
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
  const refused = await server.ask(importEvents);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await failureOf(refused)).toMatchObject({ status: 429, type: 'too_many_streams' });
  streams[0]?.leave();
  await vi.waitFor(async () => {
    const another = await open(server, importEvents);
    another.leave();
    expect(another.status).toBe(200);
  });
  for (const one of streams) one.leave();
});

test('a request that is refused takes no place among the streams', async () => {
  const server = await run();
  for (let count = 0; count < 101; count++) {
    expect((await server.ask('/api/v1/exports/ber-2/events')).status).toBe(400);
  }
});

test('a reader that does not read is sent the newest progress, not all there was', async () => {
  const server = await run();
  const work = server.botport.board.open('ber-1');
  work.report(half);
  const events = await open(server, exportEvents);
  await events.next();
  for (let done = 0; done <= 10_000; done++) {
    work.report({ bytes: { done, total: 10_000 }, items: { done: 0, total: 0 } });
    if (done % 100 === 0) await sleep(0);
  }
  let heard = 0;
  for (;;) {
    const event = await events.next();
    heard += 1;
    if (JSON.stringify(event?.data).includes('"done":10000')) break;
  }
  expect(heard).toBeLessThan(100);
  events.leave();
});

describe('the text of a stream', () => {
  async function* once(...events: ServerEvent[]) {
    yield* events;
  }

  test('has a comment where nothing happens for long', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* late(): AsyncGenerator<ServerEvent> {
      await promise;
      yield { id: '1', event: 'progress', data: allOf(1, 1) };
    }
    const texts: string[] = [];
    for await (const text of eventStream(late(), 5)) {
      texts.push(text);
      if (texts.length === 3) resolve();
    }
    expect(texts.slice(0, 3)).toEqual(['retry: 2000\n\n', ': still here\n\n', ': still here\n\n']);
    expect(texts.at(-1)).toMatch(/^id: 1\nevent: progress\ndata: \{.*\}\n\n$/);
  });

  test('has one line of data whatever is in it', async () => {
    const data = { text: 'a\nb\r\nc\u2028d' };
    const texts = await all(eventStream(once({ id: '1', event: 'success', data })));
    const [, line = ''] = /\ndata: (.*)\n\n$/s.exec(texts.at(-1) ?? '') ?? [];
    expect(line).not.toMatch(/[\r\n]/);
    expect(JSON.parse(line)).toEqual(data);
  });

  test('fails when its events do', async () => {
    async function* broken(): AsyncGenerator<ServerEvent> {
      yield { id: '1', event: 'progress', data: notBegun };
      throw new Error('no more');
    }
    await expect(all(eventStream(broken()))).rejects.toThrow('no more');
  });
});
