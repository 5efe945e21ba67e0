import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { botport, type Outcome } from './run.ts';
import { launcher } from './serving.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-export-'));
const bank = sampleBots().find(({ name }) => name.includes('bank'));

let server: TestServer;
let app: AppCredentials;
let admin: Caller;
let botId: string;
let unpublished: string;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  admin = await callerOf(server, app);
  if (!bank) throw new Error('the sample bot is missing');
  botId = await importedBot(server, admin, bank);
  await publishBot(admin, botId);
  unpublished = await importedBot(server, admin, bank);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
const newFile = () => path.join(folder, `${++files}.zip`);
const environment = () => ({
  BOTPORT_CLIENT_ID: app.clientId,
  BOTPORT_CLIENT_SECRET: app.clientSecret,
});
const run = (args: string[], variables: Record<string, string> = environment()) =>
  botport(['export', '--host', server.url, ...args], variables);

/** How many export requests the database has. */
function requests(): unknown {
  const db = new DatabaseSync(path.join(server.dataFolder, 'botport.sqlite'), { readOnly: true });
  try {
    return db.prepare('select count(*) as n from export_requests').get()?.n;
  } finally {
    db.close();
  }
}

const definitionIn = async (file: string) =>
  String((await membersOf(readFileSync(file))).get('botDefinition.json'));

describe('a good run', () => {
  test('leaves a sound archive of the bot and says how large it is', async () => {
    const file = newFile();
    const { code, stdout, stderr } = await run([botId, '--out', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${file}: ${statSync(file).size} bytes\n`);
    execFileSync('unzip', ['-tqq', file]);
    expect(withoutRewritten(await definitionIn(file))).toBe(withoutRewritten(String(bank?.definition)));
  });

  test('writes to bot.zip where no file is named', async () => {
    const place = mkdtempSync(path.join(folder, 'here-'));
    await promisify(execFile)(process.execPath, [launcher, 'export', botId, '--host', server.url], {
      cwd: place,
      env: { ...process.env, ...environment() },
    });
    expect(existsSync(path.join(place, 'bot.zip'))).toBe(true);
  });

  test('replaces an older archive of that name, also a longer one', async () => {
    const file = newFile();
    await run([botId, '--out', file]);
    await run([botId, '--out', file, '--dialog', 'Welcome']);
    execFileSync('unzip', ['-tqq', file]);
  });

  test('takes single dialogs with what they depend on', async () => {
    const file = newFile();
    const { code } = await run([botId, '--out', file, '--dialog', 'Block Card', '--dependent']);
    expect(code).toBe(0);
    const { dialogs } = JSON.parse(await definitionIn(file)) as { dialogs: { lname: string }[] };
    const names = dialogs.map(({ lname }) => lname);
    expect(names).toContain('block card');
    expect(names.length).toBeGreaterThan(1);
    expect(names.length).toBeLessThan(32);
  });

  test('takes a dialog named twice over as two', async () => {
    const file = newFile();
    await run([botId, '--out', file, '--dialog', 'Welcome', '--dialog', 'Fallback']);
    expect(JSON.parse(await definitionIn(file)).dialogs).toHaveLength(2);
  });

  test('takes further members of the request as JSON', async () => {
    const file = newFile();
    const body = JSON.stringify({ exportOptions: { nlpData: ['utterances'] } });
    await run([botId, '--type', 'published', '--body', body, '--out', file]);
    expect(JSON.parse(await definitionIn(file))).toMatchObject({
      smallTalk: [],
      exportOptions: { nlpData: ['utterances'] },
    });
  });

  test('prints id, file and size as one line of JSON with --json', async () => {
    const file = newFile();
    const { stdout } = await run([botId, '--out', file, '--json']);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stdout)).toEqual({
      id: expect.stringMatching(/^ber-/),
      file,
      size: statSync(file).size,
    });
  });
});

describe('--explain', () => {
  test('says what is in, what is left out, and why', async () => {
    const args = [botId, '--out', newFile(), '--dialog', 'Block Card', '--dependent', '--explain'];
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines).toContain('Sections');
    expect(lines).toContain('  dialogs "Block Card"');
    expect(lines).toContain(
      '  dialogs "Choose Account", needed by call of dialogs "Close Account", needed by question of knowledgeTasks "Harbour Bank"',
    );
    expect(lines).toContain('  dialogs "Personal Loan": not chosen');
    expect(stdout).toMatch(/^Tasks in the export \(\d+\)$/m);
    expect(stdout).toMatch(/^ {2}some items: .*dialogs \(\d+ of 32\)/m);
  });

  test('names the references that dangle', async () => {
    const { stdout } = await run([botId, '--out', newFile(), '--dialog', 'Block Card', '--explain']);
    expect(stdout).toMatch(/^References that dangle \([1-9]\d*\)$/m);
    expect(stdout).toContain('  dialogs "Block Card" -> dialog "Order Card" (call): left out');
  });

  test('adds the explanation of the API to --json', async () => {
    const { stdout } = await run([botId, '--out', newFile(), '--dialog', 'Welcome', '--explain', '--json']);
    const printed = JSON.parse(stdout) as Json;
    const { body } = await admin.get(`/api/v1/exports/${printed.id}`);
    const { sections, tasks, dangling } = body;
    expect(printed).toMatchObject({ sections, tasks, dangling });
  });
});

describe('--dry-run', () => {
  test('prints the same explanation and writes nothing, neither here nor there', async () => {
    const args = [botId, '--dialog', 'Block Card', '--dependent', '--json'];
    const exported = JSON.parse((await run([...args, '--explain', '--out', newFile()])).stdout) as Json;
    const before = requests();
    const file = newFile();
    const { code, stdout } = await run([...args, '--dry-run', '--out', file]);
    expect(code).toBe(0);
    const { sections, tasks, dangling } = JSON.parse(stdout) as Json;
    expect({ sections, tasks, dangling }).toEqual({
      sections: exported.sections,
      tasks: exported.tasks,
      dangling: exported.dangling,
    });
    expect(requests()).toBe(before);
    expect(existsSync(file)).toBe(false);
  });

  test('refuses what the export would refuse', async () => {
    const { code, stderr } = await run([unpublished, '--type', 'published', '--dry-run']);
    expect(code).toBe(3);
    expect(stderr).toContain('The bot has no published version');
  });
});

describe('what goes wrong ends with 3 and is said in a line or two', () => {
  const readable = { code: 3, stdout: '', stderr: expect.not.stringMatching(/^\s+at /m) };

  test('an unknown dialog, with the one most like it, and no request is made', async () => {
    const before = requests();
    const outcome = await run([botId, '--dialog', 'Blok Card', '--out', newFile()]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr.split('\n')[0]).toBe(
      'botport: The host refused or failed the request: 400 Unknown task: ' +
        'subTasks.dialogs: "Blok Card"; did you mean "Block Card"?',
    );
    expect(requests()).toBe(before);
  });

  test('an unknown bot', async () => {
    const outcome = await run(['st-00000000-0000-0000-0000-000000000000', '--out', newFile()]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('400 Invalid StreamId');
  });

  test('a bot that was never published', async () => {
    const outcome = await run([unpublished, '--type', 'published', '--out', newFile()]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('400 The bot has no published version');
  });

  test.each([
    ['BOTPORT_CLIENT_ID', 'the client id'],
    ['BOTPORT_CLIENT_SECRET', 'the client secret'],
  ])('an environment without %s', async (variable, what) => {
    const outcome = await run([botId, '--out', newFile()], { ...environment(), [variable]: '' });
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain(`${variable}: expected ${what}`);
  });

  test('a host nobody answers at', async () => {
    const outcome = await run(['--host', 'http://127.0.0.1:1', botId, '--out', newFile()]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toContain('http://127.0.0.1:1 cannot be reached');
  });

  test('a folder for the archive that is not there', async () => {
    const outcome = await run([botId, '--out', path.join(folder, 'none', 'bot.zip')]);
    expect(outcome).toEqual(readable);
    expect(outcome.stderr).toMatch(/^botport: ENOENT: /);
  });
});

describe('a host that', () => {
  const reply = { _id: 'ber-1', status: 'success', fileSize: '3' };
  /** A host that answers the status as told, and sends three bytes and no more of a download. */
  async function exportFrom(status: Json): Promise<Outcome & { file: string }> {
    const host = createServer((request, response) => {
      if (request.url?.startsWith('/file')) {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('PK!', () => response.destroy());
      } else {
        const downloadURL = `http://${request.headers.host}/file`;
        response.end(
          JSON.stringify({ ...reply, ...(request.method === 'GET' ? { downloadURL, ...status } : {}) }),
        );
      }
    });
    await once(host.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const file = newFile();
    try {
      return { ...(await run(['st-1', '--host', url, '--out', file])), file };
    } finally {
      host.close();
    }
  }

  test('sends only a part of the archive is told apart from a good one', async () => {
    const { code, stdout, stderr } = await exportFrom({});
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('the download broke off after 3 bytes');
  });

  test('answers about the export of somebody else is not believed', async () => {
    const { code, stdout, stderr, file } = await exportFrom({ _id: 'ber-2' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('ber-2, another export of the bot, came in between');
    expect(existsSync(file)).toBe(false);
  });

  test('answers with a link that is none is refused, naming the field', async () => {
    const { code, stderr } = await exportFrom({ downloadURL: '/file' });
    expect(code).toBe(3);
    expect(stderr).toContain('unexpected reply to /api/public/bot/st-1/export/status: downloadURL:');
  });
});

test.each([
  ['no bot', []],
  ['a copy that is neither', ['st-1', '--type', 'draft']],
  ['a body that is no JSON', ['st-1', '--body', '{']],
  ['a body that is a list', ['st-1', '--body', '[]']],
  ['an unknown option', ['st-1', '--to', 'x']],
])('%s is wrong use and ends with 2', async (_what, args) => {
  expect(await run(args)).toMatchObject({ code: 2, stdout: '' });
});
