import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createSend } from '../../src/webhooks/send.ts';
import { type Received, signatureOf } from '../support/receiver.ts';
import { type Kit, openKit } from './kit.ts';

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
/** The documented delays between attempts. */
const delays = [5, 30, 120, 600, 3600, 21_600].map((seconds) => seconds * second);

/** Waits until the newest delivery of a webhook says this of itself. */
async function untilIs(kit: Kit, webhookId: string, expected: object): Promise<void> {
  await expect
    .poll(async () => (await kit.deliveries(webhookId))[0], { timeout: 10_000 })
    .toMatchObject(expected);
}

const statusOf = (kit: Kit, id: string) => kit.webhooks.get(kit.caller, id);

describe('a delivery', () => {
  test('is sent signed, and has succeeded when it is taken', async () => {
    const kit = await openKit();
    const { id, secret, receiver } = await kit.hook();
    await kit.announce(id);
    const [message] = (await receiver.first(1)) as [Received];
    expect(message.headers).toMatchObject({
      'webhook-id': `msg-${id}-0`,
      'webhook-timestamp': String(Math.floor(kit.clock.now / 1000)),
      'webhook-signature': signatureOf(message, secret),
    });
    await untilIs(kit, id, {
      status: 'success',
      attempts: 1,
      outcome: '204',
      dueAt: null,
      attemptedAt: kit.clock.now,
    });
    expect(await statusOf(kit, id)).toMatchObject({ failingSince: null, disabledAt: null });
  });

  test('is tried again after each delay and not before, under one id, signed anew, and given up in the end', async () => {
    const kit = await openKit();
    const { id, secret, receiver } = await kit.hook();
    receiver.answer = 500;
    const start = kit.clock.now;
    await kit.announce(id);
    for (const [index, delay] of delays.entries()) {
      const attempts = index + 1;
      const dueAt = kit.clock.now + delay;
      await untilIs(kit, id, { status: 'pending', attempts, outcome: '500', dueAt });
      kit.forward(delay - 1);
      await sleep(20);
      expect(receiver.received).toHaveLength(attempts);
      kit.forward(1);
      await receiver.first(attempts + 1);
    }
    await untilIs(kit, id, { status: 'failed', attempts: 7, outcome: '500', dueAt: null });
    kit.forward(10 * day);
    await sleep(20);
    expect(receiver.received).toHaveLength(7);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const message of receiver.received) {
      expect(message.headers['webhook-signature']).toBe(signatureOf(message, secret));
    }
    const sent = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(sent.at(-1)).toBe(Math.floor((start + delays.reduce((sum, delay) => sum + delay)) / 1000));
    expect(await statusOf(kit, id)).toMatchObject({ failingSince: start, disabledAt: null });
  });

  test('that fails at first has succeeded once it is taken', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = 503;
    await kit.announce(id);
    await untilIs(kit, id, { status: 'pending', attempts: 1 });
    expect(await statusOf(kit, id)).toMatchObject({ failingSince: kit.clock.now });
    receiver.answer = 200;
    kit.forward(5 * second);
    await untilIs(kit, id, { status: 'success', attempts: 2, outcome: '200', dueAt: null });
    expect(await statusOf(kit, id)).toMatchObject({ failingSince: null });
  });

  test('that is redirected has failed', async () => {
    const kit = await openKit();
    const [{ id, receiver }, other] = [await kit.hook(), await kit.hook()];
    receiver.answer = (response) => void response.writeHead(307, { location: other.receiver.url }).end();
    await kit.announce(id);
    await untilIs(kit, id, { status: 'pending', attempts: 1, outcome: '307' });
    expect(other.receiver.received).toEqual([]);
  });

  test('says why there was no answer', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    await receiver.close();
    await kit.announce(id);
    await untilIs(kit, id, { status: 'pending', attempts: 1, outcome: 'ECONNREFUSED' });
  });

  test('keeps and logs nothing of what was answered but the status', async () => {
    const kit = await openKit();
    const { id, secret, receiver } = await kit.hook();
    receiver.answer = (response) => void response.writeHead(400, 'words of theirs').end('words of theirs');
    await kit.announce(id);
    await untilIs(kit, id, { outcome: '400' });
    const written = JSON.stringify([kit.log.entries, await kit.deliveries(id)]);
    expect(written).not.toMatch(/words of theirs/);
    expect(written).not.toContain(secret);
  });
});

describe('a ping', () => {
  test('is sent, signed', async () => {
    const kit = await openKit();
    const { id, secret, receiver } = await kit.hook();
    const asked = await kit.webhooks.test(kit.caller, id);
    expect(asked).toMatchObject({ event: 'ping', status: 'pending', attempts: 0, outcome: null });
    const [message] = (await receiver.first(1)) as [Received];
    expect(message.json).toEqual({ type: 'ping', timestamp: expect.any(String), data: {} });
    expect(message.headers).toMatchObject({
      'webhook-id': asked.id,
      'webhook-signature': signatureOf(message, secret),
    });
    await untilIs(kit, id, { id: asked.id, status: 'success', attempts: 1 });
  });

  test('is sent once, and says nothing of the webhook where it is not taken', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = 500;
    await kit.webhooks.test(kit.caller, id);
    await untilIs(kit, id, { status: 'failed', attempts: 1, outcome: '500', dueAt: null });
    expect(await statusOf(kit, id)).toMatchObject({ failingSince: null });
  });
});

describe('a webhook', () => {
  /** Lets a delivery fail until it is given up. */
  async function failAll(kit: Kit, id: string) {
    await kit.announce(id);
    for (const [index, delay] of delays.entries()) {
      await untilIs(kit, id, { status: 'pending', attempts: index + 1 });
      kit.forward(delay);
    }
    await untilIs(kit, id, { status: 'failed', attempts: 7 });
  }

  test('is disabled when a delivery is given up and nothing was taken for three days, and a test takes it into use', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = 500;
    await failAll(kit, id);
    expect(await statusOf(kit, id)).toMatchObject({ disabledAt: null });
    kit.forward(3 * day);
    await failAll(kit, id);
    expect(await statusOf(kit, id)).toMatchObject({ disabledAt: kit.clock.now });
    const count = receiver.received.length;

    await kit.announce(id);
    await sleep(20);
    expect(receiver.received).toHaveLength(count);
    receiver.answer = 200;
    kit.clock.now += day;
    await kit.webhooks.test(kit.caller, id);
    await receiver.first(count + 2);
    const types = receiver.received.slice(count).map(({ json }) => json.type);
    expect(types.sort()).toEqual(['export.succeeded', 'ping']);
    await expect.poll(() => statusOf(kit, id)).toMatchObject({ failingSince: null, disabledAt: null });
  });

  test('is not disabled where something was taken within the three days', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = 500;
    await failAll(kit, id);
    kit.clock.now += 2 * day;
    receiver.answer = 200;
    await kit.announce(id);
    await untilIs(kit, id, { status: 'success' });
    kit.clock.now += 2 * day;
    receiver.answer = 500;
    await failAll(kit, id);
    expect(await statusOf(kit, id)).toMatchObject({ disabledAt: null });
  });

  test('that says it is gone is disabled at once', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = 410;
    await kit.announce(id);
    await untilIs(kit, id, { status: 'failed', attempts: 1, outcome: '410', dueAt: null });
    expect(await statusOf(kit, id)).toMatchObject({ disabledAt: kit.clock.now });
  });

  test('that is removed is sent nothing more, and what is under way does no harm', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    const answers: (() => void)[] = [];
    receiver.answer = (response) => void answers.push(() => response.writeHead(500).end());
    await kit.announce(id, 10);
    await receiver.first(4);
    await kit.webhooks.remove(kit.caller, id);
    for (const answer of answers) answer();
    const ended = () =>
      kit.log.entries.filter(({ message }) => message.startsWith('webhook delivery')).length;
    await expect.poll(ended).toBe(4);
    kit.forward(day);
    await sleep(20);
    expect(receiver.received).toHaveLength(4);
    await expect(kit.deliveries(id)).rejects.toMatchObject({ type: 'webhook_unknown' });
    expect(kit.log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('of an app that was revoked is sent nothing more', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    await kit.revoke(kit.caller);
    await kit.announce(id);
    await sleep(20);
    expect(receiver.received).toEqual([]);
  });
});

describe('at once', () => {
  /** Waits longer than a test does. */
  const patient = createSend({ allowPrivate: true, patience: 60_000 });

  test('four are on their way to one webhook, in their order, and each place that gets free is taken', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    let busy = 0;
    let most = 0;
    receiver.answer = async (response) => {
      busy += 1;
      most = Math.max(most, busy);
      await sleep(5);
      busy -= 1;
      response.writeHead(204).end();
    };
    await kit.announce(id, 30);
    await receiver.first(30);
    expect(most).toBe(4);
    const numbers = receiver.received.map(({ body }) => Number(JSON.parse(body).number));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, number) => number));
    for (const [place, number] of numbers.entries()) expect(Math.abs(place - number)).toBeLessThan(8);
    await expect
      .poll(async () => (await kit.deliveries(id)).every(({ status }) => status === 'success'))
      .toBe(true);
  });

  test('receivers that do not answer hold up nobody else, however much waits for them', async () => {
    const kit = await openKit(patient);
    const slow = await Promise.all(Array.from({ length: 10 }, () => kit.hook()));
    for (const { id, receiver } of slow) {
      receiver.answer = () => undefined;
      await kit.announce(id, 8);
    }
    await Promise.all(slow.map(({ receiver }) => receiver.first(4)));
    const { id, receiver } = await kit.hook();
    await kit.announce(id, 20);
    await receiver.first(20);
    for (const { receiver: held } of slow) expect(held.received).toHaveLength(4);
  });

  test('where all places are taken, the next one goes to the webhook that has none', async () => {
    const kit = await openKit(patient);
    const slow = await Promise.all(Array.from({ length: 16 }, () => kit.hook()));
    const answers: (() => void)[] = [];
    for (const { id, receiver } of slow) {
      receiver.answer = (response) => void answers.push(() => response.writeHead(204).end());
      await kit.announce(id, 6);
    }
    await expect.poll(() => answers.length).toBe(64);
    const { id, receiver } = await kit.hook();
    await kit.announce(id);
    await sleep(20);
    expect(receiver.received).toEqual([]);
    answers[0]?.();
    await receiver.first(1);
  });
});

describe('a restart', () => {
  test('takes up what was waiting, and what was tried already at its time', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = 500;
    await kit.announce(id);
    await untilIs(kit, id, { attempts: 1 });
    await kit.restart(1000);
    await sleep(20);
    expect(receiver.received).toHaveLength(1);
    receiver.answer = 200;
    kit.forward(5 * second);
    await untilIs(kit, id, { status: 'success', attempts: 2 });
  });

  test('lets what is under way end, and writes it', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = async (response) => {
      await sleep(50);
      response.writeHead(204).end();
    };
    await kit.announce(id, 5);
    await receiver.first(1);
    await kit.dispatcher.stop(10_000);
    const ended = (await kit.deliveries(id)).filter(({ status }) => status === 'success').length;
    expect(ended).toBe(receiver.received.length);
  });

  test('does not wait for a receiver longer than it may, and sends again what was broken off', async () => {
    const kit = await openKit();
    const { id, receiver } = await kit.hook();
    receiver.answer = () => undefined;
    await kit.announce(id);
    await receiver.first(1);
    await kit.dispatcher.stop(0);
    expect((await kit.deliveries(id))[0]).toMatchObject({ status: 'pending', attempts: 0, outcome: null });
    receiver.answer = 200;
    await kit.restart(0);
    await receiver.first(2);
    await untilIs(kit, id, { status: 'success', attempts: 1 });
    const [first, again] = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(again).toBe(first);
  });
});

test('an attempt whose end cannot be written is made again, but not at once', async () => {
  let sent = 0;
  const kit = await openKit(async () => {
    sent += 1;
    throw new Error('out of order');
  });
  const { id } = await kit.hook();
  await kit.announce(id);
  await expect.poll(() => kit.log.entries.length).toBe(1);
  kit.forward(second);
  await sleep(20);
  expect(sent).toBe(1);
  expect((await kit.deliveries(id))[0]).toMatchObject({ status: 'pending', attempts: 0 });
});
