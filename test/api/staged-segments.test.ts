import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateBot } from '../../bench/generate-bot.ts';
import { loadConfig } from '../../src/config.ts';
import { serve } from '../../src/serve.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { databaseFile, openDatabase } from '../../src/storage/database.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importBot,
  startServer,
  type TestServer,
} from '../support/server.ts';

/* Segments go into the store while an import runs; nobody sees them before its end. */

let server: TestServer;
let admin: Caller;
const definition = [...generateBot(6e6)].join('');
beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

function query(sql: string, folder = server.dataFolder): unknown[] {
  const db = new DatabaseSync(databaseFile(folder));
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

async function report() {
  const db = await openDatabase(server.dataFolder);
  try {
    return await verifyStore(db);
  } finally {
    await db.destroy();
  }
}

test('what a failed import stored is left unreferenced, and its ingest is over', async () => {
  const broken = `${definition.slice(0, -1)}, 5}`;
  expect(await importBot(server, admin, { definition: broken })).toMatchObject({
    status: 'failed',
    errors: [{ type: 'json_malformed' }],
  });
  expect(query('select * from ingests')).toEqual([]);
  expect(query('select * from bots')).toEqual([]);
  const { faults, unreferenced, checked } = await report();
  expect(faults).toEqual([]);
  expect(unreferenced.segments).toBeGreaterThan(10);
  expect(checked.segments).toBe(unreferenced.segments);
});

test('an import of the same content takes them up, marks them as its own and leaves none over', async () => {
  const [{ before } = { before: 0 }] = query('select max(ingest) as before from segments') as {
    before: number;
  }[];
  const status = await importBot(server, admin, { definition });
  expect(status).toMatchObject({ status: 'success' });
  expect(query('select * from ingests')).toEqual([]);
  const marks = query('select distinct ingest from segments');
  expect(marks).toEqual([{ ingest: expect.any(Number) }]);
  expect((marks as { ingest: number }[])[0]?.ingest).toBeGreaterThan(before);
  expect(await report()).toMatchObject({ faults: [], unreferenced: { segments: 0, recipes: 0 } });
});

test('content that was compressed otherwise when it came first is exported as it lies', async () => {
  // As an earlier version, or another zlib, would have left the segments of a broken import.
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-levels-'));
  const one = await startServer();
  try {
    const caller = await callerOf(one, await one.createApp());
    const other = [...generateBot(2e6, 'levels')].join('');
    const stored = (await import('node:zlib')).constants.Z_SYNC_FLUSH;
    const { deflateRawSync, inflateRawSync } = await import('node:zlib');
    await importBot(one, caller, { definition: other });
    const db = new DatabaseSync(databaseFile(one.dataFolder));
    const kept = ['outlines', 'manifests', 'drafts', 'bots', 'snapshots'];
    db.exec(`pragma foreign_keys = off; ${kept.map((table) => `delete from ${table}`).join(';')}`);
    const update = db.prepare('update segments set bytes = ? where digest = ?');
    for (const { digest, bytes } of db.prepare('select digest, bytes from segments').all()) {
      const text = inflateRawSync(Buffer.concat([bytes as Uint8Array, Buffer.from([3, 0])]));
      update.run(deflateRawSync(text, { level: 1, finishFlush: stored }), digest as string);
    }
    db.close();
    const again = await importBot(one, caller, { definition: other });
    const { archive } = await exportBot(caller, again.streamId as string);
    const { membersOf, withoutRewritten } = await import('../support/archive.ts');
    const text = String((await membersOf(archive)).get('botDefinition.json'));
    expect(withoutRewritten(text) === withoutRewritten(other)).toBe(true);
  } finally {
    await one.close();
    rmSync(folder, { recursive: true });
  }
});

test('ingests of a killed process are over when a server starts', async () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'botport-killed-'));
  const config = { ...loadConfig({}), port: 0, dataFolder, logLevel: 'silent' as const };
  await (await serve(config)).stop();
  query("insert into ingests (request_id, created_at) values ('bir-x', 1) returning id", dataFolder);
  await (await serve(config)).stop();
  expect(query('select * from ingests', dataFolder)).toEqual([]);
  rmSync(dataFolder, { recursive: true });
});
