import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as yauzl from 'yauzl';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  pixel,
  publishBot,
  startServer,
  type TestServer,
  untilEnded,
  upload,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
const folder = mkdtempSync(path.join(tmpdir(), 'botport-fidelity-'));

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const bots = [...sampleBots(), ...referenceBots()];

describe.each(bots)('$name', ({ definition, config }) => {
  let botId: string;
  let archive: Buffer;

  beforeAll(async () => {
    botId = await importedBot(server, admin, { definition, config, icon: pixel });
    await publishBot(admin, botId);
    ({ archive } = await exportBot(admin, botId, { exportType: 'published' }));
  });

  test('comes out of a whole export byte for byte', async () => {
    const members = await membersOf(archive);
    expect([...members.keys()]).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
    const text = members.get('botDefinition.json')?.toString() ?? '';
    expect(withoutRewritten(text)).toBe(withoutRewritten(definition.toString()));
    expect(JSON.parse(text)._id).toBe(botId);
    expect(members.get('config.json')).toEqual(config);
    expect(members.get('icon.png')).toEqual(pixel);
  });

  test('gives the same bytes when exported again, from the draft as from the published version', async () => {
    const again = await exportBot(admin, botId, { exportType: 'published' });
    const draft = await exportBot(admin, botId, { exportType: 'latest' });
    expect(again.archive.equals(archive)).toBe(true);
    expect(draft.archive.equals(archive)).toBe(true);
  });

  test('goes in again from its own archive and comes out the same', async () => {
    const zipInfo = await upload(server, admin.token, archive, 'bot.zip');
    const { body } = await admin.post('/api/public/bot/import', { uploadMode: 'ZIP', zipInfo });
    const { streamId } = await untilEnded(admin, `/api/public/bot/import/status/${body._id}`);
    const second = await exportBot(admin, streamId as string);
    const first = archive;
    const text = async (zip: Buffer) => (await membersOf(zip)).get('botDefinition.json')?.toString() ?? '';
    expect((await text(second.archive)).replace(streamId as string, botId)).toBe(await text(first));
  });
});

describe('the archive', () => {
  let file: string;
  let expected: Map<string, Buffer>;

  beforeAll(async () => {
    const [bot] = sampleBots();
    if (!bot) throw new Error('there is no sample bot');
    const scripts = [{ name: 'bot_functions.js', content: 'function hello() {}\n' }];
    const botId = await importedBot(server, admin, { ...bot, scripts });
    const { archive } = await exportBot(admin, botId);
    file = path.join(folder, 'bot.zip');
    writeFileSync(file, archive);
    expected = await membersOf(archive);
  });

  test('holds definition, config, icon and scripts in this order', () => {
    expect([...expected.keys()]).toEqual([
      'botDefinition.json',
      'config.json',
      'icon.png',
      'bot_functions.js',
    ]);
  });

  test('is accepted by Info-ZIP, also in its strictest listing', () => {
    expect(execFileSync('unzip', ['-t', file]).toString()).toContain('No errors detected');
    const listing = execFileSync('unzip', ['-Z', '-v', file]).toString();
    expect(listing).not.toMatch(/warning|error/i);
    expect(listing).toContain('-rw-rw-r--');
    expect(execFileSync('unzip', ['-p', file, 'botDefinition.json'], { maxBuffer: 1e9 })).toEqual(
      expected.get('botDefinition.json'),
    );
  });

  test('is accepted by Python’s zipfile', () => {
    const script = `
import sys, zipfile, hashlib
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    for name in z.namelist(): print(name, len(z.read(name)))`;
    const printed = execFileSync('python3', ['-c', script, file]).toString().trim().split('\n');
    expect(printed).toEqual([...expected].map(([name, content]) => `${name} ${content.length}`));
  });

  test('is accepted by Java’s ZipInputStream, which reads it as a stream', ({ skip }) => {
    if (!hasTool('java')) skip('there is no Java on this machine');
    const source = path.join(folder, 'Read.java');
    writeFileSync(
      source,
      `import java.io.*; import java.util.zip.*;
      class Read { public static void main(String[] a) throws Exception {
        try (ZipInputStream zip = new ZipInputStream(new FileInputStream(a[0]))) {
          for (ZipEntry entry; (entry = zip.getNextEntry()) != null; )
            System.out.println(entry.getName() + " " + zip.readAllBytes().length);
        } } }`,
    );
    const printed = execFileSync('java', [source, file]).toString().trim().split('\n');
    expect(printed).toEqual([...expected].map(([name, content]) => `${name} ${content.length}`));
  });

  test('is accepted by yauzl', async () => {
    const open = promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open);
    const zip = await open(file, { lazyEntries: true, validateEntrySizes: true });
    const names: string[] = [];
    await new Promise<void>((resolve, reject) => {
      zip.on('error', reject).on('end', resolve);
      zip.on('entry', (entry: yauzl.Entry) => {
        names.push(entry.fileName);
        zip.openReadStream(entry, (error, stream) => {
          if (error) return reject(error);
          stream.on('error', reject).on('end', () => zip.readEntry());
          stream.resume();
        });
      });
      zip.readEntry();
    });
    expect(names).toEqual([...expected.keys()]);
  });
});

function hasTool(name: string): boolean {
  try {
    execFileSync('which', [name]);
    return true;
  } catch {
    return false;
  }
}
