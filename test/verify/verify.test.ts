import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explodeArchive } from '../../src/exploded/explode.ts';
import { packFolder, packMembers } from '../../src/exploded/pack.ts';
import { readLocalBot } from '../../src/local/read-bot.ts';
import { type Verification, type VerifyOptions, verify } from '../../src/verify/verify.ts';
import { makeZip } from '../archives/zip-kit.ts';
import { limits, scratchFolder, smallBot, writeBot, zipBot } from '../support/bot-files.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  pixel,
  smallDefinition,
  startServer,
  type TestServer,
} from '../support/server.ts';

const folder = scratchFolder();
const at = (name: string) => path.join(folder, name);
const check = (place: string, options: Omit<VerifyOptions, 'limits'> = {}) =>
  verify(place, { limits, ...options });

const errorsOf = ({ findings }: Verification) =>
  findings.flatMap(({ severity, place, words }) => (severity === 'error' ? [`${place}: ${words}`] : []));

/** What is wrong with a small bot that has these files. */
async function faultsOf(files: Parameters<typeof writeBot>[1]): Promise<string[]> {
  rmSync(at('faulty'), { recursive: true, force: true });
  return errorsOf(await check(writeBot(at('faulty'), files)));
}

describe('a bot that is whole', () => {
  test.each([...sampleBots(), ...referenceBots()])('$name', async ({ definition, config }) => {
    const place = await zipBot(at('whole.zip'), { 'botDefinition.json': definition, 'config.json': config });
    expect(errorsOf(await check(place))).toEqual([]);
  });

  test('says its SHA-256, which is that of the file', async () => {
    const place = await zipBot(at('digest.zip'));
    const sha256 = createHash('sha256').update(readFileSync(place)).digest('hex');
    expect(await check(place, { sha256 })).toMatchObject({ whole: true, kind: 'archive', sha256 });
    expect(await check(place, { sha256: sha256.toUpperCase() })).toMatchObject({ whole: true });
    expect(errorsOf(await check(place, { sha256: 'ab'.repeat(32) }))).toEqual([
      `${place}: has the SHA-256 ${sha256}; expected ${'ab'.repeat(32)}`,
    ]);
  });

  test('may be a folder, which has no digest', async () => {
    const place = writeBot(at('folder'));
    expect(await check(place)).toMatchObject({ whole: true, kind: 'folder', sha256: null });
    expect(errorsOf(await check(place, { sha256: 'ab'.repeat(32) }))[0]).toContain('a folder has no digest');
  });
});

describe('an archive is never taken for whole when', () => {
  const members = smallBot({ 'bot_functions.js': 'function greet(name) { return name; }\n' });
  const archive = makeZip(members);
  const contents = async (place: string) => {
    const { members: found } = await readLocalBot(place, limits);
    return found.map(({ name, content }) => [name, content.toString('base64')]);
  };
  const original = members.map(({ name, content }) => [name, content.toString('base64')]);
  const written = async (bytes: Uint8Array) => {
    writeFileSync(at('damaged.zip'), bytes);
    return { ...(await check(at('damaged.zip'))), place: at('damaged.zip') };
  };

  test.each([
    ['somebody else’s', async () => archive],
    ['packed here', () => packMembers(members)],
  ])(
    'a byte of it was changed, unless its content is the same: %s',
    async (_whose, make) => {
      const bytes = await make();
      const change = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) });
      await fc.assert(
        fc.asyncProperty(change, async ({ at: place, by }) => {
          const damaged = Buffer.from(bytes);
          damaged.writeUInt8(damaged.readUInt8(place) ^ by, place);
          const { whole } = await written(damaged);
          if (whole) expect(await contents(at('damaged.zip'))).toEqual(original);
        }),
        { numRuns: 300 },
      );
    },
    60_000,
  );

  test('it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), async (length) => {
        expect((await written(archive.subarray(0, length))).whole).toBe(false);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  test('the contents of two members were swapped', async () => {
    for (const one of members.keys()) {
      for (const other of members.keys()) {
        if (one >= other) continue;
        const swapped = members.map((member, index) => {
          const from = index === one ? members[other] : index === other ? members[one] : member;
          return { name: member.name, content: from?.content ?? '' };
        });
        expect([one, other, (await written(makeZip(swapped))).whole]).toEqual([one, other, false]);
      }
    }
  });
});

describe('errors name the place', () => {
  test('every item of a definition that has one', async () => {
    const definition = JSON.stringify(
      smallDefinition({
        sentences: [{ _id: 's1' }, { _id: 's2' }, { _id: 's1' }],
        patterns: [{ _id: 'p1' }, 'no object'],
        purpose: 'customer',
      }),
      null,
      4,
    ).replace('"customer"', '{"a": 1, "a": 2}');
    expect(await faultsOf({ 'botDefinition.json': definition })).toEqual([
      expect.stringMatching(/^botDefinition\.json, purpose: An object repeats a key/),
      'botDefinition.json, sentences[2]: has the same _id as sentences[0]: s1',
      'botDefinition.json, patterns[1]: is no object',
    ]);
  });

  test('a definition that is no JSON from some place on', async () => {
    const text = JSON.stringify(smallDefinition(), null, 4);
    const [fault] = await faultsOf({ 'botDefinition.json': text.slice(0, -20) });
    expect(fault).toMatch(/^botDefinition\.json: The file is not valid JSON/);
  });

  test('a key twice at the top', async () => {
    const text = JSON.stringify(smallDefinition()).replace('{', '{"purpose":"other",');
    const [fault] = await faultsOf({ 'botDefinition.json': text });
    expect(fault).toMatch(/An object repeats a key: .*purpose/);
  });

  test('a definition that lacks what every bot has', async () => {
    const [fault] = await faultsOf({ 'botDefinition.json': { _id: 'st-1', dialogs: [] } });
    expect(fault).toMatch(/^botDefinition\.json: The file is not a bot definition: defaultLanguage/);
  });

  test('config.json, icon and script, all at once', async () => {
    const faults = await faultsOf({
      'config.json': '{"envVariables": {}}',
      'icon.png': 'a text',
      'bot_functions.js': Buffer.from([0xff, 0xfe, 0x00]),
    });
    expect(faults).toEqual([
      expect.stringMatching(/^config\.json: The config file is not a bot config/),
      'icon.png: is no image',
      'bot_functions.js: is not UTF-8',
    ]);
  });

  test('an exploded folder that does not pack', async () => {
    const archive = await zipBot(at('explode.zip'));
    await explodeArchive(archive, at('exploded'), limits);
    expect(await check(at('exploded'))).toMatchObject({ whole: true, kind: 'exploded folder' });
    rmSync(path.join(at('exploded'), 'config.json'));
    const verification = await check(at('exploded'));
    expect(verification).toMatchObject({ whole: false, kind: null });
    expect(verification.findings[0]).toMatchObject({ type: 'exploded_damaged', place: at('exploded') });
  });
});

test('a script that does not parse is a warning, and nothing of it is run', async () => {
  const run = `require('node:fs').writeFileSync(${JSON.stringify(at('was-run'))}, '');`;
  const place = writeBot(at('scripts'), { 'a.js': `${run}\n`, 'b.js': 'function (' });
  const { whole, findings } = await check(place);
  expect(whole).toBe(true);
  expect(findings).toContainEqual(
    expect.objectContaining({ severity: 'warning', place: 'b.js', words: expect.stringContaining('parse') }),
  );
  expect(() => readFileSync(at('was-run'))).toThrow('ENOENT');
});

test('a path where nothing is fails', async () => {
  await expect(check(at('none'))).rejects.toMatchObject({ type: 'bot_not_found' });
});

describe('what a Botport host exported', () => {
  let server: TestServer;
  let admin: Caller;
  let bot: string;
  const sample = (name: string) =>
    readFileSync(new URL(`../../samples/bank-assistant/${name}`, import.meta.url));
  beforeAll(async () => {
    server = await startServer();
    admin = await callerOf(server, await server.createApp());
    bot = await importedBot(server, admin, {
      definition: sample('botDefinition.json'),
      config: sample('config.json'),
      icon: pixel,
    });
  });
  afterAll(() => server.close());

  const exported = async (name: string, more = {}) => {
    const { archive } = await exportBot(admin, bot, { exportType: 'latest', ...more });
    writeFileSync(at(name), archive);
    return at(name);
  };

  test('has the encryptedHash of its content, whole or in part', async () => {
    for (const more of [
      {},
      { exportOptions: { tasks: ['botTask'], nlpData: ['utterances'] } },
      {
        subTasks: { dialogs: ['Block Card'] },
        exportOptions: { settings: ['botSettings'], tasks: ['botTask'] },
      },
    ]) {
      const verification = await check(await exported('export.zip', more), { unedited: true });
      expect(errorsOf(verification)).toEqual([]);
      expect(verification.findings.filter(({ place }) => place.includes('encryptedHash'))).toEqual([]);
    }
  });

  test('and still has it after explode and pack, until somebody edits it', async () => {
    const archive = await exported('edit.zip');
    await explodeArchive(archive, at('edited'), limits);
    await packFolder(at('edited'), at('packed.zip'), limits);
    expect(errorsOf(await check(at('packed.zip'), { unedited: true }))).toEqual([]);
    const file = path.join(at('edited'), 'definition.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"purpose": "customer"', '"purpose": "employee"'));
    expect((await check(at('edited'))).findings).toContainEqual(
      expect.objectContaining({ severity: 'note', place: 'botDefinition.json, encryptedHash' }),
    );
    expect(errorsOf(await check(at('edited'), { unedited: true }))).toEqual([
      'botDefinition.json, encryptedHash: does not fit the content: no Botport host exported it like this',
    ]);
  });

  test('tells what was left out by choice from what leads nowhere', async () => {
    const references = async (more: object) => {
      const { whole, findings } = await check(await exported('part.zip', more));
      expect(whole).toBe(true);
      return findings.map(({ severity, words }) => `${severity} ${words}`);
    };
    expect(await references({})).toEqual([]);
    const single = await references({ subTasks: { dialogs: ['Block Card'] } });
    expect(single).toContainEqual(expect.stringMatching(/^warning call -> dialog ".*" leads nowhere$/));
    const tasks = await references({ exportOptions: { tasks: ['botTask'] } });
    expect(tasks).toContainEqual(
      expect.stringMatching(
        /^note form -> form .* leads nowhere: the export was made without forms \(tasks\.forms\)$/,
      ),
    );
    expect(tasks).toContainEqual(
      expect.stringMatching(/^note variable -> environment variable .* made without/),
    );
    expect(tasks.filter((words) => words.startsWith('warning'))).toEqual([]);
  });
});
