import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { removeOldUploads } from '../../src/imports/retention.ts';
import { type Db, openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from '../storage/support.ts';
import { dyingAfter } from '../support/retention.ts';
import { callerOf, smallDefinition, startServer, untilEnded, upload } from '../support/server.ts';

const newFolder = temporaryFolders();
let db: Db | undefined;
afterEach(() => db?.destroy());

const hour = 3_600_000;

interface Row {
  /** Hours ago. */
  age: number;
  /** Chunks of a byte each. */
  chunks: number;
  complete: 0 | 1;
  /** Named by an import of this status; null: by none. */
  named: 'pending' | 'success' | null;
}

const row: fc.Arbitrary<Row> = fc.record({
  age: fc.integer({ min: 0, max: 40 }),
  chunks: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(15, 16, 17, 40)),
  complete: fc.constantFrom(0, 1),
  named: fc.constantFrom('pending', 'success', null),
});

const idOf = (index: number) => index.toString(16).padStart(24, '0');

async function fill(db: Db, uploads: Row[], now: number): Promise<void> {
  for (const table of ['jobs', 'import_requests', 'uploads'] as const) await db.deleteFrom(table).execute();
  const { id: account } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  await db
    .insertInto('apps')
    .values({
      client_id: 'cs-1',
      account_id: account,
      name: '',
      kind: 'admin',
      algorithm: 'HS256',
      sealed_secret: '',
      scopes: '[]',
      user_id: 'u-1',
      created_at: 0,
      revoked_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (const [index, { age, chunks, complete, named }] of uploads.entries()) {
    const id = idOf(index);
    await db
      .insertInto('uploads')
      .values({
        id,
        account_id: account,
        file_name: '',
        size: chunks,
        sha1: '',
        complete,
        created_by: '',
        // Off the full hour, so that the time the test takes does not matter.
        created_at: now - (age - 0.5) * hour,
      })
      .execute();
    for (let ordinal = 0; ordinal < chunks; ordinal++) {
      await db
        .insertInto('upload_chunks')
        .values({ upload_id: id, ordinal, bytes: Buffer.of(1) })
        .execute();
    }
    if (named === null || complete === 0) continue;
    await db
      .insertInto('import_requests')
      .values({
        id: `bir-${index}`,
        account_id: account,
        bot_id: null,
        stream_ref_id: '',
        status: named,
        body: JSON.stringify({
          source: { mode: 'ZIP', zip: { id, fileName: '', size: 1, sha1: '' } },
          keepId: false,
        }),
        logs: '[]',
        failure: null,
        client_id: 'cs-1',
        created_by: '',
        created_at: 0,
        finished_at: null,
        done_bytes: null,
        done_items: null,
      })
      .execute();
    if (named === 'pending') {
      await db
        .insertInto('jobs')
        .values({
          kind: 'import',
          request_id: `bir-${index}`,
          attempts: 0,
          run_at: 0,
          lease: null,
          lease_until: null,
        })
        .execute();
    }
  }
}

/** What is to stay, said as plainly as can be. */
function staying(uploads: Row[], hours: number): string[] {
  return uploads.flatMap(({ age, complete, named }, index) => {
    const isOld = age > hours;
    const isNeeded = complete === 1 ? named === 'pending' : age <= 24;
    return !isOld || isNeeded ? [idOf(index)] : [];
  });
}

const ids = async (db: Db) =>
  (await db.selectFrom('uploads').select('id').orderBy('id').execute()).map(({ id }) => id);

/** Uploads that could be read but lack bytes. */
async function torn(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('uploads')
    .leftJoin('upload_chunks', 'upload_chunks.upload_id', 'uploads.id')
    .select((eb) => ['uploads.id', 'uploads.size', eb.fn.count<number>('upload_chunks.ordinal').as('held')])
    .where('complete', '=', 1)
    .groupBy(['uploads.id', 'uploads.size'])
    .execute();
  return rows.filter(({ size, held }) => size !== held).map(({ id }) => id);
}

test('what is old goes, but what a pending import names stays, and what may still be coming in', async () => {
  const open = await openDatabase(newFolder());
  db = open;
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 8 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, 2, 20, 1000),
      fc.nat(6),
      async (uploads, hours, batchSize, batchBytes, life) => {
        const now = Date.now();
        await fill(open, uploads, now);
        const expected = staying(uploads, hours);
        const olderThan = now - hours * hour;
        const options = { batchSize, batchBytes };
        const died = await removeOldUploads(dyingAfter(open, life), olderThan, options).then(
          () => false,
          () => true,
        );
        expect(await ids(open)).toEqual(expect.arrayContaining(expected));
        expect(await torn(open)).toEqual([]);
        await removeOldUploads(open, olderThan, options);
        // What was half removed when it was killed counts as broken, and may wait until it is a day old.
        const left = await open.selectFrom('uploads').select(['id', 'complete']).orderBy('id').execute();
        const known = left.filter(({ id, complete }) => complete === 1 || expected.includes(id));
        expect(known.map(({ id }) => id)).toEqual(expected);
        if (!died) expect(left.map(({ id }) => id)).toEqual(expected);
        const { chunks } = await open
          .selectFrom('upload_chunks')
          .select((eb) => eb.fn.countAll<number>().as('chunks'))
          .where('upload_id', 'not in', open.selectFrom('uploads').select('id'))
          .executeTakeFirstOrThrow();
        expect(chunks).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

test('it says how many uploads are gone, large ones too', async () => {
  db = await openDatabase(newFolder());
  const old = { age: 30, named: null, complete: 1 as const };
  await fill(
    db,
    [
      { ...old, chunks: 1 },
      { ...old, chunks: 40 },
      { ...old, chunks: 40, complete: 0 },
    ],
    Date.now(),
  );
  expect(await removeOldUploads(db, Date.now() - hour, { batchBytes: 5 })).toBe(3);
  expect(await ids(db)).toEqual([]);
});

test('an aborted signal ends it', async () => {
  db = await openDatabase(newFolder());
  await fill(db, [{ age: 30, named: null, complete: 1, chunks: 40 }], Date.now());
  const options = { batchBytes: 5, signal: AbortSignal.abort() };
  expect(await removeOldUploads(db, Date.now() - hour, options)).toBe(0);
});

test('an import that was accepted finds its files, however many are removed meanwhile', async () => {
  const server = await startServer();
  const open = await openDatabase(server.dataFolder);
  try {
    const admin = await callerOf(server, await server.createApp());
    const definition = JSON.stringify(smallDefinition());
    let running = true;
    let removed = 0;
    const removing = (async () => {
      while (running) {
        removed += await removeOldUploads(open, Number.MAX_SAFE_INTEGER, { batchSize: 2 });
        await sleep(Math.random() * 20);
      }
    })();
    const outcomes = { accepted: 0, refused: 0 };
    for (let round = 0; outcomes.accepted < 5 && round < 2000; round++) {
      const files = await Promise.all(
        [definition, '{"envVariables":[]}', 'icon'].map((content) => upload(server, admin.token, content)),
      );
      const [botDefinition, configInfo, icon] = files;
      const { status, body } = await admin.post('/api/public/bot/import', {
        botDefinition,
        configInfo,
        icon,
      });
      if (status !== 200) {
        expect(body).toMatchObject({ errors: [{ type: 'invalid_file_id' }] });
        outcomes.refused += 1;
        continue;
      }
      outcomes.accepted += 1;
      const end = await untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
      expect(end).toMatchObject({ status: 'success' });
    }
    running = false;
    await removing;
    expect(removed).toBeGreaterThan(0);
    expect(outcomes.accepted).toBeGreaterThan(0);
  } finally {
    await open.destroy();
    await server.close();
  }
});
