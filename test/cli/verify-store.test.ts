import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecipePart, RecipeWriter, readRecipe } from '../../src/archives/recipe.ts';
import { packText, unpackText } from '../../src/storage/packed-text.ts';
import { sampleBots } from '../support/samples.ts';
import {
  callerOf,
  exportBot,
  importedBot,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { botport } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-verify-'));
/** A store with a bot, a version of it, and two exports; its server is stopped. */
const sound = path.join(folder, 'sound');
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  const admin = await callerOf(server, await server.createApp());
  const [bot] = sampleBots();
  if (!bot) throw new Error('the samples are missing');
  const botId = await importedBot(server, admin, bot);
  await publishBot(admin, botId);
  await exportBot(admin, botId);
  await exportBot(admin, botId, { exportType: 'published', exportOptions: { nlpData: ['utterances'] } });
  const db = new DatabaseSync(path.join(server.dataFolder, 'botport.sqlite'));
  db.prepare('vacuum into ?').run(makePath('copy.sqlite'));
  db.close();
  cpSync(server.dataFolder, sound, { recursive: true, filter: (file) => !/\.sqlite/.test(file) });
  cpSync(makePath('copy.sqlite'), path.join(sound, 'botport.sqlite'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function makePath(name: string): string {
  return path.join(folder, name);
}

const verify = (dataFolder: string, ...args: string[]) =>
  botport(['verify-store', ...args], { BOTPORT_DATA: dataFolder });

let copies = 0;

/** A copy of the sound store with something done to its database. */
function spoilt(spoil: (db: DatabaseSync) => void): string {
  const copy = makePath(`copy-${++copies}`);
  cpSync(sound, copy, { recursive: true });
  const db = new DatabaseSync(path.join(copy, 'botport.sqlite'), { enableForeignKeyConstraints: false });
  try {
    spoil(db);
  } finally {
    db.close();
  }
  return copy;
}

type Row = Record<string, string | number | null | Uint8Array>;
function only(db: DatabaseSync, query: string): Row {
  const row = db.prepare(query).get();
  if (!row) throw new Error(`nothing for ${query}`);
  return row as Row;
}

/** A segment that an archive and a snapshot need, and one whose text is not short. */
const aSegment = 'select * from segments order by text_length desc limit 1';
const anExport = 'select * from export_requests order by created_at desc, id limit 1';

describe('a sound store', () => {
  test('has no faults, and what was looked at is counted', async () => {
    const { code, stdout, stderr } = await verify(sound);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^0 faults in [1-9]\d* segments, 1 snapshots, 2 archives, [1-9]\d* uploads, 4 requests\n$/,
    );
  });

  test('is reported as one line of JSON with --json', async () => {
    const { stdout } = await verify(sound, '--json');
    expect(JSON.parse(stdout)).toEqual({
      checked: {
        segments: expect.any(Number),
        snapshots: 1,
        archives: 2,
        uploads: expect.any(Number),
        requests: 4,
      },
      unreferenced: { segments: 0, recipes: 0 },
      faults: [],
    });
  });

  test('can be checked beside the server that runs on it', async () => {
    expect(await verify(server.dataFolder)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a planted fault is found, named, and ends the command with 1', () => {
  const faultsOf = async (dataFolder: string): Promise<string[]> => {
    const { code, stdout, stderr } = await verify(dataFolder, '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    return (JSON.parse(stdout) as { faults: string[] }).faults;
  };

  test('a byte of a segment that is another', async () => {
    let digest: unknown;
    const copy = spoilt((db) => {
      const segment = only(db, aSegment);
      digest = segment.digest;
      const bytes = Buffer.from(segment.bytes as Uint8Array);
      const at = bytes.length >> 1;
      bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
      db.prepare('update segments set bytes = ? where digest = ?').run(bytes, segment.digest as string);
    });
    const faults = await faultsOf(copy);
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toContain(`segment ${digest}`);
  });

  test('a segment with another text of the same length', async () => {
    const copy = spoilt((db) => {
      const { digest, text_length } = only(db, aSegment);
      const bytes = deflateRawSync(Buffer.alloc(text_length as number, 'x'), { finishFlush: 2 });
      db.prepare('update segments set bytes = ? where digest = ?').run(bytes, digest as string);
    });
    expect(await faultsOf(copy)).toContainEqual(expect.stringContaining('the digest is another'));
  });

  test('a segment that is gone', async () => {
    let digest: unknown;
    const copy = spoilt((db) => {
      digest = only(db, aSegment).digest;
      db.prepare('delete from segments where digest = ?').run(digest as string);
    });
    expect(await faultsOf(copy)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^snapshot \\w+: segment ${digest} is missing or another$`)),
        expect.stringMatching(new RegExp(`^export ber-\\S+: segment ${digest} is missing or another$`)),
      ]),
    );
  });

  test('a segment with another CRC-32 or length in its row', async () => {
    const copy = spoilt((db) => {
      const { digest } = only(db, aSegment);
      db.prepare('update segments set crc32 = 1, text_length = 1 where digest = ?').run(digest as string);
    });
    expect(await faultsOf(copy)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('the CRC-32 is another'),
        expect.stringContaining('the length is another'),
      ]),
    );
  });

  test('a segment nothing refers to is counted, and no fault', async () => {
    const copy = spoilt((db) => {
      db.prepare('insert into segments (digest, text_length, crc32, bytes) values (?, 0, 0, ?)').run(
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        Buffer.from([0, 0, 0, 255, 255]),
      );
    });
    expect(JSON.parse((await verify(copy, '--json')).stdout)).toMatchObject({
      unreferenced: { segments: 1, recipes: 0 },
      faults: [],
    });
    expect((await verify(copy)).stdout).toContain('nothing refers to 1 segments and 0 recipes');
  });

  test('a manifest whose sections are in another order', async () => {
    const copy = spoilt((db) => {
      const { bytes } = only(db, 'select * from manifests');
      const changed = JSON.parse(unpackText(bytes as Uint8Array));
      changed.sections.reverse();
      db.prepare('update manifests set bytes = ?').run(packText(JSON.stringify(changed)));
    });
    expect(await faultsOf(copy)).toContainEqual(
      expect.stringMatching(/^snapshot [0-9a-f]{64}: the digest is another$/),
    );
  });

  test('bots that are not numbered without a gap', async () => {
    const copy = spoilt((db) => db.exec('update bots set ordinal = 1'));
    expect(await faultsOf(copy)).toContainEqual(
      expect.stringMatching(/^account .+: its bots are not numbered without a gap$/),
    );
  });

  test('a bot whose draft is not its newest', async () => {
    const copy = spoilt((db) => db.exec('pragma foreign_keys = off; delete from drafts'));
    expect(await faultsOf(copy)).toContainEqual(
      expect.stringMatching(/^bot st-.+: the newest draft is another$/),
    );
  });

  test('a bot whose published version is missing', async () => {
    const copy = spoilt((db) => db.exec('update bots set published = 7'));
    expect(await faultsOf(copy)).toContainEqual(
      expect.stringMatching(/^bot st-.+: the published version is missing$/),
    );
  });

  test('a manifest that is none', async () => {
    const copy = spoilt((db) => db.prepare('update manifests set bytes = ?').run(packText('{')));
    expect(await faultsOf(copy)).toContainEqual(
      expect.stringMatching(/^snapshot [0-9a-f]{64}: the manifest cannot be read$/),
    );
  });

  /** The store with the recipe of the newest export changed. */
  const withRecipe = (change: (bytes: Buffer) => Buffer) =>
    spoilt((db) => {
      const { recipe } = only(db, anExport);
      const { bytes } = only(db, `select bytes from recipes where digest = '${recipe}'`);
      const changed = change(Buffer.from(bytes as Uint8Array));
      db.prepare('update recipes set bytes = ? where digest = ?').run(changed, recipe as string);
    });
  const rewritten = (bytes: Buffer, change: (parts: RecipePart[]) => void) => {
    const parts = readRecipe(bytes);
    change(parts);
    const writer = new RecipeWriter();
    for (const part of parts) writer.add(part);
    return writer.finish();
  };
  const anotherDigest = expect.stringMatching(/^export ber-\S+: the digest is another$/);

  test('a recipe with a part less', async () => {
    const copy = withRecipe((bytes) => rewritten(bytes, (parts) => void parts.pop()));
    expect(await faultsOf(copy)).toEqual([
      expect.stringMatching(/^export ber-\S+: the size is another$/),
      anotherDigest,
    ]);
  });

  test('a recipe that takes a run there is not', async () => {
    const copy = withRecipe((bytes) =>
      rewritten(bytes, (parts) => void parts.push({ from: 100_000, count: 1 })),
    );
    expect(await faultsOf(copy)).toContainEqual(
      expect.stringMatching(/^export ber-\S+: a reference leads nowhere$/),
    );
  });

  test('an export with another size', async () => {
    const copy = spoilt((db) => {
      db.prepare('update export_requests set size = size + 1 where id = ?').run(
        only(db, anExport).id as string,
      );
    });
    expect(await faultsOf(copy)).toEqual([expect.stringMatching(/^export ber-\S+: the size is another$/)]);
  });

  test('a recipe with another byte in a literal', async () => {
    const copy = withRecipe((bytes) => {
      bytes.writeUInt8((bytes[bytes.length - 1] ?? 0) ^ 1, bytes.length - 1);
      return bytes;
    });
    expect(await faultsOf(copy)).toEqual([anotherDigest]);
  });

  test.each([
    ['of another form', (bytes: Buffer) => Buffer.concat([Buffer.from([2]), bytes.subarray(1)])],
    ['that is cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['that ends in the middle of a number', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0x80])])],
    ['of no bytes', () => Buffer.alloc(0)],
  ])('a recipe %s', async (_what, change) => {
    expect(await faultsOf(withRecipe(change))).toEqual([
      expect.stringMatching(/^export ber-\S+: the recipe cannot be read$/),
    ]);
  });

  test('a recipe that is gone', async () => {
    const copy = spoilt((db) => db.exec('update export_requests set recipe = null'));
    const faults = await faultsOf(copy);
    expect(faults).toContainEqual(expect.stringMatching(/^export ber-\S+: the recipe is missing$/));
  });

  test('an upload of which a part is gone', async () => {
    const copy = spoilt((db) => {
      const { upload_id } = only(db, 'select upload_id from upload_chunks limit 1');
      db.prepare('delete from upload_chunks where upload_id = ?').run(upload_id as string);
    });
    expect(await faultsOf(copy)).toEqual([expect.stringMatching(/^upload \w+: bytes are missing$/)]);
  });

  test('a pending request nobody works on', async () => {
    let id: unknown;
    const copy = spoilt((db) => {
      id = only(db, anExport).id;
      db.prepare(`update export_requests set status = 'pending' where id = ?`).run(id as string);
    });
    expect(await faultsOf(copy)).toEqual([`request ${id}: pending, but nobody works on it`]);
  });

  test('a job of no request', async () => {
    const copy = spoilt((db) =>
      db.exec(`insert into jobs (kind, request_id, attempts, run_at) values ('export', 'ber-1', 0, 0)`),
    );
    expect(await faultsOf(copy)).toEqual(['job of ber-1: there is no such request']);
  });

  test('a draft that is not there', async () => {
    const copy = spoilt((db) => db.exec(`update bots set draft = 'nowhere'`));
    expect(await faultsOf(copy)).toContain('table bots: a reference leads nowhere');
  });

  test('several faults are a line each, before the summary', async () => {
    const copy = spoilt((db) => {
      db.exec(`insert into jobs (kind, request_id, attempts, run_at) values ('export', 'ber-1', 0, 0)`);
      db.exec(`insert into jobs (kind, request_id, attempts, run_at) values ('export', 'ber-2', 0, 0)`);
    });
    const { code, stdout } = await verify(copy);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^job of ber-1: there is no such request\njob of ber-2: there is no such request\n2 faults in /,
    );
  });
});

test('a folder without a store is refused, and none is made', async () => {
  const nowhere = makePath('nowhere');
  const { code, stdout, stderr } = await verify(nowhere);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr.split('\n')[0]).toBe(`botport: There is no Botport data in this folder: ${nowhere}`);
  expect(existsSync(nowhere)).toBe(false);
});

test('a file that is no database is a failure in a line', async () => {
  const copy = makePath('no-database');
  cpSync(path.join(sound, 'botport.key'), path.join(copy, 'botport.sqlite'), { recursive: true });
  const { code, stdout, stderr } = await verify(copy);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toBe('botport: file is not a database\n');
});
