import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addBot } from '../../src/auth/app-bots.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { makeToken } from '../../src/auth/make-token.ts';
import { openBots } from '../../src/bots/bots.ts';
import { newId } from '../../src/ids.ts';
import { openSnapshots } from '../../src/snapshots/snapshots.ts';
import { segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { botA, botB, type Fixture, openFixture } from './support.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const bots = async (clientId: string) =>
  (await fixture.apps.list()).find((app) => app.clientId === clientId)?.bots;
const add = (clientId: string, botId: string) =>
  fixture.db.transaction().execute((tx) => addBot(clientId, botId, tx));
const callerOf = async (app: Parameters<typeof makeToken>[0]) =>
  fixture.apps.authenticate(await makeToken(app));

/** Makes a bot as an import does, by an app. */
async function makeBot(clientId: string, id: string, ordinal: number): Promise<void> {
  await fixture.db.transaction().execute(async (tx) => {
    const { id: account_id } = await tx.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    await tx
      .insertInto('snapshots')
      .values({ digest: 'd', created_at: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('bots')
      .values({
        id,
        account_id,
        name: `Bot ${ordinal}`,
        description: '',
        type: '',
        purpose: '',
        default_language: '',
        draft: 'd',
        published: null,
        newest_export: null,
        newest_publish: null,
        created_by: '',
        created_at: ordinal,
        ordinal,
      })
      .execute();
    await addBot(clientId, id, tx);
  });
}

describe('addBot', () => {
  test('lets an app limited to certain bots reach the new one', async () => {
    const app = await fixture.makeApp({ bots: [botA] });
    const caller = await callerOf(app);
    expect(await fixture.apps.covers(caller, botB)).toBe(false);
    await add(app.clientId, botB);
    expect(await fixture.apps.covers(caller, botB)).toBe(true);
    expect(await fixture.apps.covers(caller, botA)).toBe(true);
  });

  test('adds a bot once', async () => {
    const { clientId } = await fixture.makeApp({ bots: [botA] });
    await add(clientId, botA);
    expect(await bots(clientId)).toEqual([botA]);
  });

  test('does not limit an app that covers every bot', async () => {
    const app = await fixture.makeApp();
    await add(app.clientId, botB);
    expect(await bots(app.clientId)).toEqual([]);
    expect(await fixture.apps.covers(await callerOf(app), botA)).toBe(true);
  });

  test('is undone with its transaction', async () => {
    const { clientId } = await fixture.makeApp({ bots: [botA] });
    const rolledBack = fixture.db.transaction().execute(async (tx) => {
      await addBot(clientId, botB, tx);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await bots(clientId)).toEqual([botA]);
  });
});

test('an app can be limited to more bots than a statement has variables, and lists their pages', async () => {
  const others = Array.from({ length: 40_000 }, () => newId('st'));
  const there = others.slice(100, 125);
  const maker = await fixture.makeApp();
  for (const [ordinal, id] of there.entries()) await makeBot(maker.clientId, id, ordinal);
  const app = await fixture.makeApp({ bots: others });
  const caller = await callerOf(app);
  const segments = segmentsInDatabase(fixture.db);
  const list = openBots(fixture.db, openSnapshots(fixture.db, segments), segments);
  const { total, bots: page } = await list.list(caller, { offset: 1, limit: 10 });
  expect(total).toBe(25);
  expect(page.map(({ id }) => id)).toEqual(there.slice(10, 20));
  expect(await fixture.apps.covers(caller, others.at(-1) ?? '')).toBe(true);
});

test('every app lists the bots it covers that are there, oldest first, whatever came in which order', async () => {
  const account = await callerOf(await fixture.makeApp());
  const segments = segmentsInDatabase(fixture.db);
  const list = openBots(fixture.db, openSnapshots(fixture.db, segments), segments);
  const known = Array.from({ length: 8 }, () => newId('st'));
  const step = fc.oneof(
    fc.record({ do: fc.constant('app' as const), bots: fc.subarray(known, { minLength: 1 }) }),
    fc.record({ do: fc.constant('bot' as const), bot: fc.nat(7), by: fc.nat(3) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, limit) => {
        await fixture.db.deleteFrom('bots').execute();
        await fixture.db.deleteFrom('apps').where('client_id', '!=', account.clientId).execute();
        const made: string[] = [];
        const apps: { caller: Caller; covered: Set<string> }[] = [];
        for (const one of steps) {
          if (one.do === 'app') {
            const caller = await callerOf(await fixture.makeApp({ bots: one.bots }));
            apps.push({ caller, covered: new Set(one.bots) });
          } else {
            const id = known[one.bot] ?? '';
            if (made.includes(id)) continue;
            const by = apps[one.by];
            await makeBot((by?.caller ?? account).clientId, id, made.length);
            made.push(id);
            by?.covered.add(id);
          }
        }
        const everyone = [...apps, { caller: account, covered: new Set(known) }];
        for (const { caller, covered } of everyone) {
          const expected = made.filter((id) => covered.has(id));
          const seen: string[] = [];
          for (let offset = 0; offset * limit <= expected.length; offset++) {
            const page = await list.list(caller, { offset, limit });
            expect(page.total).toBe(expected.length);
            seen.push(...page.bots.map(({ id }) => id));
          }
          expect(seen).toEqual(expected);
          for (const id of known) expect(await fixture.apps.covers(caller, id)).toBe(covered.has(id));
        }
      },
    ),
    { numRuns: 40 },
  );
});
