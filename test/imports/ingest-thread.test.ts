import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { generateBot, sampleConfig } from '../../bench/generate-bot.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { createIngestThread } from '../../src/imports/ingest-thread.ts';
import { openUploads, type Upload } from '../../src/imports/uploads.ts';
import type { KeepSegments } from '../../src/snapshots/segment-maker.ts';
import { type Db, databaseFile, openDatabase } from '../../src/storage/database.ts';
import { smallDefinition } from '../support/server.ts';

const limits = { maxItem: 1024 ** 2, maxUnpacked: 1024 ** 3 };
let db: Db;
let file: string;
let folder: string;
const thread = createIngestThread();
const opened = [thread];

let large: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'botport-thread-'));
  db = await openDatabase(folder);
  file = databaseFile(folder);
  large = [...generateBot(6e6)].join('');
});
afterEach(() => Promise.all(opened.splice(1).map((one) => one.close())));
afterAll(async () => {
  await thread.close();
  await db.destroy();
  rmSync(folder, { recursive: true });
});

async function uploaded(content: string | Buffer): Promise<Upload> {
  const { id } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  const caller = { accountId: id, userId: 'u', clientId: 'cs' } as Caller;
  return openUploads(db, { maxUpload: 1e9 }).store(caller, 'file', Readable.from([Buffer.from(content)]));
}

/** A task to ingest a definition. */
async function taskFor(definition: string | Buffer) {
  return {
    databaseFile: file,
    limits,
    work: {
      type: 'files' as const,
      source: {
        mode: 'JSON' as const,
        definition: await uploaded(definition),
        config: await uploaded(sampleConfig()),
        icon: await uploaded('icon'),
        scripts: [],
      },
    },
  };
}

const never = new AbortController().signal;
const lengthsOf: KeepSegments = async (segments) => segments.map(({ bytes }) => bytes.length);

test('gives snapshots, one after the other', async () => {
  const task = await taskFor(JSON.stringify(smallDefinition()));
  const first = await thread.run(task, { signal: never, keep: lengthsOf });
  expect(first.snapshot.manifest.profile.name).toBe('A bot');
  expect(await thread.run(task, { signal: never, keep: lengthsOf })).toEqual(first);
});

test('says how far it is, and never more than there is', async () => {
  const seen: number[] = [];
  await thread.run(await taskFor(large), {
    signal: never,
    keep: lengthsOf,
    progress({ bytes, total, items }) {
      expect(total).toBe(Buffer.byteLength(large));
      expect(items).toBeGreaterThan(0);
      seen.push(bytes);
    },
  });
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBeLessThanOrEqual(Buffer.byteLength(large));
});

test('hands segments on while it reads, each once, and counts on the lengths they are kept with', async () => {
  const digests: string[] = [];
  let batches = 0;
  const { snapshot } = await thread.run(await taskFor(large), {
    signal: never,
    async keep(segments) {
      batches += 1;
      digests.push(...segments.map(({ digest }) => digest));
      return segments.map(({ bytes }) => bytes.length + 1000);
    },
  });
  expect(batches).toBeGreaterThan(1);
  expect(new Set(digests).size).toBe(digests.length);
  const config = snapshot.manifest.files[0]?.run;
  expect(digests).toContain(config?.digest);
  expect(config?.storedLength).toBeGreaterThan(1000);
});

test('refuses a file with the error of the registry, and takes the next one', async () => {
  const refused = thread.run(await taskFor('{"a": [1'), { signal: never, keep: lengthsOf });
  await expect(refused).rejects.toMatchObject({
    name: 'BotportError',
    type: 'json_malformed',
    detail: expect.stringContaining('byte 8'),
  });
  const task = await taskFor(JSON.stringify(smallDefinition()));
  expect(await thread.run(task, { signal: never, keep: lengthsOf })).toMatchObject({
    snapshot: { botId: expect.stringMatching(/^st-/) },
  });
});

test('fails with what keeping fails with', async () => {
  const run = thread.run(await taskFor(large), {
    signal: never,
    keep: () => Promise.reject(new Error('the disk is full')),
  });
  await expect(run).rejects.toThrow('the disk is full');
});

test('ends with the reason of an abort, and keeps nothing any more', async () => {
  const stop = new AbortController();
  let kept = 0;
  const run = thread.run(await taskFor(large), {
    signal: stop.signal,
    async keep(segments) {
      kept += 1;
      stop.abort(new Error('enough'));
      return lengthsOf(segments);
    },
  });
  await expect(run).rejects.toThrow('enough');
  const before = kept;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(kept).toBe(before);
  await expect(thread.run(await taskFor(large), { signal: stop.signal, keep: lengthsOf })).rejects.toThrow(
    'enough',
  );
});

test.each([
  ['ends by itself', 'exit', /ended with code 3/],
  ['throws', 'throw', /the thread of an import died/],
  ['runs out of memory', 'memory', /the thread of an import died/],
])(
  'a thread that %s fails its run, and nothing else',
  async (_what, way, message) => {
    const dying = createIngestThread(new URL('./thread-that-dies.ts', import.meta.url));
    opened.push(dying);
    const zip: Upload = { id: way, fileName: 'f', size: 1, sha1: '' };
    const run = dying.run(
      {
        databaseFile: file,
        limits: { ...limits, maxItem: 1 },
        work: { type: 'files', source: { mode: 'ZIP', zip } },
      },
      { signal: never, keep: lengthsOf },
    );
    const error = await run.catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(error).not.toMatchObject({ name: 'BotportError' });
  },
  60_000,
);
